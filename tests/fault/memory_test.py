#!/usr/bin/env python3
"""Every allocation of the programs fails in turn, once and from then on: there is a message and an
exit status of the manual, never a signal, a hang or a leak, and no output that is half written.

A sample of them; FLOW_FULL=1 takes every one (`make fault`). Not under sanitizers, which bring an
allocator of their own.
"""

import os
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, environment, scratch
from places import BUILD, FLOWC, SOURCE
from scripted import Server, json_reply, reply
from tap import add, equal, main, skip, true

SHIM = pathlib.Path(BUILD) / "tests/fault/libfault.so"
FLOWRUN = pathlib.Path(BUILD) / "tests/fault/flowrun"  # without mimalloc
FULL = os.environ.get("FLOW_FULL") == "1"
SAMPLE = 60  # of each scenario and kind
LIMIT_SECONDS = 60
# What the system's loader does by itself where it has no memory for a library, whose code that asks
# for memory before it is ready is not ours: libxml2 brings libstdc++.
LOADER_FAILED = (127, b"out of memory\n")
SANITIZED = "-fsanitize" in (pathlib.Path(BUILD) / "Makefile").read_text().split("SANITIZE_CFLAGS =")[1].split("\n")[0]

CALLS = """
config base: text
endpoint api { url base header X-A: "b" retry 1 on 503 backoff 1ms }
flow main(id: text = "a") -> { sum: int } {
    node one {
        POST api "/json"
        query a: [1, 2], b: id
        body { id: id, list: range(50) }
        200 as { list: [int] } { total = sum(body.list) } -> two
        other, timeout, max-connection -> fail ("other")
        error -> fail (error.message)
    }
    node two {
        GET api "/xml"
        200 { say "{body.a.b} {total} {sha256(id)} {join(split("a,b", ","), "-")}" } -> end { sum: total }
        other, timeout, max-connection -> fail ("other")
        error -> fail (error.message)
    }
}
"""
ASKS = """
flow main() -> { n: int } {
    var n = 0
    node a {
        ask "Number?" as answer: int
        ok { n = n + answer  log "so far {n}" } -> a max 2 else b
        invalid { say "again" } -> a max 5 else b
    }
    node b { say "the sum is {n}" -> end { n: n } }
}
"""
MATCHES = """
flow main(t: text = "élan") {
    node a { ask "Name?" as name match '^[\\pL.]+$' timeout 1h ok -> b  invalid -> fail  timeout -> fail }
    node b { if matches(t, '(?i)^(\\pL|\\w)+$') -> c else -> n }
    node c { if matches(join(range(60), " a"), '\\b[ab]?[0-6]?9a$|58 [\\w-]+\\z') -> y else -> n }
    node y { say "letters" -> end }
    node n { say "no letters" -> end }
}
"""
GROUPS = """
config base: text
endpoint api { url base connections 2 }
flow main() -> { all: [text] } {
    node each_one {
        each i in range(4) concurrency 3 { call get(i: i) }
        ok { all = results } -> both
        fail -> fail (error.message)
    }
    node both {
        parallel { x: call get(i: 8) y: call get(i: 9) }
        ok { say "{x}{y}" } -> end { all: all }
        fail -> fail (error.message)
    }
}
flow get(i: int) -> text {
    node n {
        GET api "/text/{i}"
        200 -> end (text(body))
        other, timeout, max-connection -> fail ("other")
        error -> fail (error.message)
    }
}
"""


def answers(request):
    if request.target.startswith("/json"):
        return json_reply(200, {"list": list(range(20))})
    if request.target.startswith("/xml"):
        return reply(200, "<a><b>1</b><c x='2'/></a>", content_type="application/xml")
    return reply(200, request.target)


def without_names(stdout):
    """The lines, which may come in any order, but for what differs from run to run."""
    return sorted(re.sub(rb'"run":"\w+"', b"", line) for line in stdout.splitlines())


