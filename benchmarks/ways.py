"""Every way to connect, for ``attribution.py``: the body of a function ``call(port)``, and what it needs.

The line that must be named is the one that ends with the mark: ``#!`` in Python, ``//!`` in Node.
"""

# ruff: noqa: E501 - each way is one line of a table
from __future__ import annotations

ADDRESS = "struct.pack('=H', 2) + struct.pack('!H4s8x', port, bytes((127, 0, 0, 1)))"

#: Way -> the modules that it needs, and the body of ``def call(port)``.
PYTHON: dict[str, tuple[str, str]] = {
    "socket": ("socket", "s = socket.socket()\ns.connect(('127.0.0.1', port)) #!"),
    "connect_ex": ("socket", "socket.socket().connect_ex(('127.0.0.1', port)) #!"),
    "create_connection": ("socket", "socket.create_connection(('127.0.0.1', port)) #!"),
    "sendto": ("socket", "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port)) #!"),
    "sendmsg": ("socket", "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', port)) #!"),
    "IPv6": ("socket", "socket.socket(socket.AF_INET6).connect(('::1', port)) #!"),
    "by name": ("socket", "socket.create_connection(('localhost', port)) #!"),
    "http.client": ("http.client", "http.client.HTTPConnection('127.0.0.1', port).request('GET', '/') #!"),
    "urllib": ("urllib.request", "urllib.request.urlopen(f'http://127.0.0.1:{port}') #!"),
    "https": ("urllib.request", "urllib.request.urlopen(f'https://127.0.0.1:{port}') #!"),
    "ftplib": ("ftplib", "ftplib.FTP().connect('127.0.0.1', port) #!"),
    "smtplib": ("smtplib", "smtplib.SMTP('127.0.0.1', port) #!"),
    "xmlrpc": ("xmlrpc.client", "xmlrpc.client.ServerProxy(f'http://127.0.0.1:{port}').x() #!"),
    "syslog": ("logging.handlers", "logging.handlers.SysLogHandler(('127.0.0.1', port)).emit(logging.LogRecord('x', 40, 'x', 1, 'x', (), None)) #!"),
    "requests": ("requests", "requests.get(f'http://127.0.0.1:{port}') #!"),
    "httpx": ("httpx", "httpx.get(f'http://127.0.0.1:{port}', trust_env=False) #!"),
    "urllib3": ("urllib3", "urllib3.PoolManager().request('GET', f'http://127.0.0.1:{port}', retries=False) #!"),
    "httpx async": ("asyncio httpx", "async def go():\n    async with httpx.AsyncClient(trust_env=False) as c:\n        await c.get(f'http://127.0.0.1:{port}') #!\nasyncio.run(go())"),
    "aiohttp": ("asyncio aiohttp", "async def go():\n    async with aiohttp.ClientSession() as s:\n        await s.get(f'http://127.0.0.1:{port}') #!\nasyncio.run(go())"),
    "asyncio stream": ("asyncio", "async def go():\n    await asyncio.open_connection('127.0.0.1', port) #!\nasyncio.run(go())"),
    "asyncio task": ("asyncio", "async def go():\n    await asyncio.open_connection('127.0.0.1', port) #!\nasync def main():\n    await asyncio.create_task(go())\nasyncio.run(main())"),
    "asyncio gather": ("asyncio", "async def go():\n    await asyncio.sleep(0.01)\n    await asyncio.open_connection('127.0.0.1', port) #!\nasync def main():\n    await asyncio.gather(go())\nasyncio.run(main())"),
    "asyncio datagram": ("asyncio", "async def go():\n    loop = asyncio.get_running_loop()\n    t, p = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=('127.0.0.1', port)) #!\n    t.sendto(b'x')\nasyncio.run(go())"),
    "thread": ("socket threading", "def go():\n    socket.socket().connect(('127.0.0.1', port)) #!\nt = threading.Thread(target=go)\nt.start()\nt.join()"),
    "thread of urllib": ("urllib.request threading", "t = threading.Thread(target=urllib.request.urlopen, args=(f'http://127.0.0.1:{port}',))\nt.start() #!\nt.join()"),
    "executor": ("socket concurrent.futures", "with concurrent.futures.ThreadPoolExecutor() as pool:\n    pool.submit(lambda: socket.create_connection(('127.0.0.1', port))) #!"),
    "fork": ("socket", "if not os.fork():\n    try:\n        socket.create_connection(('127.0.0.1', port)) #!\n    finally:\n        os._exit(0)\nos.wait()"),
    "subprocess curl": ("subprocess", "subprocess.run(['curl', '-s', f'http://127.0.0.1:{port}']) #!"),
    "os.system curl": ("os", "os.system(f'curl -s http://127.0.0.1:{port}') #!"),
    "posix_spawn curl": ("os", "pid = os.posix_spawn('/usr/bin/curl', ['curl', '-s', f'http://127.0.0.1:{port}'], os.environ) #!\nos.waitpid(pid, 0)"),
    "bash": ("subprocess", "subprocess.run(['bash', '-c', f'echo x >/dev/tcp/127.0.0.1/{port}'], stderr=-3) #!"),
    "python -c": ("subprocess", "subprocess.run([sys.executable, '-c', f'import socket; socket.create_connection((\"127.0.0.1\", {port}))'], stderr=-3) #!"),
    "python -I": ("subprocess", "subprocess.run([sys.executable, '-I', '-c', f'import socket; socket.create_connection((\"127.0.0.1\", {port}))'], stderr=-3) #!"),
    "node -e": ("subprocess", "subprocess.run(['node', '-e', f'require(\"net\").connect({port}, \"127.0.0.1\")'], stderr=-3) #!"),
    "exec": ("socket", "exec(f'socket.create_connection((\"127.0.0.1\", {port}))') #!"),
    "ctypes": ("ctypes", f"libc = ctypes.CDLL(None)\nlibc.connect(libc.socket(2, 1, 0), {ADDRESS}, 16) #!"),
    "cffi": ("cffi", f"ffi = cffi.FFI()\nffi.cdef('int socket(int, int, int); int connect(int, const char *, unsigned);')\nlibc = ffi.dlopen(None)\nlibc.connect(libc.socket(2, 1, 0), {ADDRESS}, 16) #!"),
    "C extension": ("native", "native.phone(port) #!"),
    "sqlite at exit": ("atexit socket", "atexit.register(lambda: socket.create_connection(('127.0.0.1', port))) #!"),
}  # fmt: skip
PREFIX = "import os, sys, struct\n"

