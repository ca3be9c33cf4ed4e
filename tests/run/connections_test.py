#!/usr/bin/env python3
"""Connections that are kept: no run gets what another one's connection had left, and a connection that
has died costs nobody a call."""

import fcntl
import json
import pathlib
import select
import socket
import struct
import sys
import termios
import threading

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from certificates import authority, speaking
from flowtest import LIMIT_SECONDS, Flow, flowrun, scratch
from scripted import Server, close, json_reply, reply
from tap import add, case, contains, equal, lacks, main, true

SIOCOUTQ = termios.TIOCOUTQ  # of a socket: what the other side's kernel has not confirmed

STALE = json_reply(200, {"id": "stale"})
TOO_SLOW = reply(408, "", [("Connection", "close")])


class Link:
    """A connection of the server, used by its own thread only: OpenSSL allows no other."""

    def __init__(self, server, sock):
        self.server = server
        self.sock = server.tls.wrap_socket(sock, server_side=True) if server.tls else sock
        self.reader = self.sock.makefile("rb")
        self.wishes, self.wisher = socket.socketpair()
        self.pushed = threading.Event()
        self.is_idle = False

    def wait(self):
        """Until there is a request, or the end; meanwhile pushes what is wished."""
        while True:
            readable, _, _ = select.select([self.sock, self.wishes], [], [], LIMIT_SECONDS)
            if self.sock in readable or not readable:
                return
            self.wishes.recv(1)
            self.sock.sendall(self.server.unasked)
            while struct.unpack("i", fcntl.ioctl(self.sock, SIOCOUTQ, b"\0" * 4))[0] > 0:
                pass
            self.pushed.set()

    def read(self):
        """The target of a request; None: the connection has ended."""
        self.wait()
        first, length = self.reader.readline(), 0
        while (line := self.reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.reader.read(length)
        return first.split(b" ")[1].decode() if first else None

    def push(self):
        """Called by another thread."""
        self.pushed.clear()
        if self.is_idle:
            self.wisher.send(b"x")
            self.pushed.wait(LIMIT_SECONDS)

    def serve(self):
        try:
            while target := self.read():
                self.is_idle = False
                self.server.answer(self, target)
        except OSError:
            pass
        finally:
            self.is_idle = False
            self.pushed.set()
            self.sock.close()


class Pushing:
    """A server of `/id`, which is answered by its id. Asked for `/push` it first writes `unasked` to each
    idle connection, and answers when it has arrived there."""

    def __init__(self, unasked, tls=None):
        self.unasked, self.tls = unasked, tls
        self.links = []
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        link = Link(self, sock)
        self.links.append(link)
        link.serve()

    def answer(self, link, target):
        self.asked.append(target)
        for other in list(self.links) if target == "/push" else []:
            other.push()
        link.is_idle = True
        link.sock.sendall(json_reply(200, {"id": target[1:]}))


# The second endpoint has connections of its own, so it does not use the idle one of the first.
FLOW = Flow("""
config base: text
config other: text
endpoint api { url base tls { verify: false } }
endpoint pusher { url other tls { verify: false } }
flow f(i: int) {
    node first { METHOD api "/a{i}" 200 -> push other, error, timeout, max-connection -> lost }
    node push { GET pusher "/push" 200 -> second other, error, timeout, max-connection -> lost }
    node second {
        METHOD api "/b{i}"
        200 -> end (body.id)
        other -> end ("other {status}")
        error -> end ("error {error.kind}: {error.message}")
        timeout, max-connection -> lost
    }
    node lost { -> fail }
}
""".replace("METHOD", "POST"))


def batch(flow, lines, *words, **config):
    path = flow.folder / "lines.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    sets = [word for name, value in config.items() for word in ("--set", f"{name}={value}")]
    run = flowrun("batch", flow.image, "--inputs", path, *sets, *words)
    return [json.loads(line) for line in run.lines], run


def gets_its_own(unasked, context=None):
    server = Pushing(unasked, context and context())
    results, run = batch(FLOW, [{"i": i} for i in range(20)], "--concurrency", 1,
                         base=server.url, other=server.url.replace("127.0.0.1", "localhost"))
    equal(run.code, 0, repr(run))
    equal([r["value"] for r in sorted(results, key=lambda r: r["line"])],
          [f"b{i}" for i in range(20)], "what the runs got")
    equal(len(server.asked), 60, "requests")


def speaking_tls():
    return speaking(authority().sign("good"))


add("a response that nobody asked for is not the answer to the next call", gets_its_own, STALE)
add("a CRLF too many is not the answer to the next call", gets_its_own, b"\r\n")
add("a 408 that announces the end of a connection is not the answer to the next call", gets_its_own, TOO_SLOW)
add("over TLS a response that nobody asked for is not the answer to the next call", gets_its_own, STALE, speaking_tls)
add("over TLS a CRLF too many is not the answer to the next call", gets_its_own, b"\r\n", speaking_tls)
add("over TLS a 408 is not the answer to the next call", gets_its_own, TOO_SLOW, speaking_tls)


# Connections that die when the next request comes.

GET = """
config base: text
endpoint api { url base }
flow f(n: int = 0) {
    node get {
        GET api "/{n}"
        200 -> end (body.id)
        other -> end ("other {status}")
        error -> end ("error {error.kind}: {error.message}")
        timeout, max-connection -> fail
    }
}
"""


class Dying:
    """Each connection answers its first request, and ends when it has read the second."""

    def __init__(self):
        self.seen = {}
        self.lock = threading.Lock()

    def __call__(self, request):
        with self.lock:
            count = self.seen[request.connection] = self.seen.get(request.connection, 0) + 1
        return [json_reply(200, {"id": request.target})] if count == 1 else [close()]


@case("a GET whose kept connection dies is sent again, however often that happens")
def _():
    flow = Flow(GET)
    for at_once in (1, 8):
        with Server(choose=Dying()) as server:
            results, run = batch(flow, [{"n": n} for n in range(100)], "--concurrency", at_once,
                                 base=server.url)
        equal(run.code, 0, repr(run))
        equal(sorted(r["value"] for r in results), sorted(f"/{n}" for n in range(100)))


AGAIN = Flow(GET.replace("200 -> end (body.id)", "200 -> again max 1 else done")
             .replace("    node get {", """    node again { -> get }
    node done { -> end }
    node get {"""))


@case("what was sent again counts as an attempt in both traces")
def _():
    with Server(choose=Dying()) as server:
        shown = AGAIN.run("--trace", base=server.url)
    with Server(choose=Dying()) as server:
        told = AGAIN.run("--trace=json", base=server.url)
    equal((shown.code, told.code), (0, 0), f"exit statuses of {shown!r} and {told!r}")
    equal(shown.stderr.count("(2 attempts)"), 1, shown.stderr)
    steps = [json.loads(line) for line in told.trace]
    equal([step["attempts"] for step in steps if step["node"] == "get"], [1, 2])


@case("what was sent again counts as a retry in the report")
def _():
    path = scratch() / "report.json"
    with Server(choose=Dying()) as server:
        _, run = batch(AGAIN, [{}] * 5, "--concurrency", 1, "--report", path, base=server.url)
    report = json.loads(path.read_text())
    sent = len(server.requests)
    equal((report["retries"], report["endpoints"][0]["retries"]), (sent - 10, sent - 10))
    contains(run.stderr, f"; {sent - 10} retries", "stderr")


@case("how often a request was sent stands in the record and in the archive")
def _():
    folder = scratch()
    with Server(choose=Dying()) as server:
        run = AGAIN.run("--record", folder / "record", "--har", folder / "har", base=server.url)
    equal(run.code, 0, repr(run))
    exchanges = [e for e in map(json.loads, (folder / "record").read_text().splitlines())
                 if e["event"] == "exchange"]
    equal([e.get("sent") for e in exchanges], [None, 2], "sent")
    comments = [e["comment"] for e in json.loads((folder / "har").read_text())["log"]["entries"]]
    true(comments[1].endswith("attempt 1, sent 2 times"), comments[1])
    again = flowrun("replay", AGAIN.image, folder / "record")
    equal((again.code, again.stdout), (0, "1 run: 1 the same way, 0 another\n"), again.stderr)


# Connecting that comes to no end.


@case("a connection that takes too long is a timeout, again and again, and leaves nothing behind")
def _():
    flow = Flow(GET.replace("{ url base }", "{ url base connect 20ms retry 3 on timeout backoff 1ms..2ms }"))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) for _ in range(4)]
        for sock in waiting:  # the queue of the listener is full afterwards
            sock.connect_ex(listener.getsockname())
        run = flow.run("--trace", base=f"http://127.0.0.1:{listener.getsockname()[1]}")
    equal(run.code, 1, repr(run))
    contains(run.stderr, "(4 attempts)", "stderr")
    lacks(run.stderr, "Assertion", "stderr")


main()