class Scenario:
    """A command whose allocations fail. `whole` says whether what it left is right."""

    def __init__(self, command, cwd, stdin="", output=None):
        self.command, self.cwd, self.stdin, self.output = command, cwd, stdin.encode(), output

    def run(self, at, on, count):
        if self.output:
            self.output.write_bytes(b"the old one")
        count.unlink(missing_ok=True)
        env = environment({"LD_PRELOAD": SHIM, "FLOW_FAULT_AT": at, "FLOW_FAULT_ON": int(on),
                           "FLOW_FAULT_COUNT": count})
        return subprocess.run([str(word) for word in self.command], cwd=self.cwd, env=env, input=self.stdin,
                              capture_output=True, timeout=LIMIT_SECONDS)

    def sweep(self):
        path = scratch() / "count"
        good = self.run(0, False, path)
        equal(good.returncode, 0, f"{good!r}")
        result = self.output.read_bytes() if self.output else None
        count, _, self.kept = map(int, path.read_text().split())
        true(count > 20, f"only {count} allocations")
        step = 1 if FULL else max(1, count // SAMPLE)
        tried = self.went_on = 0
        for at in range(1, count + 1, step):
            for on in (False, True):
                which = f"allocation {at}{' and all after it' if on else ''}"
                self.check(self.run(at, on, path), which, good, result)
                self.check_kept(path, which)
                tried += 1
        print(f"# {tried} failures of {count} allocations; after {self.went_on} the program went on, and gave all back")

    def check_kept(self, path, which):
        """What ends by exhausted memory ends at once, and writes no count; what goes on gives all back."""
        if path.exists():
            self.went_on += 1
            true(int(path.read_text().split()[2]) <= self.kept, f"a leak: {which}")

    def check(self, done, which, good, result):
        what = f"{which}: {done!r}"
        if (done.returncode, done.stderr) == LOADER_FAILED:
            return
        true(done.returncode in (0, 1, 2, 3), what)
        true(done.returncode == 0 or re.search(rb"(flowc|flowrun|failed|error): ", done.stderr), what)
        if done.returncode == 0:
            # What failed was not needed: all is as it would have been, but for the run's name.
            equal(without_names(done.stdout), without_names(good.stdout), what)
        if self.output:
            now = self.output.read_bytes()
            true(now == b"the old one" or now == result, f"a half-written output: {what}")
        left = [path.name for path in pathlib.Path(self.cwd).iterdir() if path.name.endswith(".tmp")]
        equal(left, [], f"files that were left: {what}")


def needs_shim():
    if SANITIZED:
        skip("sanitizers bring an allocator of their own")
    true(SHIM.exists(), f"{SHIM} was not built")


def compiler(name, source):
    needs_shim()
    flow = Flow(source) if isinstance(source, str) else None
    folder = flow.folder if flow else scratch()
    path = "test.flow" if flow else source
    Scenario([FLOWC, path, "-o", folder / "out.flowb"], folder, output=folder / "out.flowb").sweep()


def runner(source, stdin, *arguments):
    needs_shim()
    flow = Flow(source)
    with Server(repeat=True, choose=answers, limit=1 << 20) as server:
        base = ["--set", f"base={server.url}"] if "base" in source else []
        Scenario([FLOWRUN, *arguments, *base, flow.image.name], flow.folder, stdin).sweep()


add("flowc: a flow with calls", compiler, "calls", CALLS)
add("flowc: a flow with sub-flows", compiler, "groups", GROUPS)
add("flowc: a file with imports", compiler, "payment", SOURCE / "examples/payment.flow")
add("flowrun: calls with JSON, XML and retries", runner, CALLS, "")
add("flowrun: questions", runner, ASKS, "1\nx\n2\n3\n", "--json")
add("flowrun: regular expressions", runner, MATCHES, "Zoé\n", "--json")
add("flowrun: each and parallel", runner, GROUPS, "", "--trace")
add("flowrun show", runner, CALLS, "", "show", "--json")
add("flowrun batch", runner, CALLS, '{"id":"a"}\n{"id":"b"}\n',
    "batch", "--inputs", "-", "--quiet")

main()
