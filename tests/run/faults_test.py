#!/usr/bin/env python3
"""The fault table: what a server can do wrong, and the outcome that it is. One row, one claim.

Each row is a compiled flow run by flowrun against exact bytes of a scripted server. The rows of
TLS, of pools and of many runs stand in scripts of their own; which result of libcurl is which
outcome is held row by row by tests/unit/classify_test.c as well. No row waits for the clock: where a
time must run out, it is a tenth of a second.
"""

import gzip
import pathlib
import sys
import time
import zlib

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow
from onecall import claim, flow, outcome
from scripted import Closed, Deaf, Server, close, endless, reply, reset, stall, take, trickle
from tap import case, contains, equal, main, true

HEAD = b"HTTP/1.1 200 OK\r\n"
TEXT = HEAD + b"Content-Type: text/plain\r\n"
JSON = HEAD + b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
ENDS = reply(200, "hi")
PLENTY = 'timeout 30s max-response 64KB'


def within(seconds, *turns, **parts):
    """The outcome, which must not take longer: the bound is far above what is declared, since
    machines differ; what is declared is a tenth of a second, and the default half a minute."""
    started = time.monotonic()
    got, run = outcome(*turns, **parts)
    took = time.monotonic() - started
    true(took < seconds, f"took {took:.1f} s")
    return got, run


# What libcurl says, row by row, as far as a server or the surroundings can bring it about.
claim("a name without an address is dns", "error dns", url="http://nowhere.invalid",
      logs="nowhere.invalid has no address")
claim("a label of 70 letters, which no name has, is dns", "error dns",
      url="http://" + "a" * 70 + ".invalid")


@case("a port that refuses is connect, with the system's reason")
def _():
    with Closed() as place:
        got, run = outcome(url=place.url)
    equal(got, "error connect")
    contains(run.stderr, "connection refused")


@case("a port that does not answer is timeout, after `connect`")
def _():
    with Deaf() as place:
        got, run = within(10, url=place.url, settings="connect 100ms")
    equal(got, "timeout")
    contains(run.stderr, "`connect`")


claim("an end before any answer is network", "error network", [close()],
      logs="closed the connection without a response")
claim("a reset before any answer is network", "error network", [reset()], logs="broke")
claim("a reset while the request is sent is network", "error network", logs="broke",
      server={"on_connect": [[take(999), reset()]]}, call='PUT api "/x"',
      options='body range(0, 999999)')
claim("a status line that is none is protocol", "error protocol", b"HTTP/1.1 9\r\n\r\n")
claim("another version of HTTP is protocol", "error protocol", b"HTTP/2 200 OK\r\n\r\n")
claim("a banner of another protocol is protocol", "error protocol", [b"220 mail ESMTP\r\n", close()])
claim("a page without a head (HTTP/0.9) is protocol", "error protocol", [b"<html>hi</html>", close()])
claim("a header line of 100 KB is too-large, not memory", "error too-large",
      HEAD + b"X-Long: " + b"x" * 120_000 + b"\r\nContent-Length: 0\r\n\r\n")
