#!/usr/bin/env python3
"""Limits: connections at once, turns in a queue, file descriptors. What goes wrong in one call takes
nothing from another."""

import json
import pathlib
import resource
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, Running
from places import FLOWRUN
from scripted import Server, close, endless, hold, reply, reset, stall
from tap import add, case, contains, equal, lacks, main, true

CALL = """
config base: text
endpoint api {{ url base connections {connections} {settings} }}
flow f(i: int = 0) {{
    node n {{
        {method} api "/{{i}}"
        200            -> end (body)
        other          -> end ("other {{status}}")
        error          -> end ("error {{error.kind}}")
        timeout        -> end ("timeout")
        max-connection -> end ("max-connection")
    }}
}}
"""


class Batch:
    """A batch of `count` runs of CALL, input i for the i-th, all at once."""

    def __init__(self, server, count, connections, settings="", method="GET", words=(), limit=None):
        flow = Flow(CALL.format(connections=connections, settings=settings, method=method))
        lines = flow.folder / "lines.jsonl"
        lines.write_text("".join(f'{{"i":{i}}}\n' for i in range(count)))
        command = [FLOWRUN, "batch", flow.image, "--inputs", lines, "--concurrency", count,
                   "--set", f"base={server.url}", *words]
        if limit:
            command = ["sh", "-c", f'ulimit -n {limit} && exec "$@"', "sh", *command]
        self.running = Running(command, b"", {}, flow.folder)
        self.count = count

    def finish(self):
        """What each run came to, in the order of the lines, and what stood on stderr."""
        done = self.running.finish()
        runs = sorted((json.loads(line) for line in done.lines), key=lambda run: run["line"])
        equal([run["line"] for run in runs], list(range(1, self.count + 1)),
              f"lines that have a result; stderr: {done.stderr}")
        self.code = done.code
        return [run["value"] for run in runs], done.stderr


def reach(connections, words=()):
    """Nobody is answered before as many requests are there as may be: so the limit is reached. All the
    rest is answered at once, and would go beyond the limit if anything would."""
    count = connections * 3 + 5
    with Server(choose=lambda request: [hold("go"), reply(200, request.target)]) as server:
        batch = Batch(server, count, connections, "wait 60s", words=words)
        server.wait_requests(connections)
        equal(server.connections, connections, "connections while all wait")
        server.release("go")
        values, _log = batch.finish()
        equal(values, [f"/{i}" for i in range(count)])
    equal((server.most_at_once, server.connections), (connections, connections))


for limit in (1, 2, 10, 100):
    add(f"at a limit of {limit} the server counts {limit} connections, and never more", reach, limit)
add("two threads share a limit of 10", reach, 10, ("--threads", "2"))


