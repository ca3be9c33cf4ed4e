#!/usr/bin/env python3
"""--allow-host and --deny-private: a program calls what it may, and of all else nobody hears a byte. What
counts is the address that is connected to, not how the URL writes it."""

import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun
from scripted import Server, reply
from tap import add, case, contains, equal, main, true

CALL = """
config base: text
endpoint api { url base redirects 3 }
flow f(i: int = 0) {
    node n {
        GET api "/{i}"
        200            -> end ("200")
        other          -> end ("other {status}")
        error          -> end ("error {error.kind}: {error.message}")
        timeout        -> end ("timeout")
        max-connection -> end ("max-connection")
    }
}
"""

flow = Flow(CALL)


def call(server, options, host="127.0.0.1", *more):
    """What the call of http://HOST:PORT came to, with the server's port as PORT."""
    run = flow.run("--json", *options, *more, base=f"http://{host}:{server.port}")
    equal(run.code, 0, f"exit status of {run!r}")
    return run.json["value"]


def refused(options, host, kind, *parts):
    """The call is an error of this kind that says these things, and nobody connects."""
    with Server(reply(200), repeat=True) as server:
        value = call(server, options, host)
        true(value.startswith(f"error {kind}: "), f"wanted error {kind}, got {value}")
        for part in parts:
            contains(value, part, "the message")
        equal((server.connections, len(server.requests)), (0, 0), "connections and requests")


def admitted(options, host):
    with Server(reply(200), repeat=True) as server:
        equal(call(server, options, host), "200")
        equal(len(server.requests), 1, "requests")


LOOPBACK = {
    "as it is usual": "127.0.0.1",
    "as one number": "2130706433",
    "as a number in hexadecimal digits": "0x7f000001",
    "in hexadecimal and short": "0x7f.1",
    "in octal digits": "0177.0.0.1",
    "as one octal number": "017700000001",
    "short": "127.1",
    "with another last number": "127.255.0.9",
    "as all zeros": "0.0.0.0",
    "as a name": "localhost",
    "as a name with a dot": "localhost.",
    "in wide digits": "１２７.0.0.1",
    "in IPv6": "[::1]",
    "in IPv6 in long": "[0:0:0:0:0:0:0:1]",
    "as IPv4 within IPv6": "[::ffff:127.0.0.1]",
    "as IPv4 within IPv6, in hexadecimal digits": "[::ffff:7f00:1]",
}

for how, host in LOOPBACK.items():
    # libcurl may know no wide digits, and a machine no IPv6: then it has no such address at all.
    def _(host=host):
        with Server(reply(200), repeat=True) as server:
            value = call(server, ["--deny-private"], host)
            true(value.startswith(("error connect: ", "error dns: ", "error request: ")), value)
            equal(server.connections, 0, "connections")
    add(f"--deny-private: loopback {how} is not connected to", _)
    def _(host=host):
        with Server(reply(200), repeat=True) as server:
            value = call(server, ["--allow-host", "198.41.0.4"], host)
            true(value.startswith(("error connect: ", "error dns: ", "error request: ")), value)
            equal(server.connections, 0, "connections")
    add(f"--allow-host of another address: loopback {how} is not connected to", _)

add("a refusal names the rule, the address and the host", refused, ["--deny-private"], "localhost",
    "connect", "may not be called: --deny-private forbids its address", "(loopback)", "localhost:")
add("a refusal by the list names the address and the host", refused, ["--allow-host", "192.0.2.0/24"],
    "127.0.0.1", "connect", "may not be called: no --allow-host covers its address 127.0.0.1")
add("a name that is not in the list is refused by its name", refused,
    ["--allow-host", "api.example.com"], "localhost", "connect", "may not be called: no --allow-host covers it")
add("a pattern below a domain does not cover the domain", refused,
    ["--allow-host", "*.localhost"], "localhost", "connect", "may not be called: no --allow-host covers it")
add("another port is refused", refused, ["--allow-host", "127.0.0.1:1"], "127.0.0.1", "connect",
    "no --allow-host covers its address 127.0.0.1")
add("another port of a name is refused", refused, ["--allow-host", "localhost:1"], "localhost",
    "connect", "no --allow-host covers it")
add("a metadata service is refused", refused, ["--deny-private"], "169.254.169.254", "connect",
    "169.254.169.254 (link-local)")
add("--deny-private stands above a name, and above a network that is more than private", refused,
    ["--deny-private", "--allow-host", "localhost", "--allow-host", "0.0.0.0/0"], "localhost",
    "connect", "--deny-private forbids")

