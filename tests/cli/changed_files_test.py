#!/usr/bin/env python3
"""Files that the programs wrote, and that somebody changed since: each member in turn is missing, or
of another kind. The program that reads it says so or can do without, and never ends by a signal.
"""

import itertools
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowc, flowrun
from places import FLOWC
from scripted import Server, json_reply, reply, reset
from tap import add, equal, main, true

# A build with sanitizers is several times slower: it takes some of them.
STEP = 5 if b"__asan_init" in FLOWC.read_bytes() else 1
OTHERS = [None, 7, -1, 1.5, "", "other", [], [1], {}, {"a": 1}, True]

SOURCE = """
config base: text
config size: int = 3
endpoint api { url base header X-A: "1" }
flow main(id: text = "a") -> { n: int } {
    node one {
        POST api "/one" header Idempotency-Key: run.id query q: size body { id: id } retry 1 on 503, error backoff 1ms
        200 -> ask_it
        other, error, timeout, max-connection -> fail
    }
    node ask_it { ask "How many?" as n: int ok { log "{n}" } -> two invalid -> ask_it max 2 else two }
    node two {
        parallel { a: call get(i: 1) b: call get(i: 2) }
        ok { say "{a} {b}" } -> end { n: 1 }
        fail -> fail { message: "no" }
    }
}
flow get(i: int) -> text {
    node n { GET api "/get/{i}" header X-B: run.id 200 -> end (text(body)) other, error, timeout, max-connection -> fail (run.id) }
}
test "it" {
    start main() reply one: 200 {} answer ask_it: "1" reply get.n: 200 "x" reply get.n: 404 expect fail
}
"""


def places(value, path=()):
    """The path of every member and item within, and of the value itself."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], path + (key,))
    if isinstance(value, list):
        for i in range(len(value)):
            yield from places(value[i], path + (i,))


def changed(value, path, other, remove=False):
    """A copy with what stands at path exchanged, or taken out."""
    if not path:
        return other
    copy = json.loads(json.dumps(value))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    if remove:
        del inner[path[-1]]
    else:
        inner[path[-1]] = other
    return copy


def changes(value):
    """Every change of a value that has one place less, or another kind in one place."""
    for path in places(value):
        if path:
            yield changed(value, path, None, remove=True)
        for other in OTHERS:
            yield changed(value, path, other)


def of_lines(lines):
    """Every change of one line of JSON among others; a line that is missing, twice, or cut."""
    for i, line in enumerate(lines):
        for text in ["", lines[i] + "\n" + lines[i], line[:len(line) // 2], line[:-1], "\0" + line]:
            yield lines[:i] + [text] + lines[i + 1:]
        for value in changes(json.loads(line)):
            yield lines[:i] + [json.dumps(value)] + lines[i + 1:]


def survives(many, read, codes):
    """read(text) of each: an exit status among codes, with a message where it is 2. How many."""
    count = 0
    for text in itertools.islice(many, 0, None, STEP):
        done = read(text)
        true(done.code in codes, f"{done!r} for\n{text[:3000]}")
        true(done.code != 2 or done.stderr, f"2 and no message for\n{text[:3000]}")
        count += 1
    true(count > 300 / STEP, f"only {count}")
    print(f"# {count} files")


def answers(request):
    return reply(200, request.target) if request.target.startswith("/get") else json_reply(200, {"x": 1})


def recorded():
    """The flow, and the record of a run with a retry."""
    flow = Flow(SOURCE)
    with Server([reset()], json_reply(200, {"x": [1]}), repeat=True, choose=answers) as server:
        run = flow.run("--record", "r.jsonl", "--trace=json", base=server.url, answers=["x", "2"])
    equal(run.code, 0, repr(run))
    return flow, run


def records():
    flow, _ = recorded()
    path = flow.folder / "r.jsonl"
    lines = path.read_text().splitlines()
    forms = [[], ["--json"]]

    def read(text):
        path.write_text(text)
        return flowrun("replay", *forms[len(text) % 2], flow.image, path)

    survives(("\n".join(changed_lines) + "\n" for changed_lines in of_lines(lines)), read, (0, 1, 2))


def results():
    flow = Flow("flow f(n: int) -> int { node n { -> end (n) } }")
    path = flow.folder / "held"
    inputs = '{"n":1}\n{"n":2}\n{"n":3}\n'
    lines = flowrun("batch", flow.image, "--inputs", "-", "--quiet", stdin=inputs).stdout.splitlines()

    def read(text):
        path.write_text(text)
        return flowrun("batch", flow.image, "--inputs", "-", "--quiet", "--resume", path, stdin=inputs)
    survives(("\n".join(changed_lines) + "\n" for changed_lines in of_lines(lines)), read, (0, 1, 2))


def painted(option, text, join):
    flow = Flow(SOURCE)
    path = flow.folder / "data"

    def read(changed_text):
        path.write_text(changed_text)
        return flowc("graph", "--format", ["dot", "mermaid", "json"][len(changed_text) % 3], option, path,
                     flow.folder / "test.flow")
    survives(join(text(flow)), read, (0, 2))


def coverage(flow):
    done = flowrun("test", "--coverage", "c.json", flow.image, cwd=flow.folder)
    true(done.code in (0, 1), repr(done))
    return (flow.folder / "c.json").read_text()


def trace(_flow):
    _, run = recorded()
    return run.stderr


add("records that are replayed", records)
add("results that a batch resumes from", results)
add("coverage that is painted into a graph", painted, "--coverage", coverage,
    lambda text: (json.dumps(value) for value in changes(json.loads(text))))
add("a trace that is painted into a graph", painted, "--trace", trace,
    lambda text: ("\n".join(lines) + "\n" for lines in of_lines([l for l in text.splitlines() if l.startswith("{")])))

main()
