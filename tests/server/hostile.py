#!/usr/bin/env python3
"""A loopback server for many runs, of whose answers one in ten is a reset, a stall, a truncation or
a lie. What the answer to a number is, the number says: `fate(i)`; so whoever asked can be compared
with what was meant, run by run.

As a program: hostile.py LIMIT. It answers nobody before LIMIT requests are there, says "hostile:
listening on URL", and at the end of its stdin prints what it saw as one JSON object:
{"asked": {number: times}, "most": connections at once, "left": connections that are still open}.
"""

import asyncio
import gzip
import json
import pathlib
import resource
import socket
import struct
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from scripted import is_open

RESET, STALL, CLOSE, KEEP = range(4)
MAX_RESPONSE = "8KB"


def good(i):
    body = b'{"id":%d}' % i
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % \
        len(body) + body


def headed(lines, body=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + lines + b"\r\n\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
GZIP = b"Content-Encoding: gzip\r\nContent-Length: %d"
PACKED = gzip.compress(b'{"id":1}')

# What is sent, what then happens to the connection, and what a run makes of it (None: its number).
FATES = [
    (lambda i: b"", RESET, "error network"),
    (lambda i: b"", STALL, "timeout"),
    (lambda i: b"", CLOSE, "error network"),
    (lambda i: good(i)[:-3], RESET, "error network"),
    (lambda i: good(i)[:-3], STALL, "timeout"),
    (lambda i: good(i)[:30], CLOSE, "error network"),
    (lambda i: headed(b"Content-Length: 99", b'{"id":%d}' % i), CLOSE, "error network"),
    (lambda i: headed(CHUNKED, b'8\r\n{"id":1}\r\n'), CLOSE, "error network"),
    (lambda i: headed(CHUNKED, b"zz\r\n"), CLOSE, "error network"),
    (lambda i: headed(b"Content-Length: 2\r\nContent-Length: 1", b"11"), KEEP, "error protocol"),
    (lambda i: headed(b"Content-Length: 0xb", b"hello world"), KEEP, "error protocol"),
    (lambda i: b"SSH-2.0-liar\r\n\r\n" + good(i), KEEP, "error protocol"),
    (lambda i: headed(b"Content-Length: 99999999"), STALL, "error too-large"),
    (lambda i: headed(CHUNKED, b"2000\r\n" + b"x" * 8192 + b"\r\n1\r\nx\r\n"), STALL,
     "error too-large"),
    (lambda i: headed(GZIP % 5, b"plain"), KEEP, "error decode"),
    (lambda i: headed(GZIP % (len(PACKED) - 9), PACKED[:-9]), KEEP, "error decode"),
    (lambda i: headed(b"Content-Length: 6", b'{"id":'), KEEP, "error decode"),
    (lambda i: b"HTTP/1.1 100 Continue\r\n\r\n", CLOSE, "error network"),
    (lambda i: b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", KEEP, "other 503"),
    # Whole, with another answer behind it that nobody asked for.
    (lambda i: good(i) + good(-1), KEEP, None),
    (lambda i: b"HTTP/1.1 103 Early\r\nX: y\r\n\r\n" + good(i), KEEP, None),
]


def fate(i):
    """What a number gets, and what a run with it must come to. One of ten is ill: the one whose last
    digit is its last but one, so that each fate is met by even numbers and by odd ones."""
    if i % 10 != i // 10 % 10:
        return good(i), KEEP, i
    send, then, outcome = FATES[i // 10 % len(FATES)]
    return send(i), then, i if outcome is None else outcome


class Server:
    def __init__(self, limit):
        self.limit = limit
        self.holds = True
        self.held = []
        self.asked = {}
        self.live = set()
        self.most = 0

    def arrived(self, connection, number):
        self.asked[number] = self.asked.get(number, 0) + 1
        if self.holds and len(self.asked) < self.limit:
            self.held.append((connection, number))
            return
        self.holds = False
        for held in self.held:
            self.answer(*held)
        self.held.clear()
        self.answer(connection, number)

    def answer(self, connection, number):
        data, then, _outcome = fate(number)
        transport = connection.transport
        transport.write(data)
        if then == RESET:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                          struct.pack("ii", 1, 0))
        if then in (RESET, CLOSE):
            transport.close()

    def opened(self, connection):
        self.live.add(connection)
        # One that the other side has closed already may still be listed: where it matters, look.
        if len(self.live) > self.most:
            at_once = len(self.live) if len(self.live) <= self.limit else self.count()
            self.most = max(self.most, at_once)

    def count(self):
        return sum(is_open(c.transport.get_extra_info("socket")) for c in self.live)


class Connection(asyncio.Protocol):
    def __init__(self, server):
        self.server = server
        self.pending = b""

    def connection_made(self, transport):
        self.transport = transport
        self.server.opened(self)

    def connection_lost(self, _why):
        self.server.live.discard(self)

    def data_received(self, data):
        self.pending += data
        head, end, rest = self.pending.partition(b"\r\n\r\n")
        if not end:
            return
        at = head.lower().find(b"content-length: ")
        length = int(head[at + 16:].split(b"\r\n")[0]) if at >= 0 else 0
        if len(rest) >= length:
            self.pending = rest[length:]
            self.server.arrived(self, int(head.split(b" ", 2)[1].rsplit(b"/", 1)[1]))


async def serve(limit):
    loop = asyncio.get_running_loop()
    server = Server(limit)
    listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0, backlog=4096)
    print(f"hostile: listening on http://127.0.0.1:{listener.sockets[0].getsockname()[1]}",
          flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"asked": server.asked, "most": server.most, "left": server.count()}))


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
