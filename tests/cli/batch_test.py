#!/usr/bin/env python3
"""flowrun batch: a run per line, a result per line, and nothing lost."""

import json
import os
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, environment, execute, flowrun, scratch
from places import FLOWRUN
from scripted import Server, hold, json_reply, reply, reset, stall
from tap import case, contains, equal, lacks, main, true
from terminal import open_terminal

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
RETRYING = Flow("""
    config base: text
    type Order { id: int }
    endpoint shop { url base connections 1 }
    flow f(n: int) {
        node get {
            GET shop "/{n}"
            retry 2 on 503 backoff 1ms..2ms
            200 as Order -> end other, error, timeout, max-connection -> fail
        }
    }
""")


def wide(connections):
    """A flow whose endpoint has so many connections."""
    return Flow("""
        config base: text
        endpoint e { url base connections %d wait 60s timeout 60s }
        flow f(n: int) {
            node get { GET e "/{n}" 200 -> end other, error, timeout, max-connection -> fail }
        }
    """ % connections)


def held(_request):
    return [hold("all"), json_reply(200, 1)]


def lines_file(count):
    path = scratch() / "in"
    path.write_text("".join(f'{{"n": {n + 1}}}\n' for n in range(count)))
    return path


def stderr_to(process, word):
    """Reads stderr up to the line with the word; that line."""
    for line in process.stderr:
        if word in line.decode():
            return line.decode()
    raise AssertionError(f"nothing with {word!r} was said")


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
    for result, word in zip(results, ("JSON", "object", "expected int", "`n`", "missing")):
        contains(result["error"], word, f"line {result['line']}")


@case("--include-input gives each result what its line holds, also where that is wrong")
def _():
    lines = ['{"n": 4, "label": "caf\u00e9"}\n', '{"n": 12345678901234567890.10}\n', '{"n": "x", "m": [1, {}]}\n', "[1,\n", "7\n"]
    results, _run = batch(DOUBLE, lines, "--include-input")
    equal([(r["line"], r["status"], r["input"]) for r in results],
          [(1, "ended", {"n": 4, "label": "caf\u00e9"}), (2, "invalid", {"n": 12345678901234567890.10}),
           (3, "invalid", {"n": "x", "m": [1, {}]}), (4, "invalid", None), (5, "invalid", 7)])
    for result in batch(DOUBLE, lines)[0]:
        true("input" not in result, "without the option there is no input")


@case("the inputs that a result has show no secret, and nothing that a terminal obeys")
def _():
    flow = Flow("""
        secret key
        config base: text
        endpoint e { url base header X-Key: key }
        flow f(t: text) { node n { GET e "/" 200 -> end other, error, timeout, max-connection -> fail } }
    """)
    text = json.dumps({"t": "s3cr3t-k3y \u009b31m"}, ensure_ascii=False) + "\n" + json.dumps({"\u009b s3cr3t-k3y": 1}) + "\n"
    with Server(json_reply(200, 1), repeat=True) as server:
        run = flowrun("batch", flow.image, "--inputs", "-", "--include-input", "--set", f"base={server.url}", stdin=text,
                      env={"FLOW_KEY": "s3cr3t-k3y"})
    contains(run.lines[0] + run.lines[1], '"input":{"t":"*** \\u009b31m"}')
    lacks(run.stdout, "s3cr3t-k3y", "the results")
    lacks(run.stdout, "\u009b", "the results")


MAX_LINE = 64 << 20


def long_line(length):
    """An input of this many bytes, whose number is 1."""
    return '{"n": 1}'.ljust(length)


def check_long_lines(run, wanted):
    results = sorted(map(json.loads, run.lines), key=lambda result: result["line"])
    equal(run.code, 1, repr(run))
    equal([result["status"] for result in results], wanted)
    equal({result["error"] for result in results if result["status"] == "invalid"}, {"the line is longer than 64 MB"})


@case("a line longer than 64 MB is invalid, and the lines after it are run")
def _():
    path = scratch() / "in"
    path.write_text("\n".join(map(long_line, (9, MAX_LINE + 1, MAX_LINE, 9, MAX_LINE + (10 << 20)))))
    check_long_lines(flowrun("batch", DOUBLE.image, "--inputs", path, "--threads", "2"),
                     ["ended", "invalid", "ended", "ended", "invalid"])