@case("a limit holds while connections break")
def _():
    turns = [[reset()], [close()], reply(200, "good"), [reply(200, "good"), close()],
             [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal", close()], [b"no HTTP\r\n\r\n"],
             b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
             [b"HTTP/1.1 200 OK\r\n\r\n", endless(b"x")], [stall()]]
    wants = ["error network", "error network", "good", "good", "error network", "error protocol",
             "error protocol", "error too-large", "timeout"]
    count = 20 * len(turns)
    with Server(choose=lambda request: turns[int(request.target[1:]) % len(turns)]) as server:
        batch = Batch(server, count, 7, "wait 60s timeout 200ms max-response 4KB")
        values, _log = batch.finish()
    equal(values, wants * 20)
    true(server.most_at_once <= 7, f"{server.most_at_once} connections at once")


@case("turns are first come, first served")
def _():
    with Server(reply(200, "x"), repeat=True) as server:
        Batch(server, 60, 1, "wait 60s").finish()
    equal([request.target for request in server.requests], [f"/{i}" for i in range(60)])


@case("who finds no turn in time has max-connection, and has sent nothing")
def _():
    with Server(choose=lambda request: [hold("go"), reply(200, "late")]) as server:
        batch = Batch(server, 5, 2, "wait 50ms timeout 30s", words=["--trace"])
        server.wait_requests(2)
        # The trace says when the three have given up.
        given_up = [batch.running.process.stderr.readline() for _ in range(3)]
        server.release("go")
        values, _log = batch.finish()
    true(all(b"max-connection" in line for line in given_up), f"{given_up}")
    equal(sorted(values), ["late"] * 2 + ["max-connection"] * 3)
    equal(len(server.requests), 2)


def after_trouble(turn, want):
    """Ten calls that go wrong, two at a time, then a good one: it finds its slot."""
    with Server(choose=lambda request: reply(200, "good") if request.target == "/10" else turn) as \
            server:
        values, _log = Batch(server, 11, 2, "wait 60s timeout 100ms max-response 4KB").finish()
    equal(values, [want] * 10 + ["good"])


for what, turn, want in [
        ("stalled calls", [stall()], "timeout"),
        ("calls that stall in the body", [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", stall()],
         "timeout"),
        ("calls that are reset", [reset()], "error network"),
        ("calls whose answer is no HTTP", [b"hello\r\n\r\n"], "error protocol"),
        ("calls whose answer has no end", [b"HTTP/1.1 200 OK\r\n\r\n", endless(b"x")],
         "error too-large")]:
    add(f"after ten {what} a good one succeeds", after_trouble, turn, want)


@case("calls that were cancelled give back their slots")
def _():
    flow = Flow("""
        config base: text
        endpoint api { url base connections 2 wait 30s }
        flow f() {
            node both { parallel { a: call stalled()  b: call failing() } ok -> end fail -> good }
            node good { GET api "/good" 200 -> again other, error, timeout, max-connection -> fail }
            node again {
                parallel { a: call ok()  b: call ok() }
                ok -> end fail -> fail
            }
        }
        flow stalled() {
            node n { GET api "/stall" 200 -> end other, error, timeout, max-connection -> fail }
        }
        flow failing() {
            node n { GET api "/fail" 200 -> end other, error, timeout, max-connection -> fail }
        }
        flow ok() { node n { GET api "/ok" 200 -> end other, error, timeout, max-connection -> fail } }
    """)

    def choose(request):
        # The one fails only when the other is under way.
        return {"/stall": [stall()], "/fail": [hold("stalled"), reply(500)]}.get(request.target,
                                                                                reply(200))
    with Server(choose=choose) as server:
        started = flow.start(base=server.url)
        server.wait_requests(2)
        server.release("stalled")
        run = started.finish()
    equal(run.code, 0, repr(run))


@case("one bad endpoint takes nothing from another")
def _():
    flow = Flow("""
        config good_base: text
        config bad_base: text
        endpoint good { url good_base connections 4 wait 60s }
        endpoint bad { url bad_base connections 4 wait 60s timeout 100ms }
        flow f(i: int) {
            node which { if i % 5 == 0 -> ill else -> well }
            node well { GET good "/{i}" 200 -> end (body) other, error, timeout, max-connection -> fail }
            node ill {
                GET bad "/{i}"
                200, other, max-connection -> fail
                error, timeout -> end ("bad")
            }
        }
    """)
    lines = flow.folder / "lines.jsonl"
    lines.write_text("".join(f'{{"i":{i}}}\n' for i in range(100)))
    with Server(choose=lambda request: reply(200, request.target)) as good, \
            Server(choose=lambda request: [stall()] if request.target < "/5" else [reset()]) as bad:
        done = Running([FLOWRUN, "batch", flow.image, "--inputs", lines, "--concurrency", "50",
                        "--set", f"good_base={good.url}", "--set", f"bad_base={bad.url}"],
                       b"", {}, flow.folder).finish()
    values = {run["line"] - 1: run["value"] for run in map(json.loads, done.lines)}
    equal(values, {i: f"/{i}" if i % 5 else "bad" for i in range(100)})


@case("without descriptors a call is error network; flowrun says that the limit binds")
def _():
    with Server(choose=lambda request: [hold("go"), reply(200, "good")]) as server:
        batch = Batch(server, 80, 80, "wait 60s", limit=40)
        server.wait_requests(10)
        server.release("go")
        values, log = batch.finish()
    equal(sorted(set(values)), ["error network", "good"])
    contains(log, f"flowrun: {values.count('error network')} calls failed for lack of file descriptors: "
                  "this process may open 40")
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    true(cpu.ru_utime + cpu.ru_stime < 30, "it span")


@case("where descriptors suffice, nothing is said of them")
def _():
    with Server(reply(200, "good"), repeat=True) as server:
        values, log = Batch(server, 80, 10, "wait 60s", limit=40).finish()
    equal(values, ["good"] * 80)
    lacks(log, "descriptor")


main()