add("an address in the list is called", admitted, ["--allow-host", "127.0.0.1"], "127.0.0.1")
add("a network in the list is called", admitted, ["--allow-host", "127.0.0.0/8"], "127.0.0.1")
add("a name in the list is called", admitted, ["--allow-host", "LocalHost"], "localhost")
add("a name is called by the address that it has", admitted, ["--allow-host", "127.0.0.1",
                                                             "--allow-host", "::1"], "localhost")
add("an address that is written otherwise is the same address", admitted,
    ["--allow-host", "127.0.0.1"], "2130706433")
add("a private address that is named is called", admitted, ["--deny-private", "--allow-host", "127.0.0.1"],
    "127.0.0.1")
add("one pattern of several is enough", admitted,
    ["--allow-host", "api.example.com", "--allow-host", "127.0.0.1", "--allow-host", "10.0.0.0/8"],
    "127.0.0.1")


@case("a port in the list is called")
def _():
    with Server(reply(200)) as server:
        equal(call(server, ["--allow-host", f"127.0.0.1:{server.port}"]), "200")


@case("a redirect to another place of the same host is followed, and to another host it is not")
def _():
    with Server(reply(200), repeat=True) as other, \
            Server(reply(302, headers=[("Location", "/next")]),
                   reply(302, headers=[("Location", f"http://127.0.0.1:{other.port}/")])) as server:
        value = call(server, ["--allow-host", "127.0.0.1"])
        true(value.startswith("error redirect: "), value)
        equal([r.target for r in server.requests], ["/0", "/next"])
        equal(other.connections, 0, "connections to the other")


@case("in a batch each refused call is an outcome, and the batch goes on")
def _():
    lines = flow.folder / "lines.jsonl"
    lines.write_text("{}\n" * 20)
    with Server(reply(200), repeat=True) as server:
        run = flowrun("batch", "--deny-private", flow.image, "--inputs", lines, "--quiet", "--set",
                      f"base=http://localhost:{server.port}", "--threads", "2")
        equal(run.code, 0)
        values = [json.loads(line)["value"] for line in run.lines]
        equal(len(values), 20)
        for value in values:
            contains(value, "may not be called: --deny-private forbids")
        equal(server.connections, 0, "connections")


@case("in a batch the connections that are used again are those that were allowed")
def _():
    lines = flow.folder / "lines.jsonl"
    lines.write_text("".join(f'{{"i":{i}}}\n' for i in range(20)))
    with Server(reply(200), repeat=True) as server:
        run = flowrun("batch", "--allow-host", "127.0.0.1", flow.image, "--inputs", lines, "--quiet",
                      "--set", f"base={server.url}", "--concurrency", "1")
        equal([json.loads(line)["value"] for line in run.lines], ["200"] * 20)
        equal(server.connections, 1)


TWO = Flow("""
    config base: text
    config other: text
    endpoint good { url base }
    endpoint bad  { url other }
    flow f() {
        node n {
            GET good "/good"
            200 -> m
            other, error, timeout, max-connection -> end ("good failed")
        }
        node m {
            GET bad "/bad"
            retry 3 on error backoff 1ms..1ms
            200            -> end ("200")
            other          -> end ("other {status}")
            error          -> end ("{error.kind}: {error.message}")
            timeout, max-connection -> end ("timeout")
        }
    }
""")


@case("a name that may not be called does not use the connection of one that may")
def _():
    with Server(reply(200), repeat=True) as server:
        run = TWO.run("--json", "--allow-host", "localhost", base=f"http://localhost:{server.port}",
                      other=f"http://127.0.0.1:{server.port}")
        contains(run.json["value"], "may not be called: no --allow-host covers it")
        equal([r.target for r in server.requests], ["/good"])


@case("a refusal stands in the trace with its URL")
def _():
    with Server(reply(200), repeat=True) as server:
        run = TWO.run("--json", "--trace=json", "--allow-host", "localhost",
                      base=f"http://localhost:{server.port}",
                      other=f"http://127.0.0.1:{server.port}")
        step = json.loads(run.trace[1])
        equal((step["outcome"], step["error_kind"]), ("error", "connect"))
        contains(step["url"], "/bad")


for pattern, why in {"": "expected a host", "http://a": "the port", "127.1": "four numbers",
                     "10.0.0.1/8": "bits set behind"}.items():
    def _(pattern=pattern, why=why):
        run = flow.run("--allow-host", pattern, base="http://127.0.0.1:1")
        equal(run.code, 2)
        contains(run.stderr, f"--allow-host `{pattern}`: ")
        contains(run.stderr, why)
    add(f"--allow-host {pattern!r} is a misuse that says why", _)

main()