@case("a line longer than 64 MB that comes through a pipe is invalid, too")
def _():
    lines = "\n".join(map(long_line, (MAX_LINE + (10 << 20), 9)))
    check_long_lines(flowrun("batch", DOUBLE.image, "--inputs", "-", stdin=lines), ["invalid", "ended"])


@case("a name that is nearly an input's is answered with it")
def _():
    results, _run = batch(DOUBLE, [{"n": 1, "labl": "x"}])
    contains(results[0]["error"], "did you mean `label`", "error")


@case("the last line needs no line end, and CRLF is one")
def _():
    results, run = batch(DOUBLE, ['{"n": 1}\r\n', '{"n": 2}'])
    equal((run.code, [r["value"] for r in results]), (0, [100, 50]))


@case("a byte-order mark before the first line is skipped, and only there")
def _():
    results, _ = batch(DOUBLE, ['\ufeff{"n":1}\n', '\ufeff{"n":2}\n'])
    equal([r["status"] for r in results], ["ended", "invalid"])


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
        while not started.process.stderr.readline().startswith(b"flowrun: stopping after line"):
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


@case("threads share the lines: each has one result")
def _():
    results, run = batch(DOUBLE, [{"n": n + 1} for n in range(3000)], "--threads", "3")
    equal((run.code, [r["line"] for r in results]), (0, list(range(1, 3001))))
    equal([r["value"] for r in results[:2]], [100, 50])
    equal(len({r["run"] for r in results}), 3000, "different ids")


@case("threads share the connections of an endpoint, and use them all")
def _():
    flow = wide(5)
    with Server(choose=held) as server:
        started = flow.start("batch", "--inputs", lines_file(40), "--threads", "2", base=server.url)
        server.wait_requests(5)
        server.release("all")
        run = started.finish()
        equal((run.code, len(run.lines), server.connections), (0, 40, 5), repr(run))


@case("where an endpoint has one connection, one thread is enough, and that is said")
def _():
    with Server(json_reply(200, 1), repeat=True) as server:
        results, run = batch(wide(1), [{"n": n} for n in range(20)], "--threads", "4",
                             base=server.url)
    equal((run.code, len(results), server.connections), (0, 20, 1))
    contains(run.stderr, "1 of 4 threads: endpoint `e`", "stderr")


@case("--concurrency is for all threads together")
def _():
    flow = wide(50)
    with Server(choose=held) as server:
        started = flow.start("batch", "--inputs", lines_file(40), "--threads", "2",
                             "--concurrency", "3", base=server.url)
        server.wait_requests(3)
        started.interrupt()
        said = stderr_to(started.process, "stopping after line")
        server.release("all")
        run = started.finish()
    contains(said, "stopping after line 3: 3 runs have ", "stderr")
    equal((run.code, sorted(json.loads(line)["line"] for line in run.lines)), (130, [1, 2, 3]))


