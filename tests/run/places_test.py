#!/usr/bin/env python3
"""Every kind of expression in every place where one can stand: it compiles to bytecode that the verifier
accepts and that runs to some end, or it is refused with a reason. Nothing is said of which of both."""

import itertools
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import execute, flowc, flowrun, scratch
from places import BUILD, SOURCE, is_sanitized
from scripted import Server, json_reply
from tap import add, equal, main, true

SANITIZED = is_sanitized()

# The example of each row of the table.
TABLE = (SOURCE / "runtime/program/builtins.def").read_text()
FUNCTIONS = [re.findall(r'"((?:[^"\\]|\\.)*)"', row)[-2] for row in re.findall(r"(?m)^BUILTIN\((.*)\)$", TABLE)]
EXPRESSIONS = [example.replace('\\"', '"').replace("\\\\", "\\") for example in FUNCTIONS] + [
    "null", "true", "7", "-7", "1.5", "1h", '"text"', "'raw'", '""', "[]", "{}", "[1, null]", '{ "a b": [1] }', "1 + 2", "1 / 0",
    '"a" + "b"', "1 == 1", "1 < 2", '"a" in "abc"', "not true", "true and false", "null ?? 1", "if 1 < 2 then 1 else null",
    "9223372036854775807 + 1", "run", "run.id", "run.flow", "run.started", "run.nothing", "now", "now()", "uuid()", "now() - run.started",
    "cfg", "cfg.a[0]", "optional", "sec", '"x{sec}"', "hmac_sha256(sec, cfg_text)", "con", "con.a[].b", "inp", "inp.a", "v", "v + 1", "later",
    "status", "headers", 'headers["a"]', "body", "body.a[0].b", "error", "error.message", "result", "results", "item", "answer", "value",
    "kept", "shop", "main", "sub", "T", "nobody", "sub(x: 1)", "len()", "len(1, 2)", "matches(cfg_text, inp_text)", "range(3)[]"]
AROUND = ["@", '"{@}"', "[@]", "{ a: @ }", "(@) ?? 1", "if true then @ else @", "text(@)", "-@", "not @", "@.a[0][].b", "@ == @", "json([@])"]

CALL = "200, other, error, timeout, max-connection -> end"
ARMS = "200 as any { kept = body } -> end other, error, timeout, max-connection -> end"
# Where: what stands at the top of the file, in `shop`, in `main`, and in its first node.
PLACES = {
    "a constant": ("const c2 = @", "", "", 'say "{c2}" -> end'), "a default of a config": ("config c2: any = @", "", "", 'say "{c2}" -> end'),
    "a url": ("endpoint e2 { url @ }", "", "", f'GET e2 "/" {CALL}'), "a url with a hole": ('endpoint e2 { url "{base}/{@}" }', "", "", f'GET e2 "/" {CALL}'),
    "a header of an endpoint": ("", "header X-A: @", "", ""), "a query of an endpoint": ("", "query a: @", "", ""),
    "a token": ("", "auth bearer @", "", ""), "a user": ("", 'auth basic @, "b"', "", ""), "a password": ("", 'auth basic "a", @', "", ""),
    "a certificate": ("", "tls { ca: @ }", "", ""), "verify": ("", "tls { verify: @ }", "", ""),
    "a default of an input": ("flow f2(a: any = @) { node n { say \"{a}\" -> end } }", "", "", "call f2() ok -> end fail -> end"),
    "a variable's first value": ("", "", "var w = @", 'say "{w}" -> end'), "a variable of a type": ("", "", "var w: any = @", 'say "{w}" -> end'),
    "what is said": ("", "", "", "say @ -> end"), "what is logged": ("", "", "", "log @ -> end"), "a pause": ("", "", "", "wait @ -> end"),
    "an assignment": ("", "", "", "w = @ -> end"), "a condition": ("", "", "", "if @ -> end else -> end"),
    "a switch": ("", "", "", "switch @ { 1 -> end else -> end }"), "a switch of texts": ("", "", "", 'switch @ { "a" -> end else -> end }'), "a case": ("", "", "", "switch v { @ -> end else -> end }"),
    "a path": ("", "", "", f'GET shop "/{{@}}" {CALL}'), "a header": ("", "", "", f'GET shop "/" header X-A: @ {CALL}'),
    "a header of both": ("", 'header X-B: "b"', "", f'GET shop "/" header X-B: @ {CALL}'), "a query": ("", "", "", f'GET shop "/" query a: @ {CALL}'),
    "a body": ("", "", "", f'POST shop "/" body @ {CALL}'), "a form": ("", "", "", f'POST shop "/" form {{ a: @ }} {CALL}'),
    "a text body": ("", "", "", f'POST shop "/" text "{{@}}" {CALL}'), "an XML body": ("", "", "", f'POST shop "/" xml "<a b=\'{{@}}\'>{{@}}</a>" {CALL}'),
    "a guard": ("", "", "", f'GET shop "/" 200 when @ -> end {CALL}'), "a guard of other": ("", "", "", f'GET shop "/" other when @ -> end {CALL}'),
    "an arm": ("", "", "", 'GET shop "/" 200 { w = @ say "{w}" } -> end other, error, timeout, max-connection { w = @ } -> end'),
    "the end of an arm": ("", "", "", 'GET shop "/" 200 -> end (@) other, error, timeout, max-connection -> fail (@)'),
    "a question": ("", "", "", "ask @ as answer timeout 1s ok -> end (answer) timeout -> end (@)"),
    "choices": ("", "", "", 'ask "q" as answer choices @, "b" ok, invalid -> end'), "an arm of a question": ("", "", "", 'ask "q" as answer: int ok { w = @ } -> end invalid { w = @ } -> end'),
    "an argument": ("", "", "", "call sub(x: @) ok -> end (result) fail -> end (error)"),
    "an arm of a call": ("", "", "", 'call sub(x: 1) ok { w = @ say "{w}" } -> end fail { w = @ } -> fail (@)'),
    "a list to go through": ("", "", "", "each item in @ { call sub(x: item) } ok -> end (results) fail -> end"),
    "an argument of each": ("", "", "", "each item in [1, 2] { call sub(x: @) } ok { w = @ } -> end (results) fail { w = @ } -> end"),
    "an argument of parallel": ("", "", "", "parallel { a: call sub(x: @) b: call sub(x: 2) } ok { w = @ } -> end (a) fail -> fail (@)"),
    "a move": ("", "", "", "-> flow sub(x: @)"), "an end": ("", "", "", "-> end (@)"), "a failure": ("", "", "", "-> fail (@)"),
    "a start of a test": ('test "t" { start sub(x: @) expect end }', "", "", "-> end"), "a reply of a test": (f'test "t" {{ start calls() reply n: 200 @ expect end }}\nflow calls {{ node n {{ GET shop "/" {CALL} }} }}', "", "", "-> end"),
    "an end of a test": ('test "t" { start sub(x: 1) expect end (@) }', "", "", "-> end"), "what a test hears": ('test "t" { start sub(x: 1) expect say @ }', "", "", "-> end"),
    "a request of a test": (f'test "t" {{ start calls() reply n: 200 {{}} expect request n: {{ query: @, path: "/" }} }}\nflow calls {{ node n {{ GET shop "/" {CALL} }} }}', "", "", "-> end"),
}

