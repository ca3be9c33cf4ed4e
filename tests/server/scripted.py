#!/usr/bin/env python3
"""A loopback HTTP server that plays exact replies, and remembers exactly what it was asked.

Knows bytes, connections and a script; knows nothing of Flow. A reply (a turn) is a list of steps:

    bytes              sent as they are
    hold("name")       nothing happens until the test calls server.release("name")
    close()            the connection ends in good order
    reset()            the connection ends with RST
    stall()            nothing more is sent; the connection stays until the other side or the test ends it
    endless(bytes)     the bytes, again and again, until the other side ends the connection
    take(n)            n bytes are read, whatever they are
    trickle(bytes, s)  the bytes one by one, with s seconds between them

    with Server([reply(200, "hi")], [b"HTTP/1.1 200 OK\\r\\nContent-Le", reset()]) as server:
        ...                                   # the first request gets the first turn, and so on
        server.requests[0].target

Requests take turns in the order of their arrival, whatever their connection. A request beyond the
script is a fault of the test: it gets a reset, and leaving the `with` raises. Server(turn,
repeat=True) plays the last turn for ever; Server(choose=f) asks f(request) for each turn;
on_connect=[[close()], []] gives the n-th connection steps that are played before anything is read;
tls=context speaks TLS (an ssl.SSLContext), and a handshake that fails is a connection without requests.

Run as a program it plays a script from a JSON file; see `scripted.py --help`.
"""

import argparse
import dataclasses
import json
import queue
import socket
import ssl
import struct
import sys
import threading

LIMIT_BYTES = 64 << 20
LIMIT_CONNECTIONS = 4096
LIMIT_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Step:
    does: str
    name: str = ""
    data: bytes = b""
    every: float = 0
    count: int = 0


def hold(name):
    return Step("hold", name)


def close():
    return Step("close")


def announce():
    """Over TLS: says that the connection ends (close_notify)."""
    return Step("announce")


def reset():
    return Step("reset")


def stall():
    return Step("stall")


def endless(data):
    return Step("endless", data=data)


def take(count):
    return Step("take", count=count)


def trickle(data, every):
    return Step("trickle", data=data, every=every)


REASONS = {200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently", 302: "Found",
           400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           409: "Conflict", 418: "I'm a teapot", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}


def reply(status, body="", headers=(), content_type="text/plain; charset=utf-8"):
    """The bytes of a whole reply, with Content-Length; `headers` are pairs."""
    data = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"]
    if data and content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name}: {value}" for name, value in headers]
    if status != 204 and status >= 200:
        lines.append(f"Content-Length: {len(data)}")
    return "\r\n".join(lines + ["", ""]).encode() + data


def json_reply(status, value, headers=()):
    return reply(status, json.dumps(value), headers, "application/json")


