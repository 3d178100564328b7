"""The tables of :mod:`doorward.sources.content.capabilities`: which names in code give which capability.

The capabilities and what stands for them are those of the reference on package registries; line patterns, because
they were measured to be as telling as syntax trees and are a hundred times as fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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

#: What ``os`` (and ``posix`` and ``nt``, of which it takes them) has to run a program.
PYTHON_RUN_BY_OS = (
    "popen", "popen2", "popen3", "popen4", "system", "startfile", "fork", "fork1", "forkpty", "posix_spawn",
    "posix_spawnp", "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl",
    "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe",
)  # fmt: skip
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

#: Network of JavaScript without an import.
JAVASCRIPT_NETWORK = tuple(map(re.compile, (rb"fetch\(", rb"XMLHttpRequest", rb"WebSocket\(", rb"Beacon\(")))
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


def _words(names: str, then: bytes) -> Iterator[re.Pattern[bytes]]:
    """Yield a pattern for each whole word: it opens with the word, and the boundary before it is looked back for."""
    for name in names.split():
        word = re.escape(name.encode())
        yield re.compile(word + rb"(?<!\w" + word + rb")" + then)


def _each(*patterns: bytes) -> Iterator[re.Pattern[bytes]]:
    return map(re.compile, patterns)


#: Shell, of scripts and of commands in manifests, in small letters: :data:`SHELL` is searched for in lowered text.
SHELL = {
    "network": (
        *_words("curl wget ncat nc scp sftp ftp iwr irm certutil bitsadmin", rb"(?:\.exe)?\s"),
        *_each(rb"invoke-webrequest", rb"invoke-restmethod", rb"net\.webclient", rb"downloadstring", rb"downloadfile"),
        *_each(rb"/dev/tcp/", rb"/dev/udp/"),
    ),
    "process": (
        *_words("powershell pwsh osascript mshta rundll32 regsvr32 schtasks crontab launchctl systemctl", rb"\b"),
        *_words("cmd", rb"\s{1,9}/c\b"),
        *_words("chmod", rb"\s{1,9}(?:\+x|[0-7]{0,3}7[0-7]{0,3})\s"),
    ),
    "decode-exec": (
        *_words("base64", rb"\s{1,9}(?:-d|--decode)\b"),
        *_words("eval", rb"\s{1,9}[\"']?(?:\$\(|`)[^\n)`]{0,200}\b(?:base64|curl|wget|openssl|xxd|gunzip)\b"),
        *_words("xxd", rb"\s{1,9}-r\b"),
        *_each(rb"\|\s{0,99}(?:ba|z|da|k)?sh\b", rb"frombase64string"),
        *_each(rb"-e(?<=\s-e)(?:nc|ncodedcommand)?\s{1,9}[a-z0-9+/=]{40}"),
    ),
    "detached-process": (
        *_words("nohup setsid", rb"\s"),
        *_words("disown", rb"\b"),
        *_words("start", rb"\s{1,9}/b\b"),
        *_each(rb"-windowstyle\s{1,9}hidden"),
    ),
    "environment-sweep": (*_words("gci", rb"\s{1,9}env:"),),
}
#: The whole environment printed: the words, which are quick to find, and the place where a command may stand.
SHELL_ENVIRON = tuple(_each(rb"env\s{0,9}(?:$|[|>;)\n])", rb"export\s{1,9}-p"))
SHELL_SWEEP = re.compile(rb"(?:^|[;&|(]\s{0,9})(?:env|printenv|export\s{1,9}-p)\s{0,9}(?:$|[|>;)])", re.MULTILINE)
