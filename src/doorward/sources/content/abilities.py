"""The tables of :mod:`doorward.sources.content.capabilities`: which names in code give which capability.

The capabilities and what stands for them are those of the reference on package registries; line patterns, because
they were measured to be as telling as syntax trees and are a hundred times as fast.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType


def _table(**rows: str) -> Mapping[str, str]:
    return MappingProxyType({name: key.replace("_", "-") for key, names in rows.items() for name in names.split()})


PYTHON_MODULES = _table(
    process="subprocess pexpect pty sh plumbum os.system os.popen os.execv os.execve os.execvp os.execl "
    "os.spawnl os.spawnv os.spawnlp os.posix_spawn os.startfile os.fork asyncio.subprocess "
    "asyncio.create_subprocess_exec asyncio.create_subprocess_shell _posixsubprocess",
    network="socket _socket urllib urllib2 urllib3 urllib.request http.client http.server httplib httplib2 requests "
    "httpx aiohttp pycurl ftplib smtplib telnetlib poplib imaplib nntplib xmlrpc.client xmlrpc.server socketserver "
    "websocket websockets paramiko asyncssh grpc zmq dns socks treq tornado.httpclient twisted.internet "
    "asyncio.open_connection six.moves.urllib.request",
    native_load="ctypes _ctypes cffi importlib.machinery.ExtensionFileLoader",
)
JAVASCRIPT_MODULES = _table(
    process="child_process execa cross-spawn shelljs node-pty foreground-child",
    network="http https http2 net tls dgram dns axios node-fetch cross-fetch got request undici superagent needle ws "
    "phin bent ky socket.io-client simple-get follow-redirects",
    native_load="ffi-napi koffi ffi bindings node-gyp-build node-pre-gyp @mapbox/node-pre-gyp",
)

#: What is reached through ``os``, for files that import it.
PYTHON_OS = re.compile(
    rb"os\.(environb?\b|setsid\b|setpgrp\b|(?:system|popen|exec[lv]|spawn[lv]|posix_spawn|startfile|fork)\w*\s{0,9}\()"
)
PYTHON_ENVIRON = re.compile(rb"environ\b")
#: The whole environment copied or serialised, in the characters around ``environ``.
PYTHON_SWEEP = re.compile(
    rb"environ\.(?:copy|items|values)\s{0,9}\(|\*\*\s{0,9}(?:os\.)?environ\b"
    rb"|\b(?:dict|str|repr|list|dumps|dump|urlencode)\(\s{0,9}(?:os\.)?environ\b"
    rb"|\bfor\s[\w, ]{1,40}\sin\s{1,9}(?:sorted\()?(?:os\.)?environ\b"
)
#: A process that outlives its parent or hides from the user. All patterns of this module that are searched for in whole
#: files start with literals, so that the search runs at memory speed.
PYTHON_DETACHED = (
    re.compile(rb"start_new_session\s{0,9}=\s{0,9}True"),
    re.compile(rb"DETACHED_PROCESS"),
    re.compile(rb"CREATE_NO_WINDOW"),
)
JAVASCRIPT_DETACHED = (
    re.compile(rb"detached[\"']?\s{0,9}:\s{0,9}(?:true|!0)"),
    re.compile(rb"windowsHide[\"']?\s{0,9}:\s{0,9}(?:true|!0)"),
)

#: Network of JavaScript without an import, with a rare letter that must be there: looking for one byte costs nothing.
JAVASCRIPT_NETWORK = (
    (b"f", re.compile(rb"fetch\(")),
    (b"X", re.compile(rb"XMLHttpRequest")),
    (b"W", re.compile(rb"WebSocket\(")),
    (b"B", re.compile(rb"Beacon\(")),
)
#: What is reached through ``process``.
JAVASCRIPT_PROCESS = re.compile(rb"process\.(env\b|dlopen|binding\(\s{0,9}[\"'](?:spawn|process|tcp))")
JAVASCRIPT_SWEEP = re.compile(
    rb"(?:stringify|keys|entries|values|assign|fromEntries|encode)\([^()\n]{0,40}process\.env\s{0,9}[,)]"
    rb"|\.\.\.\s{0,9}process\.env\b|\bin\s{1,9}process\.env\s{0,9}\)"
)

#: Where code is run from a string. "e" is left out: the search is faster from a rarer letter.
PYTHON_EXEC = (re.compile(rb"xec\s{0,9}\("), re.compile(rb"val\s{0,9}\("))
JAVASCRIPT_EXEC = (
    re.compile(rb"val\)?\s{0,9}\("),
    re.compile(rb"Function\s{0,9}\("),
    re.compile(rb"_compile\s{0,9}\("),
)
#: What decodes, decrypts or fetches: the argument of such a call, or what its argument was made of.
DECODERS = {
    "python": re.compile(
        rb"b(?:16|32|64|85)decode|a85decode|decodebytes|decodestring|unhexlify|fromhex|decompress|marshal|codecs\.decode"
        rb"|rot_?13|\.decrypt\s{0,9}\(|\bchr\b|bytes\(\s{0,9}\[|bytearray\(\s{0,9}\[|urlopen|requests\.(?:get|post)"
        rb"|(?:\\x[0-9a-fA-F]{2}){8}"
    ),
    "javascript": re.compile(
        rb"\batob\b|[\"'`](?:base64(?:url)?|hex|latin1)[\"'`]|inflate(?:Raw)?(?:Sync)?\(|gunzipSync|brotliDecompress"
        rb"|fromCharCode|fromCodePoint|\bunescape\(|createDecipher|\bdecrypt\(|(?:\\x[0-9a-fA-F]{2}){8}"
    ),
}

#: Shell, of scripts and of commands in manifests.
SHELL = (
    ("network", re.compile(
        rb"\b(?:curl|wget|ncat|nc|scp|sftp|ftp|iwr|irm|certutil|bitsadmin)(?:\.exe)?\s|Invoke-(?:WebRequest|RestMethod)"
        rb"|Net\.WebClient|Download(?:String|File)|/dev/(?:tcp|udp)/", re.IGNORECASE)),
    ("process", re.compile(
        rb"\b(?:powershell|pwsh|osascript|mshta|rundll32|regsvr32|schtasks|crontab|launchctl|systemctl)\b|\bcmd\s{1,9}/c\b"
        rb"|\bchmod\s{1,9}(?:\+x|[0-7]{0,3}7[0-7]{0,3})\s", re.IGNORECASE)),
    ("decode-exec", re.compile(
        rb"\bbase64\s{1,9}(?:-d|-D|--decode)\b|\beval\s{1,9}[\"']?(?:\$\(|`)[^\n)`]{0,200}\b(?:base64|curl|wget|openssl|xxd|gunzip)\b|\|\s*(?:ba|z|da|k)?sh\b|FromBase64String"
        rb"|\s-e(?:nc|ncodedcommand)?\s{1,9}[A-Za-z0-9+/=]{40}|\bxxd\s{1,9}-r\b", re.IGNORECASE)),
    ("detached-process", re.compile(
        rb"\bnohup\s|\bsetsid\s|\bdisown\b|\bstart\s{1,9}/b\b|-WindowStyle\s{1,9}Hidden", re.IGNORECASE)),
    ("environment-sweep", re.compile(
        rb"(?:^|[;&|(]\s{0,9})(?:env|printenv|export\s{1,9}-p)\s{0,9}(?:$|[|>;)])|\bgci\s{1,9}env:", re.MULTILINE)),
)  # fmt: skip
