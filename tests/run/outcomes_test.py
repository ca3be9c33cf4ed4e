#!/usr/bin/env python3
"""Every outcome that a call can have, from exact replies of a scripted server.

The flow of these tests says which arm was taken, and what the arm knew; so one line of stdout is the
whole claim.
"""

import gzip
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow
from onecall import claim, flow, outcome
from scripted import Closed, Deaf, Server, close, hold, json_reply, reply, reset, stall
from tap import add, case, contains, equal, lacks, main

HEAD = b"HTTP/1.1 200 OK\r\n"
ENDS = reply(200, "hi")

# which arm a status takes
claim("200 takes the arm of 200", '200 "hi"', ENDS)
claim("201 takes its own arm", "mine", reply(201), arms='201 { say "mine" } -> end')
claim("a status without an arm is other", "other 418 null", reply(418))
claim("an exact status comes before its class", "exact", reply(404),
      arms='4xx { say "class" } -> end 404 { say "exact" } -> end')
claim("a class comes before other", "class 403", reply(403), arms='4xx { say "class {status}" } -> end')
claim("a guard that holds takes its arm", "yes", json_reply(200, {"a": 1}),
      arms='200 when body.a == 1 { say "yes" } -> end')
claim("a guard that does not hold leaves the arm to the next", '200 {"a":2}',
      json_reply(200, {"a": 2}), arms='200 when body.a == 1 { say "yes" } -> end')
claim("where every guard is false the class is tried, then other", "class", reply(404),
      arms='404 when false -> end 4xx { say "class" } -> end')
claim("where every guard of a 5xx is false its class is tried before other", "class", reply(503),
      arms='503 when false -> end 5xx { say "class" } -> end')
claim("an arm may have several labels", "either", reply(409), arms='404, 409 { say "either" } -> end')
claim("a 3xx is a status like any other", "other 302 null",
      reply(302, headers=[("Location", "/elsewhere")]))

# what the arm knows
claim("headers are known in lower case, repeated ones joined", "a, b",
      reply(201, headers=[("X-One", "a"), ("X-ONE", "b")]),
      arms='201 { say headers["x-one"] } -> end')
NAMED = reply(201, headers=[("X-Request-Id", "77"), ("ETag", '"v1"')])
for what, expression, want in [
        ("in capitals in brackets", 'headers["X-Request-Id"]', "77"),
        ("in capitals after a dot", "headers.ETag", '"v1"'),
        ("put together from constants", 'headers["X-" + "REQUEST-" + "Id"]', "77"),
        ("that is a constant", "headers[ID]", "77"),
        ("in capitals in has()", 'has(headers, "X-Request-Id")', "true"),
        ("in capitals before `in`", '"ETag" in headers', "true"),
        ("in capitals before `in`, within a longer expression", 'not ("ETag" in headers and true)', "false"),
        ("that is not there", 'headers["X-None"] ?? "none"', "none"),
        ("that is known only when running, in small letters", "headers[lower(a)]", "77")]:
    @case(f"the name of a header {what} is found")
    def _(expression=expression, want=want):
        named = Flow(f"""
            const ID = "X-REQUEST-ID"
            config base: text
            endpoint api {{ url base }}
            flow f(a: text) {{
                node n {{
                    GET api "/x"
                    201 {{ say text({expression}) }} -> end
                    200, other, error, timeout, max-connection -> fail
                }}
            }}
        """)
        with Server(NAMED) as server:
            run = named.run(base=server.url, inputs={"a": "X-Request-Id"})
        equal(run.stdout, want + "\n")


claim("a header in any case is known not to be null after a guard that says so", '4', NAMED,
      arms='201 when headers.ETag != null and len(headers.etag) > 1 { say text(len(headers.eTag)) } -> end')


@case("a variable that is called headers has its names in their own case")
def _():
    own = Flow('flow f() { var headers = { ETag: "mine" } node n { say headers.ETag say headers["ETag"] -> end } }')
    equal(own.run().stdout, "mine\nmine\n")


claim("a JSON body is a value", '200 {"a":[1,2.5,"x",null,true]}',
      json_reply(200, {"a": [1, 2.5, "x", None, True]}))
claim("a body that is +json is JSON", '200 [1]',
      reply(200, "[1]", content_type="application/problem+json; charset=utf-8"))