@dataclasses.dataclass
class Request:
    """One request as it arrived. `raw` is every byte of it, `body` the body without its framing."""
    connection: int
    method: str
    target: str
    version: str
    headers: list
    body: bytes
    raw: bytes

    def header(self, name):
        """The value of the header, or None; several are joined by ", "."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    def json(self):
        return json.loads(self.body)


class Gone(Exception):
    """The other side, or the test, ended the connection."""


ESTABLISHED = 1  # of struct tcp_info in linux/tcp.h, which begins with the state


def is_open(sock):
    """Whether neither side has ended the connection. What came in while a thread of ours was inside a
    call on the socket is looked at when that call leaves it, which the first of two questions waits
    for after it has read the state (tcp_get_info in Linux's net/ipv4/tcp.c)."""
    try:
        sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED
    except OSError:
        return False


class Connection:
    """One accepted connection: reads whole requests, plays steps."""

    def __init__(self, server, number, sock):
        self.server, self.number, self.sock = server, number, sock
        self.pending = b""

    def _fill(self):
        try:
            data = self.sock.recv(65536)
        except OSError as why:
            raise Gone() from why
        if not data or len(self.pending) + len(data) > LIMIT_BYTES:
            raise Gone()
        self.pending += data

    def _until(self, mark):
        """The bytes up to and with `mark`."""
        while mark not in self.pending:
            self._fill()
        head, _, self.pending = self.pending.partition(mark)
        return head + mark

    def _exactly(self, count):
        while len(self.pending) < count:
            self._fill()
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def _chunked(self):
        raw, body = b"", b""
        while True:
            line = self._until(b"\r\n")
            size = int(line.split(b";")[0], 16)
            data = self._exactly(size + 2)
            raw += line + data
            if size == 0:
                return raw, body
            body += data[:-2]

    def read_request(self):
        head = self._until(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, target, version = (first.split(" ", 2) + ["", ""])[:3]
        headers = [(k, v.strip()) for k, _, v in (line.partition(":") for line in lines)]
        names = {k.lower(): v for k, v in headers}
        if names.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in names.get("transfer-encoding", "").lower():
            raw, body = self._chunked()
        else:
            raw = body = self._exactly(int(names.get("content-length", "0")))
        return Request(self.number, method, target, version, headers, body, head + raw)

    def _wait_for_end(self):
        """Waits until the other side closes or the server stops; what still comes is thrown away."""
        while True:
            self.pending = b""
            self._fill()

    def _send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as why:
            raise Gone() from why

    def _announce(self):
        try:
            self.sock.settimeout(0)  # without waiting for the other side's word
            self.sock.unwrap()
        except (ssl.SSLWantReadError, OSError):
            pass

    def _send_for_ever(self, data):
        block = data * max(1, 65536 // len(data))
        while True:
            self._send(block)

    def _send_slowly(self, step):
        for i in range(len(step.data)):
            self._send(step.data[i:i + 1])
            self.server.pass_time(step.every)

    def play(self, turn):
        """Plays the steps; raises Gone where the connection is over after them."""
        for step in [turn] if isinstance(turn, (bytes, Step)) else turn:
            if isinstance(step, bytes):
                self._send(step)
            elif step.does == "hold":
                self.server.wait_release(step.name)
            elif step.does == "announce":
                self._announce()
            elif step.does == "stall":
                self._wait_for_end()
            elif step.does == "endless":
                self._send_for_ever(step.data)
            elif step.does == "take":
                self._exactly(step.count)
            elif step.does == "trickle":
                self._send_slowly(step)
            else:
                if step.does == "reset":
                    self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         struct.pack("ii", 1, 0))
                raise Gone()

    def _begin_tls(self):
        """A refusal is said in good order: data left unread would turn it into a reset."""
        if not self.server.tls:
            return
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True,
                                                do_handshake_on_connect=False)
        try:
            self.sock.do_handshake()
        except ssl.SSLError:
            socket.socket.shutdown(self.sock, socket.SHUT_WR)
            while socket.socket.recv(self.sock, 65536):
                pass
            raise

    def run(self):
        try:
            self._begin_tls()
            self.play(self.server.opening(self.number))
            while True:
                request = self.read_request()
                self.play(self.server.next_turn(request))
        except (Gone, ValueError, OSError):
            pass
        finally:
            self.sock.close()
            self.server.ended(self)


class Server:
    """Listens on 127.0.0.1, a port that the system chose, until `stop` or the end of its `with`."""

    def __init__(self, *turns, repeat=False, choose=None, on_connect=(), tls=None, limit=LIMIT_CONNECTIONS):
        self.turns, self.repeat, self.choose, self.on_connect = turns, repeat, choose, on_connect
        self.tls = tls
        self.limit = limit
        self.requests = []
        self.unexpected = []
        self.connections = 0
        self.most_at_once = 0
        self.closed = 0
        self._live = {}
        self._released = set()
        self._stopped = False
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                if self._stopped or self.connections >= self.limit:
                    sock.close()
                    continue
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(LIMIT_SECONDS)
                connection = Connection(self, self.connections, sock)
                thread = threading.Thread(target=connection.run, daemon=True)
                self._live[connection] = thread
                self.connections += 1
                if len(self._live) > self.most_at_once:
                    self.most_at_once = max(self.most_at_once, self._open())
                self._changed.notify_all()
            thread.start()

    def _open(self):
        """How many connections are open: one that the other side has ended may still be listed."""
        return sum(is_open(connection.sock) for connection in self._live)

    def opening(self, number):
        return self.on_connect[number] if number < len(self.on_connect) else []

    def next_turn(self, request):
        """Records the request and says what it gets."""
        with self._changed:
            number = len(self.requests)
            self.requests.append(request)
            self._changed.notify_all()
            if self.choose:
                return self.choose(request)
            if number < len(self.turns):
                return self.turns[number]
            if self.repeat:
                return self.turns[-1]
            self.unexpected.append(request)
            return reset()

    def ended(self, connection):
        with self._changed:
            self._live.pop(connection, None)
            self.closed += 1
            self._changed.notify_all()

    def release(self, name):
        """Lets every hold of this name go on, those still to come included."""
        with self._changed:
            self._released.add(name)
            self._changed.notify_all()

    def _wait(self, condition, what, seconds=LIMIT_SECONDS):
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise AssertionError(f"scripted server: waited {seconds} s for {what}")

    def wait_release(self, name):
        self._wait(lambda: self._stopped or name in self._released, f"release of {name!r}")
        if self._stopped:
            raise Gone()

    def pass_time(self, seconds):
        """For what a server does slowly; ends early when the server stops."""
        with self._changed:
            if self._changed.wait_for(lambda: self._stopped, seconds):
                raise Gone()

    def wait_requests(self, count):
        """Returns once `count` requests have arrived whole."""
        self._wait(lambda: len(self.requests) >= count, f"{count} requests")

    def wait_connections(self, count):
        self._wait(lambda: self.connections >= count, f"{count} connections")

    def wait_closed(self, count):
        """Returns once `count` connections are over, whoever ended them."""
        self._wait(lambda: self.closed >= count, f"{count} ended connections")

    def stop(self):
        with self._changed:
            self._stopped = True
            live = dict(self._live)
            self._changed.notify_all()
        # shutdown wakes the threads that wait in accept and recv; close alone does not.
        for sock in [self._listener] + [connection.sock for connection in live]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()
        self._accepting.join(LIMIT_SECONDS)
        for thread in live.values():
            thread.join(LIMIT_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None and self.unexpected:
            asked = ", ".join(f"{r.method} {r.target}" for r in self.unexpected)
            raise AssertionError(f"scripted server: requests beyond the script: {asked}")


class Closed:
    """A port of 127.0.0.1 that refuses: it is bound, so nobody else takes it, but not listened on."""

    def __enter__(self):
        self._sock = socket.socket()
        self._sock.bind(("127.0.0.1", 0))
        self.port = self._sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self._sock.close()


class Deaf:
    """A port on which no further connection comes about: its queue is full and nobody accepts."""

    def __enter__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        address = self._listener.getsockname()
        self.port, self.url = address[1], f"http://127.0.0.1:{address[1]}"
        self._callers = []
        for _ in range(4):  # Linux queues one more than the backlog; the rest wait unanswered
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(address)
            self._callers.append(caller)
        return self

    def __exit__(self, *_):
        for sock in self._callers + [self._listener]:
            sock.close()


def _steps_of_json(turn):
    """[{"send": "text"}, {"hold": "a"}, {"reset": true}, …] as steps."""
    make = {"send": lambda text: text.encode(), "hold": hold, "close": lambda _: close(),
            "reset": lambda _: reset(), "stall": lambda _: stall()}
    return [make[key](value) for step in turn for key, value in step.items()]


def _arguments():
    parser = argparse.ArgumentParser(
        description="Plays exact HTTP replies on a free loopback port and prints what it was asked, "
                    "one JSON object per request.",
        epilog='SCRIPT is a JSON list of turns, one per request; a turn is a list of steps: '
               '{"send": "bytes"}, {"hold": "name"}, {"close": true}, {"reset": true}, '
               '{"stall": true}. A line "release name" on stdin lets a hold go on; '
               'the end of stdin ends the server.')
    parser.add_argument("script", metavar="SCRIPT", type=argparse.FileType("r"))
    parser.add_argument("--repeat", action="store_true", help="play the last turn for ever")
    return parser.parse_args()


def _print_requests(server, requests):
    while (request := requests.get()) is not None:
        print(json.dumps({"connection": request.connection, "method": request.method,
                          "target": request.target, "headers": request.headers,
                          "body": request.body.decode("utf-8", "replace")}), flush=True)


def main():
    arguments = _arguments()
    turns = [_steps_of_json(turn) for turn in json.load(arguments.script)]
    requests = queue.Queue()

    class Printing(Server):
        def next_turn(self, request):
            requests.put(request)
            return super().next_turn(request)

    server = Printing(*turns, repeat=arguments.repeat)
    print(f"scripted: listening on {server.url}", flush=True)
    printer = threading.Thread(target=_print_requests, args=(server, requests))
    printer.start()
    for line in sys.stdin:
        word, _, name = line.strip().partition(" ")
        if word == "release":
            server.release(name)
    server.stop()
    requests.put(None)
    printer.join()


if __name__ == "__main__":
    main()
