#!/usr/bin/env python3
"""flowrun batch: a run per line, a result per line, and nothing lost."""

import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun, scratch
from scripted import Server, json_reply, stall
from tap import case, contains, equal, main, true

DOUBLE = Flow("""
    flow double(n: int, label: text = "it") -> number {
        node work { say "{label} is {n}" log "saw {n}" -> check }
        node check { if n < 0 -> refuse else -> done }
        node refuse { say "no" -> fail ("negative") }
        node done { -> end (100 / n) }
    }
""")
FETCH = Flow("""
    config base: text
    endpoint e { url base connections 2 wait 30s }
    flow f(n: int) {
        node get { GET e "/{n}" 200 -> end (body) other, error, timeout, max-connection -> fail }
    }
""")
ASKING = Flow("""
    flow f() { node a { ask "who?" as name timeout 1h ok -> end (name) timeout -> end ("nobody") } }
""")


def batch(flow, lines, *arguments, **how):
    """The results of a batch in the order of their lines, and how it ended."""
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    words = [word for name, value in how.items() for word in ("--set", f"{name}={value}")]
    run = flowrun("batch", flow.image, "--inputs", "-", *words, *arguments, stdin=text)
    return sorted((json.loads(line) for line in run.lines), key=lambda r: r["line"]), run


@case("each line is a run, and each run a line with its number")
def _():
    results, run = batch(DOUBLE, [{"n": 1}, {"n": 2, "label": "x"}, {"n": 4}])
    equal(run.code, 0, repr(run))
    equal([(r["line"], r["status"], r["value"]) for r in results],
          [(1, "ended", 100), (2, "ended", 50), (3, "ended", 25)])
    equal(results[1]["messages"], ["x is 2"])
    equal(len({r["run"] for r in results}), 3, "different ids")


@case("a line is as good as its status: 1 when not all ended")
def _():
    results, run = batch(DOUBLE, [{"n": -1}, {"n": 0}, {"n": 5}])
    equal((run.code, [r["status"] for r in results]), (1, ["failed", "faulted", "ended"]))
    equal(results[0]["value"], "negative")
    contains(results[1]["error"], "test.flow:6", "error")


@case("a bad line is invalid with the reason, and does not stop the others")
def _():
    results, run = batch(DOUBLE, ["{\n", "[1]\n", {"n": "x"}, {"m": 1}, {}, "\n", {"n": 1}])
    equal(run.code, 1, repr(run))
    equal([(r["line"], r["status"]) for r in results],
          [(1, "invalid"), (2, "invalid"), (3, "invalid"), (4, "invalid"), (5, "invalid"),
           (7, "ended")])
    for result, word in zip(results, ("JSON", "object", "wanted int", "`n`", "missing")):
        contains(result["error"], word, f"line {result['line']}")


@case("a name that is nearly an input's is answered with it")
def _():
    results, _run = batch(DOUBLE, [{"n": 1, "labl": "x"}])
    contains(results[0]["error"], "did you mean `label`", "error")


@case("the last line needs no line end, and CRLF is one")
def _():
    results, run = batch(DOUBLE, ['{"n": 1}\r\n', '{"n": 2}'])
    equal((run.code, [r["value"] for r in results]), (0, [100, 50]))


@case("nothing in, nothing out")
def _():
    results, run = batch(DOUBLE, [])
    equal((results, run.code, run.stdout), ([], 0, ""))


@case("inputs and results may be files")
def _():
    folder = scratch()
    (folder / "in").write_text('{"n": 1}\n{"n": 2}\n')
    run = flowrun("batch", DOUBLE.image, "--inputs", folder / "in", "--output", folder / "out")
    equal((run.code, run.stdout), (0, ""))
    equal(len((folder / "out").read_text().splitlines()), 2)


@case("a thousand lines are a thousand runs, ten at once")
def _():
    results, run = batch(DOUBLE, [{"n": n + 1} for n in range(1000)], "--concurrency", "10")
    equal((run.code, [r["line"] for r in results]), (0, list(range(1, 1001))))


@case("runs share the endpoint's pool and its connections")
def _():
    with Server(json_reply(200, 7), repeat=True) as server:
        results, run = batch(FETCH, [{"n": n} for n in range(20)], base=server.url)
    equal((run.code, {r["value"] for r in results}), (0, {7}), repr(run))
    equal(sorted(r.target for r in server.requests), sorted(f"/{n}" for n in range(20)))
    true(server.connections <= 2, f"{server.connections} connections")


@case("nobody answers: a question comes to its timeout")
def _():
    results, _run = batch(ASKING, [{}, {}])
    equal([r["value"] for r in results], ["nobody", "nobody"])


@case("logs carry the number of their line")
def _():
    _results, run = batch(DOUBLE, [{"n": 1}, {"n": 2}], "--quiet")
    equal(sorted(run.stderr.splitlines()), ["1: saw 1", "2: saw 2"])


@case("--trace says which line a step is of")
def _():
    _results, run = batch(ASKING, [{}, {}], "--trace", "--quiet")
    equal(sorted(line.split()[:2] for line in run.stderr.splitlines()), [["1:", "a"], ["2:", "a"]])


@case("Ctrl-C begins no more, a second one ends what runs, and every run has its result")
def _():
    with Server([stall()], repeat=True) as server:
        folder = scratch()
        (folder / "in").write_text("".join(f'{{"n": {n}}}\n' for n in range(50)))
        started = FETCH.start("batch", "--inputs", folder / "in", "--concurrency", "2",
                              base=server.url)
        server.wait_requests(2)
        started.interrupt()
        while not started.process.stderr.readline().startswith(b"flowrun: no more lines"):
            pass
        started.interrupt()
        run = started.finish()
    equal(run.code, 130, repr(run))
    equal([json.loads(line)["status"] for line in run.lines], ["cancelled", "cancelled"])


@case("results that cannot be written are 2, with a reason")
def _():
    folder = scratch()
    (folder / "in").write_text('{"n": 1}\n' * 10)
    run = flowrun("batch", DOUBLE.image, "--inputs", folder / "in", "--output", "/dev/full")
    equal(run.code, 2, repr(run))
    contains(run.stderr, "No space left", "stderr")


for words in (["batch", DOUBLE.image], ["batch", DOUBLE.image, "--inputs", "/nowhere/x"],
              ["batch", DOUBLE.image, "--inputs", "-", "n=1"],
              ["batch", DOUBLE.image, "--inputs", "-", "--concurrency", "0"],
              [DOUBLE.image, "--inputs", "-"]):
    shown = " ".join(getattr(word, "name", word) for word in words)

    @case(f"misuse is 2: flowrun {shown}")
    def _(words=words):
        run = flowrun(*words)
        equal((run.code, run.stdout), (2, ""), repr(run))
        true(run.stderr, "no reason was given")


main()
