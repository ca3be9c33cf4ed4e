#!/usr/bin/env python3
"""The scripted server does what its script says: otherwise every test that stands on it lies."""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "lib")]

import scripted
from scripted import Closed, Deaf, Server, close, hold, json_reply, reply, reset, stall
from tap import case, contains, equal, main, true

ASK = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(server):
    sock = socket.create_connection(("127.0.0.1", server.port), 10)
    return sock


def read_all(sock):
    data = b""
    while chunk := sock.recv(65536):
        data += chunk
    return data


def is_reset(sock):
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return False


@case("a turn is sent byte for byte, then the connection ends")
def _():
    with Server([b"HTTP/1.1 2", b"00 OK\r\n\r\nhi", close()]) as server, connect(server) as sock:
        sock.sendall(ASK)
        equal(read_all(sock), b"HTTP/1.1 200 OK\r\n\r\nhi")


@case("a request is recorded raw and parsed")
def _():
    sent = b"POST /x HTTP/1.1\r\nA: 1\r\na: 2\r\nContent-Length: 3\r\n\r\n\x00{}"
    with Server([reply(204), close()]) as server, connect(server) as sock:
        sock.sendall(sent)
        read_all(sock)
    request = server.requests[0]
    equal(request.raw, sent)
    equal((request.method, request.target, request.body), ("POST", "/x", b"\x00{}"))
    equal(request.headers, [("A", "1"), ("a", "2"), ("Content-Length", "3")])
    equal(request.header("a"), "1, 2")


@case("a chunked body is recorded without its chunks")
def _():
    sent = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    with Server([reply(200), close()]) as server, connect(server) as sock:
        sock.sendall(sent)
        read_all(sock)
    equal((server.requests[0].body, server.requests[0].raw), (b"abc", sent))


@case("two requests share a connection, and take turns")
def _():
    with Server(reply(200, "one"), [json_reply(404, {"a": 1}), close()]) as server:
        with connect(server) as sock:
            sock.sendall(ASK + ASK)
            got = read_all(sock)
    contains(got, b"one")
    contains(got, b'404 Not Found\r\nContent-Type: application/json')
    equal((server.connections, [r.connection for r in server.requests]), (1, [0, 0]))


@case("a reset is a reset, not an end")
def _():
    with Server([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", reset()]) as server:
        with connect(server) as sock:
            sock.sendall(ASK)
            true(is_reset(sock), "the connection ended in good order")


@case("a held turn waits for the test")
def _():
    with Server([hold("go"), reply(200), close()]) as server, connect(server) as sock:
        sock.sendall(ASK)
        server.wait_requests(1)
        sock.setblocking(False)
        try:
            true(False, f"sent while held: {sock.recv(1)!r}")
        except BlockingIOError:
            pass
        sock.settimeout(10)
        server.release("go")
        contains(read_all(sock), b"200 OK")


@case("a stalled turn lasts until the client leaves")
def _():
    with Server([stall()]) as server:
        with connect(server) as sock:
            sock.sendall(ASK)
            server.wait_requests(1)
            equal(server.closed, 0)
        server.wait_closed(1)


@case("a connection can be closed before anything is read")
def _():
    with Server(reply(200), on_connect=[[close()]]) as server, connect(server) as sock:
        equal(read_all(sock), b"")
    equal(server.requests, [])


@case("connections at once are counted")
def _():
    with Server([hold("all"), reply(200), close()], repeat=True) as server:
        socks = [connect(server) for _ in range(3)]
        for sock in socks:
            sock.sendall(ASK)
        server.wait_requests(3)
        server.release("all")
        for sock in socks:
            read_all(sock)
            sock.close()
        server.wait_closed(3)
        connect(server).close()
        server.wait_closed(4)
    equal((server.connections, server.most_at_once), (4, 3))


@case("a request beyond the script fails the test that made it")
def _():
    try:
        with Server() as server, connect(server) as sock:
            sock.sendall(ASK)
            true(is_reset(sock), "no reset")
    except AssertionError as why:
        contains(str(why), "GET /a?b=c")
    else:
        true(False, "nothing was raised")


@case("a turn can be chosen by the request")
def _():
    with Server(choose=lambda request: [reply(200, request.target), close()]) as server:
        with connect(server) as sock:
            sock.sendall(ASK)
            contains(read_all(sock), b"/a?b=c")


@case("a closed port refuses")
def _():
    with Closed() as place:
        equal(socket.socket().connect_ex(("127.0.0.1", place.port)) != 0, True)


@case("a deaf port neither accepts nor refuses")
def _():
    with Deaf() as place, socket.socket() as sock:
        sock.settimeout(0.2)
        try:
            sock.connect(("127.0.0.1", place.port))
            true(False, "it accepted")
        except TimeoutError:
            pass


@case("as a program it plays a script and prints the requests")
def _():
    turns = [[{"hold": "go"}, {"send": "HTTP/1.1 204 No Content\r\n\r\n"}, {"close": True}]]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as script:
        json.dump(turns, script)
        script.flush()
        program = subprocess.Popen([sys.executable, scripted.__file__, script.name], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        where = program.stdout.readline()
        port = int(where.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            sock.sendall(ASK)
            equal(json.loads(program.stdout.readline())["target"], "/a?b=c")
            program.stdin.write("release go\n")
            program.stdin.flush()
            equal(read_all(sock), b"HTTP/1.1 204 No Content\r\n\r\n")
        program.communicate()
    equal(program.returncode, 0)


main()