#: The same for Node.
NODE: dict[str, tuple[str, str]] = {
    "net": ("net", "net.connect(port, '127.0.0.1').on('error', () => {}); //!"),
    "net by name": ("net", "net.connect({ port, host: 'localhost' }).on('error', () => {}); //!"),
    "net.Socket": ("net", "const s = new net.Socket(); s.on('error', () => {});\ns.connect(port, '127.0.0.1'); //!"),
    "tls": ("tls", "tls.connect(port, '127.0.0.1').on('error', () => {}); //!"),
    "http": ("http", "http.get(`http://127.0.0.1:${port}`).on('error', () => {}); //!"),
    "http by name": ("http", "http.get(`http://localhost:${port}`).on('error', () => {}); //!"),
    "https": ("https", "https.get(`https://127.0.0.1:${port}`).on('error', () => {}); //!"),
    "http keep-alive": ("http", "const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });\nfor (let i = 0; i < 3; i++) http.get({ port, host: '127.0.0.1', agent }).on('error', () => {}); //!"),
    "http2": ("http2", "http2.connect(`http://127.0.0.1:${port}`).on('error', () => {}); //!"),
    "dgram": ("dgram", "const s = dgram.createSocket('udp4');\ns.send('x', port, '127.0.0.1', () => s.close()); //!"),
    "dgram connect": ("dgram", "const s = dgram.createSocket('udp4');\ns.connect(port, '127.0.0.1', () => s.send('x', () => s.close())); //!"),
    "fetch": ("", "fetch(`http://127.0.0.1:${port}`).catch(() => {}); //!"),
    "fetch awaited": ("", "const go = async () => {\n  await new Promise((done) => setTimeout(done, 5));\n  await fetch(`http://127.0.0.1:${port}`); //!\n};\ngo().catch(() => {});"),
    "WebSocket": ("undici", "const w = new undici.WebSocket(`ws://127.0.0.1:${port}`); //!\nw.onerror = () => {};"),
    "undici": ("undici", "undici.request(`http://127.0.0.1:${port}`).catch(() => {}); //!"),
    "axios": ("axios", "axios.get(`http://127.0.0.1:${port}`).catch(() => {}); //!"),
    "got-like promise": ("http", "new Promise((done, fail) => http.get({ port, host: '127.0.0.1' }, done).on('error', fail)).catch(() => {}); //!"),
    "ws": ("ws", "new ws(`ws://127.0.0.1:${port}`).on('error', () => {}); //!"),
    "timer": ("net", "setTimeout(() => net.connect(port, '127.0.0.1').on('error', () => {}), 5); //!"),
    "next tick": ("net", "process.nextTick(() => net.connect(port, '127.0.0.1').on('error', () => {})); //!"),
    "after a file": ("net fs", "fs.promises.readFile(__filename).then(() => net.connect(port, '127.0.0.1').on('error', () => {})); //!"),
    "worker": ("worker_threads", "new worker_threads.Worker(`require('net').connect(${port}, '127.0.0.1').on('error', () => {})`, { eval: true }); //!"),
    "worker of a file": ("worker_threads", "if (worker_threads.isMainThread) new worker_threads.Worker(__filename, { workerData: port });\nelse require('net').connect(port, '127.0.0.1').on('error', () => {}); //!"),
    "exec curl": ("child_process", "child_process.exec(`curl -s http://127.0.0.1:${port}`); //!"),
    "execSync curl": ("child_process", "try { child_process.execSync(`curl -s http://127.0.0.1:${port}`); } catch { } //!"),
    "spawn curl": ("child_process", "child_process.spawn('curl', ['-s', `http://127.0.0.1:${port}`]); //!"),
    "spawnSync node": ("child_process", "child_process.spawnSync(process.execPath, ['-e', `require('net').connect(${port}, '127.0.0.1')`]); //!"),
    "fork": ("child_process", "if (process.send) require('net').connect(port, '127.0.0.1').on('error', () => {}); //!\nelse child_process.fork(__filename, [String(port)]);"),
    "eval": ("net", "eval(`net.connect(${port}, '127.0.0.1').on('error', () => {})`); //!"),
    "python": ("child_process", "child_process.spawn('python3', ['-c', `import socket; socket.create_connection(('127.0.0.1', ${port}))`]); //!"),
}  # fmt: skip
NODE_LIBRARIES = ("undici", "axios", "ws")
NATIVE = """
#include <Python.h>
#include <arpa/inet.h>
#include <sys/socket.h>
static PyObject *phone(PyObject *self, PyObject *port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PyLong_AsLong(port)),
                          .sin_addr.s_addr = htonl(0x7f000001)};
  int result = connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, sizeof a);
  return PyLong_FromLong(result);
}
static PyMethodDef methods[] = {{"phone", phone, METH_O, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", "", -1, methods};
PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
"""
