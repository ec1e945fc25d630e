#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Clients for examples/http/server.c: curl, and what no good client does. Ends with `N passed, N failed`.

usage: tests/peers/http/clients.py SERVER SERVER_SMALL [ECHO]    the second one has a pool of 4 connections"""
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

server_path, small_path = sys.argv[1:3]
passed = failed = 0
LEAST = 7 # the standard ones, the folder, epoll, the eventfd, the listener
seed = int(os.environ.get("SEED", "1"))


def check(name, condition, *more):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print("FAIL", name, *(str(m)[:300] for m in more), flush=True)


class Server:
    def __init__(self, path, root, patience, **options):
        self.process = subprocess.Popen([path, root, "0", str(patience)], stdout=subprocess.PIPE, text=True, **options)
        self.port = int(re.search(r":(\d+)/", self.process.stdout.readline()).group(1))
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def say(self, data, end=True):
        """Sends, then reads to the end of the connection."""
        with self.connect() as s:
            try:
                s.sendall(data)
                if end:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass # it may have answered already
            return read_all(s)

    def descriptors(self, wanted):
        """How many it has open: waits for a while until there are no more than that."""
        for _ in range(200):
            count = len(os.listdir(f"/proc/{self.process.pid}/fd"))
            if count <= wanted:
                break
            time.sleep(0.1)
        return count

    def stop(self):
        self.process.terminate()
        out = self.process.communicate(timeout=20)[0]
        check("ends by SIGTERM, with status 0", self.process.returncode == 0, self.process.returncode, out)
        return out


def read_all(s):
    got = b""
    try:
        while part := s.recv(65536):
            got += part
    except ConnectionResetError:
        got += b"<reset>"
    except TimeoutError:
        got += b"<timeout>"
    return got


def answers(data, methods="G"):
    """Takes apart what a server has sent: a list of (status, fields, body). Anything odd is an AssertionError."""
    found = []
    while data:
        head, mark, data = data.partition(b"\r\n\r\n")
        assert mark, head
        lines = head.decode().split("\r\n")
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Za-z ]+", lines[0]).group(1))
        fields = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        method = methods[min(len(found), len(methods) - 1)]
        if method == "H":
            body = b""
        elif fields.get("transfer-encoding") == "chunked":
            body = b""
            while True:
                size, _, data = data.partition(b"\r\n")
                n = int(size, 16)
                body, mark, data = body + data[:n], data[n:n + 2], data[n + 2:]
                assert mark == b"\r\n", mark
                if n == 0:
                    break
        elif "content-length" in fields:
            n = int(fields["content-length"])
            assert len(data) >= n, (n, len(data))
            body, data = data[:n], data[n:]
        else:
            body, data = data, b""
        found.append((status, fields, body))
    return found


def statuses(data, methods="G"):
    try:
        return [a[0] for a in answers(data, methods)]
    except Exception as error:
        return repr(error), data[:200]


def curl(*arguments):
    return subprocess.run(["curl", "-s", "-m", "20", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False).stdout


def get(path, *fields, method="GET", version="HTTP/1.1"):
    return "\r\n".join([f"{method} {path} {version}", "Host: x", *fields, "", ""]).encode()


os.umask(0o022)
root = tempfile.mkdtemp()
os.chmod(root, 0o755)
big = random.Random(1).randbytes(3000001)
for name, data in (("a.txt", b"hello\n"), ("big.bin", big), ("empty", b""), ("sp ace.html", b"<p>")):
    with open(os.path.join(root, name), "wb") as f:
        f.write(data)
os.mkdir(os.path.join(root, "sub"))
for i in range(1500):
    open(os.path.join(root, "sub", f"file-{i:05}"), "w").close()
os.symlink("/etc", os.path.join(root, "link"))
os.mkfifo(os.path.join(root, "fifo"))
with open(os.path.join(root, "secret"), "w") as f:
    f.write("no")
os.chmod(os.path.join(root, "secret"), 0)

# ---- curl ----
nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
s = Server(server_path, root, 5000, **nobody)
check("curl: a file", curl(s.url + "/a.txt") == b"hello\n")
check("curl: a large one", curl(s.url + "/big.bin") == big)
check("curl: an empty one", curl("-w", "%{http_code}", s.url + "/empty") == b"200")
check("curl: two over one connection",
      curl("-w", "%{num_connects}", s.url + "/a.txt", s.url + "/a.txt") == b"hello\n1hello\n0")
for a, b in ((0, 0), (0, 9), (100000, 2500000), (3000000, 3000000), (5, 99999999)):
    check(f"curl: range {a}-{b}", curl("-r", f"{a}-{b}", s.url + "/big.bin") == big[a:b + 1])
check("curl: the last 7", curl("-r", "-7", s.url + "/big.bin") == big[-7:])
check("curl: from 2999000 on", curl("-r", "2999000-", s.url + "/big.bin") == big[2999000:])
check("curl: goes on with a download", curl("-C", "2000000", s.url + "/big.bin") == big[2000000:])
check("curl: beyond the end", curl("-r", "3000001-", "-o", "/dev/null", "-w", "%{http_code}", s.url + "/big.bin")
      == b"416")
check("curl: HEAD", b"Content-Length: 3000001\r\n" in curl("-I", s.url + "/big.bin"))
check("curl: a folder, chunked", sorted(curl(s.url + "/sub").split()) == [b"file-%05d" % i for i in range(1500)])
check("curl: a folder, HTTP/1.0", len(curl("-0", s.url + "/sub/").split()) == 1500)
check("curl: HTTP/1.0", curl("-0", s.url + "/a.txt") == b"hello\n")
check("curl: an encoded name", curl(s.url + "/sp%20ace.html?x=%zz") == b"<p>")
parallel = curl("-Z", "-w", "%{http_code} %{size_download},", *[s.url + "/big.bin", "-o", "/dev/null"] * 20)
check("curl: 20 at once", parallel == b"200 3000001," * 20, parallel)
for path, status in (("/none", 404), ("/a.txt/", 404), ("/a.txt/x", 404), ("/link/passwd", 403), ("/link", 403),
                     ("/fifo", 403), ("/secret", 403), ("/../etc/passwd", 403), ("/sub/..", 403),
                     ("/%2e%2e/etc/passwd", 403), ("/sub/..%2f..%2fetc/passwd", 403), ("/...", 404), ("/sub/.", 200)):
    if path == "/secret" and not nobody and os.getuid() == 0:
        continue
    code = curl("--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", s.url + path)
    check(f"curl: {path}", code == str(status).encode(), code)
for method, status in (("POST", 405), ("PUT", 405), ("DELETE", 405), ("BREW", 501)):
    code = curl("-X", method, "-d", "abc", "-o", "/dev/null", "-w", "%{http_code}", s.url + "/a.txt")
    check(f"curl: {method}", code == str(status).encode(), code)

# ---- What is wrong, and its status; the connection ends where the next request cannot be told ----
for name, data, expected in (
        ("no version", b"GET /a.txt\r\n\r\n", [400]),
        ("rubbish", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400]),
        ("a line feed alone", b"GET /a.txt HTTP/1.1\nHost: x\n\n", [400]),
        ("a return alone", b"GET /a.txt HTTP/1.1\r\nHost: x\rY: z\r\n\r\n", [400]),
        ("a zero byte", b"GET /a\0.txt HTTP/1.1\r\nHost: x\r\n\r\n", [400]),
        ("an encoded zero", get("/a%00.txt"), [400]),
        ("half an encoded byte", get("/a%4"), [400]),
        ("not hexadecimal", get("/a%g0"), [400]),
        ("no slash", get("a.txt"), [400]),
        ("no Host", b"GET /a.txt HTTP/1.1\r\n\r\n", [400]),
        ("two Hosts", get("/a.txt", "Host: y"), [400]),
        ("no colon", get("/a.txt", "abc"), [400]),
        ("no name", get("/a.txt", ": x"), [400]),
        ("a space before the colon", get("/a.txt", "Abc : x"), [400]),
        ("a line that goes on", get("/a.txt", "Abc: x", " y: z"), [400]),
        ("two lengths", get("/a.txt", "Content-Length: 1", "Content-Length: 1"), [400]),
        ("a length with a sign", get("/a.txt", "Content-Length: -1"), [400]),
        ("a length that is none", get("/a.txt", "Content-Length: 1x"), [400]),
        ("a length and a coding", get("/a.txt", "Content-Length: 1", "Transfer-Encoding: chunked"), [400]),
        ("a coding", get("/a.txt", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + get("/a.txt"), [501]),
        ("too much", get("/a.txt", "Content-Length: 65537", method="POST"), [413]),
        ("far too much", get("/a.txt", "Content-Length: 99999999999999999999999", method="POST"), [413]),
        ("a line too long", get("/" + "a" * 2048), [414]),
        ("a line that never ends", b"GET /" + b"a" * 100000, [414]),
        ("a head too long", get("/a.txt", "X: " + "y" * 4096), [431]),
        ("many fields", get("/a.txt", *["A: b"] * 10000), [431]),
        ("HTTP/2", get("/a.txt", version="HTTP/2.0"), [505]),
        ("HTTP/0.9", get("/a.txt", version="HTTP/0.9"), [505]),
        ("no number", get("/a.txt", version="HTTP/1.x"), [400]),
        ("CONNECT", get("x:80", method="CONNECT"), [405]),
        ("404 and on", get("/none") + get("/a.txt"), [404, 200]),
        ("403 and on", get("/../x") + get("/a.txt"), [403, 200]),
        ("a body that nobody wants", get("/a.txt", "Content-Length: 60000") + b"z" * 60000 + get("/a.txt"), [200, 200]),
        ("the same, POST", get("/a.txt", "Content-Length: 5", method="POST") + b"GET /" + get("/a.txt"), [405, 200]),
        ("a body cut off", get("/a.txt", "Content-Length: 5") + b"1234", [400]),
        ("Connection: close", get("/a.txt", "Connection: close") + get("/a.txt"), [200]),
        ("HTTP/1.0", get("/a.txt", version="HTTP/1.0") + get("/a.txt"), [200]),
        ("HTTP/1.0, kept", get("/a.txt", "Connection: keep-alive", version="HTTP/1.0") + get("/a.txt"), [200, 200]),
        ("empty lines before", b"\r\n\r\n" + get("/a.txt"), [200]),
        ("an absolute address", get("http://x/a.txt"), [200]),
        ("ranges that are none", get("/a.txt", "Range: bytes=3-1") + get("/a.txt", "Range: bytes=0-1,3-4")
         + get("/a.txt", "Range: x") + get("/a.txt", "Range: bytes=-"), [200] * 4),
        ("no byte", get("/a.txt", "Range: bytes=-0") + get("/empty", "Range: bytes=0-"), [416, 416]),
        ("a hundred at once", get("/a.txt") * 100, [200] * 100),
        ("nothing", b"", [])):
    got = s.say(data)
    check(name, statuses(got) == expected, statuses(got), "expected", expected)
got = s.say(get("/big.bin", method="HEAD") + get("/sub", method="HEAD") + get("/a.txt"))
check("HEAD, HEAD, GET", statuses(got, "HHG") == [200, 200, 200], statuses(got, "HHG"))
got = s.say(get("/sub") + get("/a.txt")) # curl lets more pass than this
check("each chunk is as long as it says", statuses(got) == [200, 200]
      and sorted(answers(got)[0][2].split(b"\n")[:-1]) == [b"file-%05d" % i for i in range(1500)], got)
got = answers(s.say(get("/a.txt", "Range: bytes=1-3")))[0]
check("a range's fields", got[1].get("content-range") == "bytes 1-3/6" and got[2] == b"ell", got)
got = answers(s.say(get("/a.txt", method="POST")))[0]
check("405 says what is allowed", got[1].get("allow") == "GET, HEAD", got)

# ---- Each request in two parts, cut at each byte; and ended there ----
whole = get("/a.txt", "Range: bytes=1-2") + get("/none", "Content-Length: 3") + b"abc" + get("/sub", method="HEAD")
expected = s.say(whole)
check("the same in one", statuses(expected, "GGH") == [206, 404, 200], statuses(expected, "GGH"))
wrong = []
for cut in range(1, len(whole)):
    with s.connect() as c:
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        c.sendall(whole[:cut])
        if cut % 8 == 0:
            time.sleep(0.002)
        c.sendall(whole[cut:])
        c.shutdown(socket.SHUT_WR)
        if read_all(c) != expected:
            wrong.append(cut)
check("cut at each byte", not wrong, wrong)
wrong = []
ends = [0, len(get("/a.txt", "Range: bytes=1-2"))]
ends += [ends[1] + len(get("/none", "Content-Length: 3")) + 3, len(whole)]
for cut in range(len(whole) + 1):
    good = [206, 404, 200][:sum(cut >= e for e in ends[1:])] + ([] if cut in ends else [400])
    got = statuses(s.say(whole[:cut]), "GGH" if cut == len(whole) else "GGG")
    if got != good:
        wrong.append((cut, got, good))
check("ended at each byte", not wrong, wrong[:3])

# ---- Random bytes, and a good request with random damage ----
chance = random.Random(seed)
wrong = []
for turn in range(300):
    data = chance.randbytes(chance.randrange(1, 6000)) if turn % 3 == 0 else bytearray(whole)
    if turn % 3:
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    got = s.say(bytes(data))
    if not re.match(rb"HTTP/1\.1 \d{3} ", got) or b"<" in got[-10:]:
        wrong.append((turn, data, got))
check(f"random bytes, seed {seed}", not wrong, wrong[:2])
for turn in range(50): # and clients that reset the connection, or go in the middle of an answer
    c = s.connect()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0" if turn % 2 else bytes(8))
    c.sendall(get("/big.bin") * (turn % 5))
    c.close()
check("it goes on", curl(s.url + "/big.bin") == big)

# ---- A port in use, a folder that is none, or that may not be read ----
for name, arguments, words in (("a port in use", [root, str(s.port)], "Address already in use"),
                               ("no folder", [root + "/none", "0"], "No such file"),
                               ("no permission", [root + "/closed", "0"], "Permission denied"),
                               ("no port", [root, "99999"], "usage")):
    if name == "no permission":
        os.mkdir(root + "/closed", 0)
        if not nobody and os.getuid() == 0:
            continue
    r = subprocess.run([server_path, *arguments], capture_output=True, text=True, timeout=20, **nobody)
    check(name, r.returncode in (1, 2) and words in r.stderr, r)

check("no descriptor has leaked", s.descriptors(LEAST) <= LEAST, s.descriptors(LEAST))
s.stop()

# ---- Slow clients, with a patience of 300 ms and a pool of 4 ----
s = Server(small_path, root, 300)
c = s.connect()
c.sendall(b"GET /a.txt HT")
got = read_all(c)
check("half a request: 408", statuses(got) == [408] and b"Connection: close" in got, got)
c = s.connect()
c.sendall(get("/a.txt", "Content-Length: 10", method="POST") + b"123")
got = read_all(c)
check("half a body: 408", statuses(got) == [408], got)
check("idle: no answer", read_all(s.connect()) == b"")
c = s.connect()
c.sendall(get("/a.txt"))
check("idle after an answer: no more than that", statuses(read_all(c)) == [200])
c = s.connect() # a byte now and then does not lengthen it
sent = 0
try:
    for byte in get("/a.txt", "X: " + "y" * 3000):
        c.sendall(bytes([byte]))
        sent += 1
        time.sleep(0.02)
except OSError:
    pass
check("slowloris is cut off", sent < 3000, sent)
slow = [s.connect() for _ in range(8)] # more than there are connections
for c in slow:
    c.sendall(b"GET")
check("others get their turn", curl(s.url + "/a.txt") == b"hello\n")
for c in slow:
    check("each slow one: 408", statuses(read_all(c)) == [408])
check("all have ended", s.descriptors(LEAST) <= LEAST, s.descriptors(LEAST))
deaf = [s.connect() for _ in range(4)]
for c in deaf:
    c.sendall(get("/big.bin") * 20)
check("some never read: others get their turn", curl(s.url + "/a.txt") == b"hello\n")
check("who never reads is cut off", s.descriptors(LEAST) <= LEAST, s.descriptors(LEAST))
for c in deaf:
    got = read_all(c)
    check("so not all comes", 0 < len(got) < 20 * len(big), len(got))
with open(os.path.join(root, "shrinks"), "wb") as f:
    f.write(b"x" * 20000000)
c = s.connect()
c.sendall(get("/shrinks"))
c.recv(1000)
os.truncate(os.path.join(root, "shrinks"), 1000)
check("a file that shrinks meanwhile: less than was said, not more", 0 < len(read_all(c)) < 20000000)
s.stop()

# ---- More connections than descriptors: it waits until there are some again ----
process = subprocess.Popen(["sh", "-c", f'ulimit -n 12; exec {server_path} {root} 0 500'], stdout=subprocess.PIPE,
                           text=True)
s = Server.__new__(Server)
s.process, s.port = process, int(re.search(r":(\d+)/", process.stdout.readline()).group(1))
s.url = f"http://127.0.0.1:{s.port}"
many = [s.connect() for _ in range(20)]
check("no descriptor left: later there is one", curl("-m", "20", s.url + "/a.txt") == b"hello\n")
for c in many:
    c.close()
s.stop()

# ---- ports/posix/echo.c: 8 connections at a time, of 12 that say more than the kernel holds ----
if len(sys.argv) > 3:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.argv[3], str(port)])
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    r = subprocess.run([sys.argv[3], str(port)], capture_output=True, text=True, check=False, timeout=20)
    check("echo: a port in use", r.returncode == 1 and "Address already in use" in r.stderr, r)

    def echo(n):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as c:
            sender = threading.Thread(target=lambda: (c.sendall(big[n:]), c.shutdown(socket.SHUT_WR)))
            sender.start()
            came[n] = read_all(c)
            sender.join()
    came = {}
    threads = [threading.Thread(target=echo, args=(n,)) for n in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for n in range(12):
        check("echo: what was said comes back", came.get(n) == big[n:], n)
    process.terminate()
    process.wait(20)

subprocess.run(["rm", "-rf", root], check=False)
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