claim("a NUL in a header is protocol", "error protocol",
      HEAD + b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n")

# An answer that is not whole is no answer, even when what came of it parses.
claim("an end inside the status line is network", "error network", [b"HTTP/1.1 20", close()])
claim("an end inside the head is network, not 200", "error network", [HEAD, close()])
claim("an end inside a header line is network", "error network",
      [HEAD + b"Content-Length: 0\r\nX-A: b", close()])
claim("a body shorter than its length is network, even when it parses", "error network",
      [JSON + b"Content-Length: 9\r\n\r\n{}", close()], logs="before the response was complete")
claim("a body shorter than its length that ends by reset is network", "error network",
      [JSON + b"Content-Length: 9\r\n\r\n{}", reset()])
claim("chunks without their last one are network, even when they parse", "error network",
      [JSON + CHUNKED + b"2\r\n{}\r\n", close()])
claim("a chunk that is cut is network", "error network", [JSON + CHUNKED + b"5\r\n{}", close()])
claim("a last chunk without its end is network", "error network",
      [JSON + CHUNKED + b"2\r\n{}\r\n0\r\n", close()])
claim("a chunk whose size is no number is error", "error network",
      [JSON + CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", close()], logs="sent a malformed chunked body")
claim("a compressed body that is cut is decode", "error decode",
      reply(200, gzip.compress(b"x" * 5000)[:-6], headers=[("Content-Encoding", "gzip")]))
claim("a body that is not compressed as it says is decode", "error decode",
      reply(200, "plain", headers=[("Content-Encoding", "gzip")]))
claim("a compression that nobody knows is decode", "error decode",
      reply(200, "plain", headers=[("Content-Encoding", "zip")]))
claim("a 100 and then the end is network", "error network",
      [b"HTTP/1.1 100 Continue\r\n\r\n", close()])
claim("a 103 and then the end is network", "error network",
      [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", close()])
claim("a 101 that nobody asked for is error", "error network",
      [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", close()])
claim("a 100 and then silence is timeout", "timeout", [b"HTTP/1.1 100 Continue\r\n\r\n", stall()],
      settings="timeout 100ms")

# An answer that contradicts itself may hold another one's beginning.
for what, lines in [
        ("two lengths that differ", b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
        ("a list of lengths that differ", b"Content-Length: 2, 3\r\n\r\nabc"),
        ("a hexadecimal length", b"Content-Length: 0xb\r\n\r\nhello world"),
        ("a negative length", b"Content-Length: -1\r\n\r\nabc"),
        ("a length with a sign", b"Content-Length: +3\r\n\r\nabc"),
        ("a length beyond 64 bits", b"Content-Length: 99999999999999999999\r\n\r\nabc"),
        ("an empty length", b"Content-Length:\r\n\r\nabc"),
        ("a length and chunks", b"Content-Length: 3\r\n" + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"),
        ("a coding that was not asked for", b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("chunked twice", b"Transfer-Encoding: chunked\r\n" + CHUNKED + b"0\r\n\r\n"),
        ("a blank before the colon", b"Content-Length : 3\r\n\r\nabc"),
        ("a line without a colon", b"Content-Length 3\r\n\r\nabc")]:
    claim(f"{what}: protocol", "error protocol", [HEAD + lines, close()])
claim("two lengths that agree are one", '200 "abc"',
      TEXT + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc")

# Too much.
claim("an endless body of unknown length is too-large", "error too-large",
      [TEXT + b"\r\n", endless(b"x" * 1000)], settings=PLENTY)
claim("endless chunks are too-large", "error too-large",
      [TEXT + CHUNKED, endless(b"5\r\nhello\r\n")], settings=PLENTY)
claim("a length beyond max-response is not waited for", "error too-large",
      [TEXT + b"Content-Length: 65537\r\n\r\n", stall()], settings=PLENTY)
claim("a body of just max-response is taken", "mine",
      reply(200, "x" * 65536), settings=PLENTY,
      arms='200 when len(body) == 65536 { say "mine" } -> end')
claim("a gzip bomb is too-large", "error too-large",
      reply(200, gzip.compress(bytes(50_000_000)), headers=[("Content-Encoding", "gzip")]),
      settings=PLENTY)
claim("a deflate bomb in endless chunks is too-large", "error too-large",
      [TEXT + b"Content-Encoding: deflate\r\n" + CHUNKED +
       b"%x\r\n" % len(zlib.compress(bytes(9_000_000))) + zlib.compress(bytes(9_000_000)) + b"\r\n",
       stall()], settings=PLENTY)
claim("endless empty members of gzip are too-large", "error too-large",
      [TEXT + b"Content-Encoding: gzip\r\n\r\n", endless(gzip.compress(b""))], settings=PLENTY)
claim("a flood of header lines is too-large", "error too-large", [HEAD, endless(b"X-A: b\r\n")])
claim("a flood of one header line is too-large", "error too-large",
      [HEAD + b"X-A: ", endless(b"x")])
claim("a flood of interim answers is too-large", "error too-large",
      [endless(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n")])
claim("a flood of trailers is too-large", "error too-large",
      [TEXT + CHUNKED + b"0\r\n", endless(b"X-A: b\r\n")])
claim("an endless extension of a chunk, which nobody keeps, is timeout", "timeout",
      [TEXT + CHUNKED + b"1;", endless(b"x=y;")], settings="timeout 100ms")


@case("an endless body within a large max-response ends by its time")
def _():
    got, _run = within(20, [TEXT + b"\r\n", trickle(b"x" * 600, 0.05)], settings="timeout 100ms")
    equal(got, "timeout")


# Too slow: what is declared is a tenth of a second.
for what, turn in [
        ("silence", [stall()]),
        ("half a status line", [b"HTTP/1.", stall()]),
        ("half a head", [HEAD + b"X-A: b\r\n", stall()]),
        ("half a body", [TEXT + b"Content-Length: 9\r\n\r\nhal", stall()]),
        ("half a chunk", [TEXT + CHUNKED + b"5\r\nab", stall()]),
        ("a head in a trickle", [trickle(HEAD + b"X-Long: " + b"x" * 600, 0.03)]),
        ("a body in a trickle", [TEXT + b"Content-Length: 999\r\n\r\n", trickle(b"x" * 600, 0.03)]),
        ("chunks in a trickle", [TEXT + CHUNKED, trickle(b"1\r\nx\r\n" * 100, 0.03)]),
        ("interim answers in a trickle", [trickle(b"HTTP/1.1 103 Early\r\n\r\n" * 30, 0.03)])]:
    def slow(turn):
        got, run = within(10, turn, settings="timeout 100ms")
        equal(got, "timeout")
        contains(run.stderr, "`timeout`")
    case(f"{what}: timeout, within `timeout`")(lambda turn=turn: slow(turn))


@case("within ends attempts, pauses and all")
def _():
    got, _run = within(10, stall(), settings="timeout 100ms within 250ms",
                       options="retry 50 on timeout backoff 1ms..1ms", server={"repeat": True})
    equal(got, "timeout")


# Redirects.
def moved(to):
    return reply(302, headers=[("Location", to)])


def redirected(name, want, *turns, asked, **parts):
    @case(name)
    def _():
        with Server(*turns, repeat=True) as server:
            run = flow(settings="redirects 5 header X-Api-Key: \"k\"", **parts).run(base=server.url)
        equal((run.stdout.strip(), len(server.requests)), (want, asked))


redirected("endless redirects are redirect, after as many as allowed", "error redirect", moved("/x"),
           asked=6)
redirected("a redirect to another scheme is redirect", "error redirect", moved("https://127.0.0.1/"),
           asked=1)
redirected("a redirect to ftp is redirect", "error redirect", moved("ftp://127.0.0.1/"), asked=1)
redirected("a redirect to a file is redirect", "error redirect", moved("file:///etc/passwd"), asked=1)
redirected("a redirect with a password is redirect", "error redirect",
           moved("http://me:secret@127.0.0.1/"), asked=1)
redirected("a redirect that makes no sense is redirect", "error redirect", moved("http://["), asked=1)
redirected("a redirect without an address is a status", "other 302 null", reply(302), asked=1)


@case("a redirect to a fragment, or to nothing, is one to where it comes from")
def _():
    for location in ("", "#x"):
        with Server(moved(location), repeat=True) as server:
            run = flow(settings="redirects 2", call='GET api "/a/b" query c: "d"').run(base=server.url)
        equal((run.stdout, [r.target for r in server.requests]), ("error redirect\n", ["/a/b?c=d"] * 3), location)


redirected("a redirect of PUT is a status", "other 302 null", moved("/y"), asked=1,
           call='PUT api "/x"')


@case("a redirect to another host, or port, carries nothing there")
def _():
    with Server() as elsewhere:
        for host in ("127.0.0.1", "localhost", "127.0.0.2"):
            with Server(moved(f"http://{host}:{elsewhere.port}/")) as server:
                run = flow(settings='redirects 5 header X-Api-Key: "k"').run(base=server.url)
            equal(run.stdout, "error redirect\n")
        equal(elsewhere.connections, 0, "connections elsewhere")


# What is sent, and how often.
TWO_CALLS = """
    config base: text
    endpoint api {{ url base }}
    flow f() {{
        node one {{ GET api "/1" 200 -> two other, error, timeout, max-connection -> fail }}
        node two {{
            {call}
            200, other {{ say "{{status}} {{body}}" }} -> end
            error, timeout, max-connection {{ say "error {{error.kind}}"  log error.message }} -> end
        }}
    }}
"""


def second(call, *turns):
    with Server(*turns) as server:
        run = Flow(TWO_CALLS.format(call=call)).run(base=server.url)
    return run, [request.method + request.target for request in server.requests], server


@case("a POST on a connection that dies unanswered is sent once, and is network")
def _():
    run, asked, _server = second('POST api "/2"', ENDS, [close()], ENDS)
    equal((run.stdout, asked), ("error network\n", ["GET/1", "POST/2"]))
    contains(run.stderr, "may or may not have acted")


@case("a PATCH on a connection that dies by reset is sent once, and is network")
def _():
    run, asked, _server = second('PATCH api "/2"', ENDS, [reset()], ENDS)
    equal((run.stdout, asked), ("error network\n", ["GET/1", "PATCH/2"]))


@case("a GET on a connection that dies unanswered is sent once more")
def _():
    run, asked, _server = second('GET api "/2"', ENDS, [close()], ENDS)
    equal((run.stdout, asked), ("200 hi\n", ["GET/1", "GET/2", "GET/2"]))


@case("a GET that dies after a part of its answer is not sent again")
def _():
    run, asked, _server = second('GET api "/2"', ENDS, [HEAD, close()], ENDS)
    equal((run.stdout, asked), ("error network\n", ["GET/1", "GET/2"]))


@case("a POST on a new connection that dies is sent once")
def _():
    with Server([close()], ENDS) as server:
        run = flow('POST api "/x"').run(base=server.url)
    equal((run.stdout, len(server.requests)), ("error network\n", 1))


@case("what follows an answer is not the next answer")
def _():
    smuggled = reply(500, "smuggled")
    run, asked, server = second('GET api "/2"', ENDS + smuggled, ENDS)
    equal((run.stdout, server.connections), ("200 hi\n", 2))


for what, broken in [
        ("contradictory lengths", HEAD + b"Content-Length: 0\r\nContent-Length: 2\r\n\r\n" + ENDS),
        ("a body that is too long", TEXT + b"Content-Length: 99999999\r\n\r\n" + ENDS),
        ("what is not HTTP", b"hello\r\n\r\n" + ENDS),
        ("a body in an unknown coding",
         TEXT + b"Content-Encoding: x\r\nContent-Length: 2\r\n\r\nab" + reply(500, "smuggled"))]:
    def after(broken):
        after_error = Flow(TWO_CALLS.format(call='GET api "/2"').replace(
            "other, error, timeout, max-connection -> fail }\n        node two",
            "error -> two other, timeout, max-connection -> fail }\n        node two"))
        with Server(broken, ENDS) as server:
            run = after_error.run(base=server.url)
        equal((run.stdout, server.connections), ("200 hi\n", 2))
    case(f"after {what} the connection is not used again")(lambda broken=broken: after(broken))


@case("`..` and `//` in a constant path go out as they are")
def _():
    with Server(ENDS) as server:
        flow('GET api "/a/../b/./c//d"').run(base=server.url)
    equal(server.requests[0].target, "/a/../b/./c//d")


@case(".netrc and the proxies of the environment are not looked at")
def _():
    with Server(ENDS) as server, Closed() as proxy:
        one = flow()
        (one.folder / ".netrc").write_text("machine 127.0.0.1 login me password secret\n"
                                           "default login me password secret\n")
        (one.folder / ".curlrc").write_text(f"proxy = {proxy.url}\n")
        names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        run = one.run(base=server.url, env={"HOME": one.folder, "CURL_HOME": one.folder,
                                            "NETRC": one.folder / ".netrc",
                                            **{name: proxy.url for name in names}})
    equal(run.stdout, '200 "hi"\n')
    equal(server.requests[0].header("Authorization"), None)


@case("a cookie that was set is not sent back")
def _():
    run, _asked, server = second('GET api "/2"', reply(200, headers=[("Set-Cookie", "a=b")]), ENDS)
    equal((run.stdout, server.requests[1].header("Cookie")), ("200 hi\n", None))


main()