@case("lines come through a pipe one by one, to whichever thread has room")
def _():
    started = DOUBLE.start("batch", "--inputs", "-", "--threads", "2", "--quiet")
    for n in (1, 2, 4):
        started.write(f'{{"n": {n}}}')
        equal(json.loads(started.process.stdout.readline())["value"], 100 // n)
    run = started.finish()
    equal((run.code, run.stdout), (0, ""))


@case("--rate holds the second line back until its time has come")
def _():
    with Server(json_reply(200, 1), repeat=True) as server:
        started = FETCH.start("batch", "--inputs", lines_file(9), "--rate", "0.001/s",
                              base=server.url)
        server.wait_requests(1)
        started.interrupt()
        run = started.finish()
    contains(run.stderr, "not started: the lines after line 1", "stderr")
    equal((run.code, len(run.lines), len(server.requests)), (130, 1, 1))


@case("a rate that is never reached holds nothing back")
def _():
    results, run = batch(DOUBLE, [{"n": n + 1} for n in range(500)], "--rate", "1000000")
    equal((run.code, len(results)), (0, 500))


@case("after the first Ctrl-C what runs has its time, and no more")
def _():
    with Server([stall()], repeat=True) as server:
        started = wide(9).start("batch", "--inputs", lines_file(50), "--concurrency", "4",
                                "--threads", "2", "--grace", "0", base=server.url)
        server.wait_requests(4)
        started.interrupt()
        run = started.finish()
    equal([json.loads(line)["status"] for line in run.lines], ["cancelled"] * 4)
    contains(run.stderr, "4 cancelled", "stderr")
    contains(run.stderr, "not started: the lines after line 4", "stderr")
    equal(run.code, 130)


@case("what runs at the first Ctrl-C may come to its end")
def _():
    with Server(choose=held) as server:
        started = wide(9).start("batch", "--inputs", lines_file(50), "--concurrency", "2",
                                base=server.url)
        server.wait_requests(2)
        started.interrupt()
        stderr_to(started.process, "stopping after line")
        server.release("all")
        run = started.finish()
    equal([json.loads(line)["status"] for line in run.lines], ["ended", "ended"])


def only_fails(lines, *arguments):
    """Negative numbers fail, 0 is faulted: the results' statuses in their order, and how it ended."""
    results, run = batch(DOUBLE, lines, "--concurrency", "1", *arguments)
    return [result["status"] for result in results], run


@case("--max-failures 3 begins no line after the third that did not end well, whatever its status")
def _():
    lines = [{"n": 1}, {"n": -1}, {"n": 0}, {"n": 4}, "{\n", {"n": 5}, {"n": -1}]
    results, run = only_fails(lines, "--max-failures", "3")
    equal((run.code, results), (1, ["ended", "failed", "faulted", "ended", "invalid"]))
    contains(run.stderr, "stopping after line 5: 3 of 5 lines did not end well, and --max-failures is 3\n", "stderr")
    contains(run.stderr, "not started: the lines after line 5", "stderr")


@case("a batch with fewer failures than --max-failures goes on to its end")
def _():
    results, run = only_fails([{"n": -1}, {"n": 0}, {"n": 4}], "--max-failures", "3")
    equal((run.code, len(results)), (1, 3))
    lacks(run.stderr, "stopping", "stderr")


@case("--max-failures 50% is not looked at before 100 lines are over, and then stops at the half")
def _():
    results, run = only_fails([{"n": -1}] * 200, "--max-failures", "50%")
    equal((run.code, len(results)), (1, 100))
    contains(run.stderr, "100 of 100 lines did not end well, and --max-failures is 50%", "stderr")
    half = [{"n": 1}] * 60 + [{"n": -1}] * 100
    equal(len(only_fails(half, "--max-failures", "50%")[0]), 120)
    equal(len(only_fails(half, "--max-failures", "63%")[0]), 160)
    equal(len(only_fails([{"n": -1}] * 99, "--max-failures", "1%")[0]), 99)


@case("--max-failures 100% stops a batch that only fails, and no other")
def _():
    equal(len(only_fails([{"n": 0}] * 150, "--max-failures", "100%")[0]), 100)
    equal(len(only_fails([{"n": 1}] + [{"n": 0}] * 150, "--max-failures", "100%")[0]), 151)


@case("lines that were passed over, and runs that are cancelled, are no failures")
def _():
    path = scratch() / "out"
    path.write_text("".join(f'{{"line":{n + 1},"status":"failed"}}\n' for n in range(5)))
    results, run = only_fails([{"n": -1}] * 5 + [{"n": 1}, {"n": -1}, {"n": 1}], "--max-failures", "2", "--resume", path)
    equal((run.code, results), (1, ["ended", "failed", "ended"]))


@case("after --max-failures what runs comes to its end, threads that wait for lines end, and the report says so")
def _():
    path = scratch() / "report"
    with Server(choose=lambda request: [reply(404)] if request.target == "/1" else held(request)) as server:
        started = wide(9).start("batch", "--inputs", "-", "--threads", "3", "--max-failures", "1", "--report", path,
                                base=server.url)
        for n in (2, 3):
            started.write(f'{{"n": {n}}}')
        server.wait_requests(2)
        started.write('{"n": 1}')
        stderr_to(started.process, "stopping after line 3")
        server.release("all")
        equal(started.process.wait(60), 1)  # its stdin is still open
        out = started.process.stdout.read().decode().splitlines()
    equal({result["line"]: result["status"] for result in map(json.loads, out)}, {1: "ended", 2: "ended", 3: "failed"})
    equal((json.loads(path.read_text())["stopped"], json.loads(path.read_text())["lines"]["read"]), (True, 3))


@case("results that cannot be written end a batch whose threads wait for lines")
def _():
    started = DOUBLE.start("batch", "--inputs", "-", "--threads", "3", "--output", "/dev/full", "--quiet")
    started.write('{"n": 1}')
    equal(started.process.wait(60), 2)  # its stdin is still open


def resume(held_text, *arguments, count=5):
    """Resumes from a file with this text and adds to it: its lines then, and how it ended."""
    path = scratch() / "out"
    path.write_text(held_text)
    run = flowrun("batch", DOUBLE.image, "--inputs", lines_file(count), "--resume", path,
                  "--output", path, *arguments)
    return path.read_text().splitlines(), run


@case("--resume passes over what is held, and adds the rest to the same file")
def _():
    first = '{"line":4,"run":"X","status":"failed"}\n{"line":1,"status":"invalid","error":"x"}\n'
    lines, run = resume(first)
    equal(run.code, 0, repr(run))
    equal("\n".join(lines[:2]) + "\n", first)
    equal(sorted(json.loads(line)["line"] for line in lines), [1, 2, 3, 4, 5])
    contains(run.stderr, "2 lines done before", "stderr")


@case("--resume takes away a last line that was cut off, and does it again")
def _():
    for cut in ('{"line":2,"run":"X","sta', '{"line":2,"messages":[{}', "{"):
        lines, run = resume('{"line":1,"status":"ended"}\n' + cut)
        equal((run.code, sorted(json.loads(line)["line"] for line in lines)),
              (0, [1, 2, 3, 4, 5]), repr(run))


@case("--resume keeps a last line that only lacks its end")
def _():
    lines, run = resume('{"line":2,"status":"ended"}')
    equal(lines[0], '{"line":2,"status":"ended"}')
    equal(sorted(json.loads(line)["line"] for line in lines), [1, 2, 3, 4, 5], repr(run))


@case("--resume reads results that another program has written again")
def _():
    lines, run = resume('{ "status": "ended", "line": 3 }\n\n{"line": 5, "status": "faulted"}\n', "--threads", "2")
    equal((run.code, len(lines)), (0, 6), repr(run))
    equal(sorted(json.loads(line)["line"] for line in lines if line), [1, 2, 3, 4, 5])


@case("--resume from another file writes only what was missing")
def _():
    path = scratch() / "earlier"
    path.write_text('{"line":1,"status":"ended"}\n{"line":2,"status":"failed"}\n')
    results, run = batch(DOUBLE, [{"n": 1}, {"n": 2}, {"n": 4}], "--resume", path)
    equal((run.code, [r["line"] for r in results]), (0, [3]))
    equal(path.read_text().count("\n"), 2)


@case("--resume with all held begins nothing")
def _():
    lines, run = resume("".join(f'{{"line":{n + 1},"status":"ended"}}\n' for n in range(300)), count=300)
    equal((run.code, len(lines)), (0, 300))
    contains(run.stderr, "0 runs; 300 lines done before", "stderr")


@case("--resume from what is no output of a batch is 2, and leaves it as it was")
def _():
    end = ',"status":"ended"}'
    for text in ('{"line":1' + end + '\nhello\n', '{"line":0' + end + '\n', '{"line":"1"' + end + '\n', '{"run":1}\n',
                 '{"line":99999999999999999999999' + end + '\n', '{"line":1}\n', '{"line":1,"status":"over"}\n', "notes"):
        lines, run = resume(text)
        equal((run.code, lines), (2, text.splitlines()))
        contains(run.stderr, "is not a result of a batch", "stderr")


@case("a file that cannot hold all results holds whole lines, and the rest can be resumed")
def _():
    folder = scratch()
    inputs = lines_file(2000)
    run = subprocess.run(
        ["sh", "-c", f"trap '' XFSZ; ulimit -f 16; exec {FLOWRUN} batch {DOUBLE.image} "
                     f"--inputs {inputs} --output out --threads 2"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env=environment({}))
    text = (folder / "out").read_text()
    equal(run.returncode, 2, run.stderr)
    true(text.endswith("\n") and 0 < text.count("\n") < 2000, "no whole lines, or all")
    for line in text.splitlines():
        json.loads(line)
    run = flowrun("batch", DOUBLE.image, "--inputs", inputs, "--output", folder / "out", "--resume",
                  folder / "out")
    equal(run.code, 0, repr(run))
    equal(sorted(json.loads(line)["line"] for line in (folder / "out").read_text().splitlines()),
          list(range(1, 2001)))


def retried(request):
    """/1 fails once, /2 has no good id, /3 is broken off, /4 is refused."""
    answers = {"/2": [json_reply(200, {"id": "x"})], "/3": [b"HTTP/1.1 200 OK\r\nContent-Le", reset()],
               "/4": [reply(404)]}
    if request.target == "/1" and request.connection == 0 and not retried.seen:
        retried.seen = True
        return [reply(503)]
    return answers.get(request.target, [json_reply(200, {"id": 1})])


@case("the report counts runs, calls by outcome, retries, bytes and connections")
def _():
    retried.seen = False
    path = scratch() / "report.json"
    with Server(choose=retried) as server:
        results, run = batch(RETRYING, [{"n": n} for n in (1, 2, 3, 4, 5)] + ["x\n"], "--report",
                             path, base=server.url)
        connections = server.connections
    report = json.loads(path.read_text())
    equal(report["runs"], {"ended": 2, "failed": 3, "faulted": 0, "cancelled": 0})
    equal(report["lines"], {"read": 6, "invalid": 1, "skipped": 0})
    equal((report["stopped"], report["threads"], report["retries"]), (False, 1, 1))
    equal(report["endpoints"], [{"endpoint": "shop", "calls": 5, "retries": 1,
                                 "outcomes": {"200": 2, "404": 1, "error": 2},
                                 "errors": {"network": 1, "shape": 1}}])
    equal(report["connections"], {"opened": connections, "reused": 6 - connections})
    true(report["bytes"]["in"] > 300 and report["bytes"]["out"] > 300, "no bytes")
    node = report["nodes"][0]
    equal((node["flow"], node["node"], node["calls"]), ("f", "get", 5))
    true(0 < node["p50_us"] <= node["p90_us"] <= node["p99_us"] <= node["max_us"], repr(node))
    contains(run.stderr, "5 runs: 2 ended, 3 failed; 1 invalid line; ", "stderr")
    contains(run.stderr, "shop: 5 calls: 200 2, 404 1, error 2 (network 1, shape 1); 1 retry",
             "stderr")
    true(re.search(r"^ +p50 +p90 +p99 +max\nf\.get( +[0-9.]+ (us|ms|s)){4}$", run.stderr, re.M),
         run.stderr)


@case("connections that a timeout broke off are counted as well")
def _():
    path = scratch() / "report.json"
    flow = Flow("""
        config base: text
        endpoint e { url base timeout 50ms }
        flow f() { node get { GET e "/" 200 -> end other, error, timeout, max-connection -> fail } }
    """)
    with Server([stall()], repeat=True) as server:
        batch(flow, [{}, {}], "--report", path, "--concurrency", "1", base=server.url)
    report = json.loads(path.read_text())
    equal((report["endpoints"][0]["outcomes"], report["connections"]["opened"]), ({"timeout": 2}, 2))


@case("--quiet says nothing where all is well")
def _():
    _results, run = batch(DOUBLE, [{"n": 1}], "--quiet")
    contains(run.stderr, "1: saw 1", "stderr")
    equal(len(run.stderr.splitlines()), 1)


@case("a report that cannot be written is 2 before anything is run")
def _():
    _results, run = batch(DOUBLE, [{"n": 1}], "--report", "/nowhere/report.json")
    equal((run.code, run.stdout), (2, ""))
    contains(run.stderr, "/nowhere/report.json", "stderr")


def at_terminal(terminal, lines=None):
    """What a batch writes to a terminal as its stderr."""
    master, slave = open_terminal()
    process = subprocess.Popen(
        [FLOWRUN, "batch", DOUBLE.image, "--inputs", lines or lines_file(3), "--concurrency", "1"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave, env=environment({"TERM": terminal}))
    os.close(slave)
    text = b""
    try:
        while more := os.read(master, 65536):
            text += more
    except OSError:  # Linux says EIO when the other side is closed
        pass
    os.close(master)
    equal(process.wait(60), 0)
    return text.decode()


@case("a terminal shows a bar, which is gone in the end")
def _():
    text = at_terminal("xterm")
    true(re.search(r"\[[#.]{20}\] \d done, \d running: ", text), repr(text))
    contains(text, "3 runs: 3 ended", "the terminal")
    last = text.rindex("] ")
    true("\r\x1b[K" in text[last:], "the last bar still stands there")


@case("the bar is drawn again below each line of a log")
def _():
    text = at_terminal("xterm")
    true(re.search(r"\r\x1b\[K2: saw \d+\r?\n\[[#.]{20}\] ", text), repr(text))


@case("like lines of a log are shown once on a terminal, with how often more they came")
def _():
    lines = DOUBLE.folder / "same.jsonl"
    lines.write_text('{"n": 5}\n' * 4 + '{"n": 6}\n')
    shown = [line for line in at_terminal("dumb", lines).splitlines() if "saw" in line or "more" in line]
    equal(shown, ["1: saw 5", "  (3 more times)", "5: saw 6"])


@case("a terminal that can erase nothing shows no bar")
def _():
    lacks(at_terminal("dumb"), "\x1b", "the terminal")


for words in (["batch", DOUBLE.image], ["batch", DOUBLE.image, "--inputs", "/nowhere/x"],
              ["batch", DOUBLE.image, "--inputs", "-", "n=1"],
              ["batch", DOUBLE.image, "--inputs", "-", "--concurrency", "0"],
              ["batch", DOUBLE.image, "--inputs", "-", "--threads", "0"],
              ["batch", DOUBLE.image, "--inputs", "-", "--threads", "x"],
              ["batch", DOUBLE.image, "--inputs", "-", "--rate", "0"],
              ["batch", DOUBLE.image, "--inputs", "-", "--rate", "5/m"],
              ["batch", DOUBLE.image, "--inputs", "-", "--rate", "1.2.3/s"],
              ["batch", DOUBLE.image, "--inputs", "-", "--rate", "inf"],
              ["batch", DOUBLE.image, "--inputs", "-", "--grace", "-1"],
              ["batch", DOUBLE.image, "--inputs", "-", "--max-failures", "0"],
              ["batch", DOUBLE.image, "--inputs", "-", "--max-failures", "101%"],
              ["batch", DOUBLE.image, "--inputs", "-", "--max-failures", "5%%"],
              ["batch", DOUBLE.image, "--inputs", "-", "--max-failures", "4294967296"],
              ["batch", DOUBLE.image, "--inputs", "-", "--resume", "/nowhere/x"],
              [DOUBLE.image, "n=1", "--quiet"],
              [DOUBLE.image, "--inputs", "-"]):
    shown = " ".join(getattr(word, "name", word) for word in words)

    @case(f"misuse is 2: flowrun {shown}")
    def _(words=words):
        run = flowrun(*words)
        equal((run.code, run.stdout), (2, ""), repr(run))
        true(run.stderr, "no reason was given")


@case("a report goes where its path leads: to a file, a descriptor, a pipe that somebody reads, or nowhere")
def _():
    flow = Flow("flow f() { node n { -> end } }")
    folder = flow.folder
    words = [flow.image.name, "--inputs", "-", "--quiet"]

    def reported(path, **how):
        return execute(FLOWRUN, "batch", *words, "--output", "out", "--report", path, stdin="{}\n", cwd=folder, **how)

    (folder / "r.json").write_text("OLD" * 1000)
    (folder / "link").symlink_to("r.json")
    for path in ("r.json", "./r.json", "/proc/self/cwd/r.json", "link", "n" * 250):
        run = reported(path)
        equal((run.code, run.stdout, run.stderr), (0, "", ""), f"{path}: {run!r}")
        equal(json.loads((folder / path.removeprefix("/proc/self/cwd/")).read_text())["runs"]["ended"], 1, path)
    true((folder / "link").is_symlink(), "the link is gone")
    for path in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        run = reported(path)
        equal((run.code, json.loads(run.stdout)["runs"]["ended"]), (0, 1), f"{path}: {run!r}")
    os.mkfifo(folder / "pipe")
    run = reported("pipe")
    equal(run.code, 2, repr(run))
    contains(run.stderr, "cannot write pipe: nobody reads it")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    run = reported("pipe")
    equal((run.code, json.loads(os.read(reader, 65536))["runs"]["ended"]), (0, 1), repr(run))
    os.close(reader)
    equal(sorted(path.name for path in folder.iterdir()),
          sorted(["link", "n" * 250, "out", "pipe", "r.json", "test.flow", "test.flowb"]))


@case("results and reports are readable by their owner only")
def _():
    folder = scratch()
    done = flowrun("batch", DOUBLE.image, "--inputs", "-", "--output", folder / "out", "--report", folder / "report",
                   stdin='{"n": 1}\n')
    equal(done.code, 0, repr(done))
    equal([oct((folder / name).stat().st_mode & 0o777) for name in ("out", "report")], ["0o600", "0o600"])


main()