SOURCE_TEXT = """\
type T {{ a: [int] }}
config base: text
config cfg: any = {{ a: [1] }}
config cfg_text: text = "abc"
config optional: text? = null
secret sec
const con = {{ a: [{{ b: 1 }}] }}
endpoint shop {{ url base {shop} }}
{top}
flow main(inp: any = {{ a: 1 }}, inp_text: text = "a") -> any {{
    var v = 1
    var kept: any = null
    {variables}
    var later = 2
    node first {{ {node} }}
}}
flow sub(x: any) -> any {{ node n {{ say "{{x}}" -> end (x) }} }}
"""


def source(place, around, expression):
    text = around.replace("@", expression)
    top, shop, variables, node = (part.replace("@", text) for part in PLACES[place])
    return SOURCE_TEXT.format(top=top, shop=shop, variables=variables, node=node or f'GET shop "/" {CALL}')


def compiles_or_is_refused(place):
    """All of them through the compiler and the verifier, in one process that ends by a signal where one is wrong."""
    folder = scratch()
    step = 24 if SANITIZED else 3
    count = 0
    for i, (around, expression) in enumerate(itertools.product(AROUND, EXPRESSIONS)):
        if (i + len(place)) % step == 0:
            (folder / f"{i:04}").write_text(source(place, around, expression))
            count += 1
    done = execute(BUILD / "tests/fuzz/targets/compile", folder, env={"FLOW_SOURCE": SOURCE})
    equal((done.code, done.stdout), (0, f"{count} inputs\n"), done.stderr[-3000:])


def runs_to_an_end(place):
    """Some of them, by the programs themselves: no signal, nothing that flowc lets through and flowrun refuses."""
    folder = scratch()
    step = 16 if SANITIZED else 2
    ran = 0
    with Server(choose=lambda request: json_reply(200, {"a": [{"b": 1}]})) as server:
        for i, expression in enumerate(EXPRESSIONS):
            if (i + len(place)) % step:
                continue
            around = AROUND[(i * 7 + len(place)) % len(AROUND)] if i // 2 % 2 else "@"
            (folder / "p.flow").write_text(source(place, around, expression))
            done = flowc("p.flow", cwd=folder)
            true(done.code == 0 or (done.code == 1 and "error[" in done.stderr), f"{place}, {around}, {expression}: {done!r}")
            if done.code != 0:
                continue
            words = ["test", "p.flowb"] if "test" in PLACES[place][0][:5] else ["--json", "--max-time", "2s", "--set", f"base={server.url}", "p.flowb"]
            done = flowrun(*words, cwd=folder, env={"FLOW_SEC": "secret"}, stdin="1\nb\n")
            true(done.code in (0, 1, 2, 3), f"{place}, {around}, {expression}: {done!r}")
            true(done.code != 2 or (done.stderr and "instruction" not in done.stderr), f"{place}, {around}, {expression}: {done!r}")
            ran += 1
    print(f"# {place}: {ran} run")


true(len(FUNCTIONS) > 35, f"only {len(FUNCTIONS)} functions were found")
for name in PLACES:
    add(f"{name}: whatever stands there compiles or is refused", compiles_or_is_refused, name)
for name in PLACES:
    add(f"{name}: what compiles there runs to some end", runs_to_an_end, name)

main()