claim("a large integer comes out as itself", "200 9007199254740993",
      reply(200, "9007199254740993", content_type="application/json"))
claim("a text that looks like JSON is a text", '200 "[1]"', reply(200, "[1]"))
claim("an empty body is null", "200 null", reply(200, "", content_type="application/json"))
claim("a 2xx that does not parse is error", "error decode",
      reply(200, '{"a":', content_type="application/json"), logs="127.0.0.1")
claim("another status that does not parse stays text", 'other 500 "<html>"',
      reply(500, "<html>", content_type="application/json"))
claim("a compressed body is unpacked", '200 "hello hello"',
      reply(200, gzip.compress(b"hello hello"), headers=[("Content-Encoding", "gzip")]))
claim("a chunked body is put together", '200 "abc"',
      HEAD + b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
             b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
claim("a body without a length ends with the connection", '200 "abc"',
      [HEAD + b"Content-Type: text/plain\r\n\r\nabc", close()])
claim("an interim reply is not the reply", '200 "hi"',
      b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ENDS)
claim("a HEAD has a status and no body", "200 null", [HEAD + b"Content-Length: 10\r\n\r\n"],
      call='HEAD api "/x"')

# as
@case("a body that does not fit takes the arm of error, also one that a lower status shares")
def _():
    compiled = Flow("""
        config base: text
        endpoint api { url base }
        flow f() {
            node n {
                GET api "/x"
                201 as { id: int } -> end
                200, other, error, timeout, max-connection { say "{error.kind ?? "none"}" } -> end
            }
        }
    """)
    for body, want in (({"id": 7}, ""), ({"id": "seven"}, "shape\n")):
        with Server(json_reply(201, body)) as server:
            equal(compiled.run(base=server.url).stdout, want)


@case("a body that does not fit is no value of that type in an arm of error either")
def _():
    compiled = Flow("""
        config base: text
        endpoint api { url base }
        flow f() -> text? {
            node n {
                GET api "/x"
                200, other, error as { id: text } -> end (body.id)
                timeout, max-connection -> fail
            }
        }
    """)
    with Server(json_reply(200, {"id": "seven"})) as server:
        equal(compiled.run(base=server.url).stdout, '"seven"\n')
    with Server(json_reply(200, {"id": 7})) as server:
        run = compiled.run(base=server.url)
    equal((run.code, run.stdout), (3, ""), repr(run))
    contains(run.stderr, "test.flow:7: ")


# error, each kind that a server can cause
claim("a reset before the reply is error network", "error network", [reset()], logs="127.0.0.1")
claim("a reset within the reply is error network", "error network",
      [HEAD + b"Content-Length: 10\r\n\r\nhal", reset()])
claim("an end before the reply is error network", "error network", [close()])
claim("half a reply is error network", "error network",
      [HEAD + b"Content-Length: 10\r\n\r\nhalf", close()])
claim("half a head is error", "error network", [b"HTTP/1.1 200 OK\r\nContent-Le", reset()])
claim("a chunk that is cut is error network", "error network",
      [HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", close()])
claim("what is not HTTP is error protocol", "error protocol", [b"SSH-2.0-OpenSSH_9\r\n", close()])
claim("a body beyond max-response is error too-large", "error too-large",
      reply(200, "x" * 2000), settings="max-response 1KB")
claim("a packed body counts after unpacking", "error too-large",
      reply(200, gzip.compress(b"x" * 100_000), headers=[("Content-Encoding", "gzip")]),
      settings="max-response 4KB")
claim("a name that does not exist is error dns", "error dns", url="http://nowhere.invalid",
      logs="nowhere.invalid")


@case("TLS to a server without it is error tls")
def _():
    # What it gets is no request, so the server must not wait for one.
    with Server(on_connect=[[b"HTTP/1.1 400 Bad Request\r\n\r\n", close()]]) as server:
        got, _run = outcome(url=server.url.replace("http:", "https:"))
    equal(got, "error tls")


@case("a closed port is error connect, and the log names the place")
def _():
    with Closed() as place:
        got, run = outcome(url=place.url)
    equal(got, "error connect")
    contains(run.stderr, f"127.0.0.1:{place.port}", "the log")


@case("a segment that comes out empty is error request, and nothing is sent")
def _():
    with Server() as server:
        run = flow('GET api "/x/{a}/y"').run(base=server.url)
        equal((run.stdout, server.connections), ("error request\n", 0))


@case("a line break in a header is error request, and nothing is sent")
def _():
    with Server() as server:
        run = flow(options='header X: "{a}"').run(base=server.url, inputs={"a": '"a\\r\\nB: c"'})
        equal((run.stdout, server.connections), ("error request\n", 0))


@case("headers that differ only when running are error request")
def _():
    with Server() as server:
        run = flow(settings="header X: base", options='header X: "{a}"').run(
            base=server.url, inputs={"a": '"other"'})
        equal((run.stdout, server.connections), ("error request\n", 0))


# timeout, each of the three times
claim("a stalled reply is timeout", "timeout", [stall()], settings="timeout 100ms",
      logs="127.0.0.1")
claim("a reply that stalls in its body is timeout", "timeout",
      [HEAD + b"Content-Length: 9\r\n\r\nhal", stall()], settings="timeout 100ms")
claim("within ends a call that timeout would let go on", "timeout", [stall()],
      settings="timeout 30s within 100ms")
claim("the node's time stands for the endpoint's", "timeout", [stall()],
      settings="timeout 30s", options="timeout 100ms")


@case("a connection that does not come about is timeout")
def _():
    with Deaf() as place:
        got, _run = outcome(url=place.url, settings="connect 100ms")
    equal(got, "timeout")


@case("a slow reply within its time is no timeout")
def _():
    with Server([hold("go"), ENDS]) as server:
        started = flow(settings="timeout 30s").start(base=server.url)
        server.wait_requests(1)
        server.release("go")
        equal(started.finish().stdout, '200 "hi"\n')


# what is sent
@case("path, query and header are escaped by where they stand, in the order written")
def _():
    parts = flow('GET api "/a/{a}"', options='query q: "{a}", q: [1, 2], none: null, "x y": b '
                                             'header X-A: b, X-None: null')
    with Server(ENDS) as server:
        parts.run(base=server.url + "/base", inputs={"a": '"ä /?"', "b": '"1+1=2&"'})
    request = server.requests[0]
    equal(request.target, "/base/a/%C3%A4%20%2F%3F?q=%C3%A4%20%2F%3F&q=1&q=2&x%20y=1%2B1%3D2%26")
    equal((request.header("X-A"), request.header("X-None")), ("1+1=2&", None))


@case("the endpoint's query stands before the node's")
def _():
    with Server(ENDS) as server:
        flow(settings='query k: "e"', options='query k: "n"').run(base=server.url)
    equal(server.requests[0].target, "/x?k=e&k=n")


@case("a slash at the end of the endpoint's url is sent where the path is empty, and only there")
def _():
    for base, call, want in [("/api/token/", 'POST api ""', "/api/token/"), ("/api/token", 'GET api ""', "/api/token"),
                             ("/api/token/", 'GET api "/x"', "/api/token/x"), ("/api/", 'GET api "/"', "/api/"),
                             ("/", 'GET api ""', "/"), ("", 'GET api ""', "/"), ("/a//", 'GET api ""', "/a//"),
                             ("/a/", 'GET api "" query q: 1', "/a/?q=1")]:
        with Server(ENDS) as server:
            flow(call).run(base=server.url + base)
        equal(server.requests[0].target, want, f"{call} of {base!r}")


def long_request(name, setting, numbers):
    @case(f"{name} is error request, and nothing is sent")
    def _():
        longest = Flow('''
            config base: text
            endpoint api { url base }
            flow f(n: int) {
                node first { GET api "/first" 200 -> make other, error, timeout, max-connection -> fail }
                node make  { digits = join(range(n), "")  long = replace(digits, "1", digits) -> call_it }
                node call_it {
                    GET api "/x"
                    %s
                    200 -> end
                    other, timeout, max-connection -> fail
                    error { say "error {error.kind}"  log error.message } -> end
                }
            }
        ''' % setting)
        with Server(ENDS, ENDS) as server:
            run = longest.run(base=server.url, inputs={"n": numbers})
        equal((run.stdout, [r.target for r in server.requests]), ("error request\n", ["/first"]))
        contains(run.stderr, "at most 900 KB can be sent")


long_request("a query of 2 MB", "query q: long", 1200)
long_request("a query of 11 MB, which libcurl takes for no URL at all", "query q: long", 2000)
long_request("a header of 1 MB", "header X: long", 1100)


@case("a request of nearly 900 KB is sent")
def _():
    with Server(ENDS) as server:
        run = flow(options='query q: join(range(165000), "")').run(base=server.url)
    equal((run.stdout, len(server.requests[0].target) > 800_000), ('200 "hi"\n', True))


@case("separator semicolon stands between pairs")
def _():
    with Server(ENDS) as server:
        flow(settings="separator semicolon", options="query a: 1, b: 2").run(base=server.url)
    equal(server.requests[0].target, "/x?a=1;b=2")


@case("a JSON body is compact, its members in the order written")
def _():
    with Server(ENDS) as server:
        flow('POST api "/x"', options='body { z: 1, a: [true, null, "é\\""], n: a }').run(
            base=server.url, inputs={"a": "9007199254740993"})
    request = server.requests[0]
    equal(request.body.decode(), '{"z":1,"a":[true,null,"é\\""],"n":9007199254740993}')
    equal(request.header("Content-Type"), "application/json")
    equal(request.header("Content-Length"), str(len(request.body)))


@case("a form is url-encoded, a space as plus")
def _():
    with Server(ENDS) as server:
        flow('PUT api "/x"', options='form { a: "b c&d", l: ["x", "y"], n: null }').run(
            base=server.url)
    equal(server.requests[0].body, b"a=b+c%26d&l=x&l=y")


@case("a text body is sent as it is")
def _():
    with Server(ENDS) as server:
        flow('PATCH api "/x"', options='text "hé {a}"').run(base=server.url, inputs={"a": '"{}"'})
    request = server.requests[0]
    equal((request.method, request.body.decode(), request.header("Content-Type")),
          ("PATCH", "hé {}", "text/plain; charset=utf-8"))


@case("auth basic and bearer make the header")
def _():
    with Server(ENDS, ENDS) as server:
        flow(settings='auth basic "me", "pass"').run(base=server.url)
        flow(settings='auth bearer "tok"').run(base=server.url)
    equal([r.header("Authorization") for r in server.requests], ["Basic bWU6cGFzcw==", "Bearer tok"])


@case("a proxy of the environment is not used")
def _():
    with Server(ENDS) as server, Closed() as proxy:
        run = flow().run(base=server.url, env={"http_proxy": proxy.url, "ALL_PROXY": proxy.url})
    equal(run.stdout, '200 "hi"\n')


# redirects
@case("a redirect of GET is followed where the endpoint allows it")
def _():
    with Server(reply(302, headers=[("Location", "/y")]), ENDS) as server:
        run = flow(settings="redirects 1").run(base=server.url)
    equal((run.stdout, [r.target for r in server.requests]), ('200 "hi"\n', ["/x", "/y"]))


def follow(status):
    with Server(reply(status, headers=[("Location", "/y")]), ENDS) as server:
        run = flow(settings="redirects 1").run(base=server.url)
    equal((run.stdout, [r.target for r in server.requests]), ('200 "hi"\n', ["/x", "/y"]))


for redirect in (301, 303, 307, 308):
    add(f"a GET is redirected by {redirect} as well", follow, redirect)
claim("more redirects than allowed are error redirect", "error redirect",
      reply(302, headers=[("Location", "/y")]), reply(302, headers=[("Location", "/z")]),
      settings="redirects 1")
claim("a redirect of POST is a status", "other 302 null", reply(302, headers=[("Location", "/y")]),
      settings="redirects 3", call='POST api "/x"')


@case("a redirect to another port is error redirect, and nothing is sent there")
def _():
    with Server() as elsewhere:
        with Server(reply(302, headers=[("Location", elsewhere.url + "/y")])) as server:
            run = flow(settings="redirects 3").run(base=server.url)
        equal((run.stdout, elsewhere.connections), ("error redirect\n", 0))


# internationalized hosts: libcurl knows what ends in .localhost without asking anybody
NAMES = ("bücher.localhost", "BÜCHER.localhost", "xn--bcher-kva.localhost")


def of_name(server, name):
    return server.url.replace("127.0.0.1", name)


@case("an internationalized host is called by its ASCII form, however it is written")
def _():
    for name in NAMES:
        with Server(ENDS) as server:
            run = flow().run(base=of_name(server, name))
        equal((run.stdout, server.requests[0].header("Host")),
              ('200 "hi"\n', f"xn--bcher-kva.localhost:{server.port}"), name)


@case("a redirect to the same internationalized host, however it is written, is followed")
def _():
    for name in NAMES:
        for to in NAMES:
            with Server(choose=lambda request: ENDS if request.target == "/y" else moved) as server:
                moved = reply(302, headers=[("Location", of_name(server, to) + "/y")])
                run = flow(settings="redirects 1").run(base=of_name(server, name))
            equal(run.stdout, '200 "hi"\n', f"{name} to {to}")


@case("--allow-host means an internationalized host, however both are written")
def _():
    for name in NAMES:
        for allowed in NAMES:
            with Server(ENDS) as server:
                run = flow().run("--allow-host", allowed, base=of_name(server, name))
            equal(run.stdout, '200 "hi"\n', f"{allowed} and {name}")
    run = flow().run("--allow-host", "bücher.example", base="http://bücher.localhost:1")
    equal(run.stdout, "error connect\n")


@case("a host that is no internationalized name keeps the program from starting")
def _():
    run = flow().run(base="http://a℀.example")
    equal(run.code, 2)
    contains(run.stderr, "the host is not a valid internationalized name")


# several calls of one run
@case("two calls of a run share a connection")
def _():
    two = Flow("""
        config base: text
        endpoint api { url base }
        flow f() {
            node one { GET api "/1" 200 -> two other, error, timeout, max-connection -> fail }
            node two { GET api "/2" 200 -> end other, error, timeout, max-connection -> fail }
        }
    """)
    with Server(ENDS, ENDS) as server:
        equal(two.run(base=server.url).code, 0)
    equal((server.connections, [r.target for r in server.requests]), (1, ["/1", "/2"]))


@case("a connection that the server closed meanwhile is no error")
def _():
    two = Flow("""
        config base: text
        endpoint api { url base }
        flow f() {
            node one  { GET api "/1" 200 -> pause other, error, timeout, max-connection -> fail }
            node pause { ask "go on?" as ok ok -> two }
            node two  { GET api "/2" 200 -> end other, error, timeout, max-connection -> fail }
        }
    """)
    with Server([ENDS, close()], ENDS) as server:
        started = two.start(base=server.url)
        server.wait_closed(1)
        started.write("yes")
        equal(started.finish().code, 0)
    equal(server.connections, 2)


@case("an arm with max is taken that often, then else")
def _():
    again = Flow("""
        config base: text
        endpoint api { url base }
        flow f() {
            node n {
                GET api "/x"
                200 -> end
                503 -> n max 2 else give_up
                other, error, timeout, max-connection -> fail
            }
            node give_up { say "enough" -> fail ("busy") }
        }
    """)
    with Server(reply(503), repeat=True) as server:
        run = again.run("--json", base=server.url)
    equal((run.code, run.json["status"], run.json["value"], len(server.requests)),
          (1, "failed", "busy", 3))


@case("Ctrl-C ends a run in a call with 130")
def _():
    with Server([stall()]) as server:
        started = flow().start(base=server.url)
        server.wait_requests(1)
        started.interrupt()
        run = started.finish()
        server.wait_closed(1)
    equal((run.code, run.stdout), (130, ""))


@case("Ctrl-C says cancelled in --json")
def _():
    with Server([stall()]) as server:
        started = flow().start("--json", base=server.url)
        server.wait_requests(1)
        started.interrupt()
        run = started.finish()
    equal((run.code, run.json["status"], run.json["node"]), (130, "cancelled", "n"))


@case("a secret goes out in a header, and nowhere else")
def _():
    secret = Flow("""
        secret token
        config base: text
        endpoint api { url base header X-Token: token query k: token }
        flow f() { node n { GET api "/x" 200 -> end other, error, timeout, max-connection -> fail } }
    """)
    with Server(ENDS) as server:
        run = secret.run("--trace", base=server.url, secrets={"token": "hush-hush"})
    equal(server.requests[0].header("X-Token"), "hush-hush")
    lacks(run.stdout + run.stderr, "hush", "what the run printed")
    contains(run.stderr, "***", "the trace")
    lacks(secret.image.read_bytes(), b"hush", "the bytecode")


main()
