#!/usr/bin/env python3
"""`flowrun step`: a run that stops at nodes, for people. What is typed comes from stdin."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowc, flowrun
from scripted import Server, json_reply
from tap import case, contains, equal, lacks, main

FLOW = """
secret key
config base: text
endpoint api { url base header X-Key: key }
flow main(id: text, n: int = 3) -> { total: int } {
    var found = 0
    node first { found = 1 -> look }
    node look {
        GET api "/{id}"
        query k: key
        200 { found = found + body.n } -> more
        other, error, timeout, max-connection -> fail
    }
    node more { ask "and?" as word ok -> sub }
    node sub { call inner(x: found) ok { found = result } -> last fail -> fail }
    node last { say "found {found} {word}" -> end { total: found } }
}
flow inner(x: int) -> int { node only { -> end (x * n_times()) } }
"""
FLOW = FLOW.replace("n_times()", "10")


def stepped(*typed, options=(), code=0):
    flow = Flow(FLOW)
    with Server(json_reply(200, {"n": 41}), repeat=True) as server:
        done = flowrun("step", *options, "--set", f"base={server.url}", flow.image.name, "id=a7", cwd=flow.folder,
                       env={"FLOW_KEY": "canary-9"}, stdin="".join(line + "\n" for line in typed))
    equal((done.code, done.stderr), (code, ""), repr(done))
    lacks(done.stdout, "canary-9")
    return done.stdout


@case("without a break it stops at the first node, and goes on node by node")
def _():
    said = stepped("", "s", "step", "hello", "", "", "", "")
    for place in ("-- main.first  (test.flow:7)", "-- main.look  (test.flow:8)", "-- main.more", "-- main.sub",
                  "-- inner.only", "-- main.last"):
        contains(said, place)
    contains(said, "ended with {\"total\":420}")


@case("it runs to a break, and shows the variables there")
def _():
    said = stepped("v", "c", "hello", options=["--break", "more"])
    lacks(said, "-- main.look")
    contains(said, "-- main.more")
    for line in ("  id = \"a7\"", "  n = 3", "  found = 42"):
        contains(said, line + "\n")
    contains(said, "found 420 hello")


@case("a call shows its request, secrets as ***, and what came back")
def _():
    said = stepped("c", "hello", options=["--break", "main.more"])
    contains(said, "/a7?k=***")
    contains(said, '200, 9 bytes: {"n": 41}'.replace("9", str(len('{"n": 41}'))))


@case("breaks are set and cleared while it stands")
def _():
    said = stepped("b onyl", "b only", "b last", "clear last", "c", "hello", "c")
    contains(said, "there is no node `onyl`; did you mean `only`?")
    contains(said, "-- inner.only")
    lacks(said, "-- main.last")


@case("help says what there is")
def _():
    contains(stepped("?", "c", "hello"), "continue, c")


@case("quit and the end of the input end the run")
def _():
    contains(stepped("q", code=130), "cancelled")
    contains(stepped(code=130), "cancelled")


@case("a break that is no node, and options that do not belong, are misuse")
def _():
    flow = Flow(FLOW)
    done = flowrun("step", "--break", "lok", "--set", "base=http://127.0.0.1:1", flow.image.name, "id=a",
                   cwd=flow.folder, env={"FLOW_KEY": "k"})
    equal(done.code, 2)
    contains(done.stderr, "--break: there is no node `lok`; did you mean `look`?")
    equal(flowrun("step", "--json", flow.image.name, cwd=flow.folder).code, 2)
    equal(flowrun("--break", "look", flow.image.name, cwd=flow.folder).code, 2)


@case("a program compiled with --strip has no names of variables, and says so")
def _():
    flow = Flow("flow main(x: int) { node a { say \"{x}\" -> end } }")
    equal(flowc("--strip", "test.flow", "-o", flow.image.name, cwd=flow.folder).code, 0)
    done = flowrun("step", flow.image.name, "x=1", cwd=flow.folder, stdin="v\nc\n")
    contains(done.stdout, "--strip")


@case("every word has a short form; what is no word gets help; a break wants its node")
def _():
    said = stepped("b", "break", "b mor", "b nothing.like.it", "b main.more", "clear", "clear mor", "x", "steps", "vars", "continue",
                   "c", "hello")
    for line in ("which node?", "there is no node `mor`; did you mean `more`?", "there is no node `nothing.like.it`\n",
                 "-- main.more", "ended with"):
        contains(said, line)
    lacks(said, "-- main.look")
    equal(said.count("which node?"), 3)
    contains(stepped("q", code=130), "cancelled")


@case("choices, logs, long and missing answers, flows without variables, and faults are shown")
def _():
    flow = Flow("""
    config base: text
    endpoint api { url base }
    endpoint gone { url "http://127.0.0.1:1" }
    flow main {
        node a { log "here" ask "Which?" as which choices "one", "two" ok -> b invalid -> fail ("neither") }
        node b { GET api "/" 200, other, error, timeout, max-connection -> c }
        node c { GET gone "/" 200, other, error, timeout, max-connection -> d }
        node d { say "{1 / (len(which) - 3)}" -> end }
    }
    flow bare { node a { log "bare" -> end } }""")

    def run(*words, typed, code):
        with Server(json_reply(200, "x" * 5000), repeat=True) as server:
            done = flowrun("step", "--set", f"base={server.url}", flow.image.name, *words, cwd=flow.folder, stdin=typed)
        equal((done.code, done.stderr), (code, ""), repr(done))
        return done.stdout

    said = run(typed="c\r\none\nc\n", code=3)
    for line in ('["one","two"]', "log: here", "200, 5002 bytes: ", " …", "faulted: test.flow:"):
        contains(said, line)
    contains(run(typed="c\nthree", code=1), 'failed with "neither"')
    contains(run("bare", typed="v\n\n", code=0), "(no variables here")


main()
