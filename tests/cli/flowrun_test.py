#!/usr/bin/env python3
"""The command line of flowrun: inputs, settings, secrets, streams, exit statuses, --json, --trace."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun, scratch
from places import SOURCE
from scripted import Server, reply
from tap import add, case, contains, equal, lacks, main, true

TALK = Flow("""
    config greeting: text = "Hello"
    flow talk(name: text = "world", times: int = 1) -> { said: int } {
        node n { say "{greeting}, {name}!" log "times {times}" -> end { said: times } }
    }
    flow other() { node n { say "other" -> end } }
    flow failing() { node n { say "bad" -> fail { why: "because" } } }
    flow faulting(n: int = 0) { node n { x = 1 / n say "{x}" -> end } }
""")
NEEDY = Flow("""
    secret key
    config base: text
    config many: int
    endpoint e { url base auth bearer key }
    flow f(customer: text, qty: int, basket: [text] = []) {
        node n {
            log "{many}"
            GET e "/{customer}"
            query qty: qty, b: basket
            200 -> end
            other, error, timeout, max-connection -> fail
        }
    }
""")
ASKING = Flow("""
    flow f() {
        node a { ask "your name?" as name ok -> b }
        node b { ask "how many?" as n: int timeout 1m ok -> c invalid -> b max 1 else c timeout -> late }
        node c { say "{name}" -> end (name) }
        node late { say "late" -> end }
    }
""")


@case("messages go to stdout, logs to stderr, the value comes last")
def _():
    run = TALK.run()
    equal((run.code, run.stdout), (0, 'Hello, world!\n{"said":1}\n'))
    contains(run.stderr, "times 1", "stderr")


@case("inputs are read by their types")
def _():
    equal(TALK.run(inputs={"name": "42", "times": "42"}).stdout, 'Hello, 42!\n{"said":42}\n')


@case("run is the same command")
def _():
    equal(flowrun("run", TALK.image, "name=Ada").stdout, 'Hello, Ada!\n{"said":1}\n')


@case("a flow is chosen by its name")
def _():
    equal(TALK.run(flow="other").stdout, "other\n")


@case("--set comes before the environment, the environment before the default")
def _():
    environment = {"FLOW_GREETING": "Salut"}
    equal(TALK.run(env=environment).lines[0], "Salut, world!")
    equal(TALK.run(env=environment, greeting="Moin").lines[0], "Moin, world!")


@case("fail is 1, and its value is printed in --json")
def _():
    run = TALK.run("--json", flow="failing")
    equal((run.code, run.json["status"], run.json["value"]), (1, "failed", {"why": "because"}))


@case("a fault is 3, names its place, and is not routed")
def _():
    run = TALK.run(flow="faulting")
    equal(run.code, 3)
    contains(run.stderr, "test.flow:8", "stderr")
    run = TALK.run("--json", flow="faulting")
    equal((run.code, run.json["status"], run.json["node"]), (3, "faulted", "n"))


@case("--json prints one object with all that is promised, and nothing else on stdout")
def _():
    run = TALK.run("--json")
    got = run.json
    equal(list(got), ["run", "status", "flow", "node", "value", "messages", "error"])
    true(got["run"], "the run has no id")
    del got["run"]
    equal(got, {"status": "ended", "flow": "talk", "node": "n", "value": {"said": 1},
                "messages": ["Hello, world!"], "error": None})


@case("everything that is missing or wrong is said at once, before anything is sent")
def _():
    with Server() as server:
        run = NEEDY.run(inputs={"qty": "many", "colour": "red"}, many="x", base=server.url)
        equal((run.code, run.stdout, server.connections), (2, "", 0))
    for word in ("customer", "qty", "colour", "FLOW_KEY", "many"):
        contains(run.stderr, word, "stderr")
    equal(len(run.stderr.splitlines()), 5, f"lines of\n{run.stderr}")


@case("config without a value is named with both ways to set it")
def _():
    run = NEEDY.run(inputs={"qty": 1, "customer": "c"}, secrets={"key": "k"}, many=1)
    equal(run.code, 2)
    contains(run.stderr, "--set base=", "stderr")
    contains(run.stderr, "FLOW_BASE", "stderr")


@case("lists are read as JSON, and become one pair per element")
def _():
    with Server(reply(200)) as server:
        run = NEEDY.run(inputs={"qty": 2, "customer": "c", "basket": '["x","y"]'}, many=1,
                        secrets={"key": "k"}, base=server.url)
    equal(run.code, 0, f"{run!r}")
    equal(server.requests[0].target, "/c?qty=2&b=x&b=y")


@case("the byte of a mistake in JSON is counted from 1")
def _():
    run = NEEDY.run("--set", "many=1", "--set", "base=http://127.0.0.1:1", inputs={"customer": "a", "qty": 1, "basket": "[1,x]"},
                    secrets={"key": "k"})
    equal(run.code, 2)
    contains(run.stderr, "at byte 4: ")


@case("secrets come from a file too, and the environment is not needed")
def _():
    secrets = scratch() / "secrets.env"
    secrets.write_text("# ours\n\nFLOW_KEY=from-file\n")
    with Server(reply(200)) as server:
        run = NEEDY.run("--secrets", secrets, inputs={"qty": 2, "customer": "c"}, many=1,
                        base=server.url)
    equal(run.code, 0, f"{run!r}")
    equal(server.requests[0].header("Authorization"), "Bearer from-file")


@case("--trace prints a line per step: node, call, outcome, time, where to")
def _():
    with Server(reply(200)) as server:
        run = NEEDY.run("--trace", inputs={"qty": 2, "customer": "c"}, many=1,
                        secrets={"key": "hush"}, base=server.url)
    line = next(line for line in run.trace if "GET" in line)
    for word in ("n", f"{server.url}/c?qty=2", "200", "ms", "end"):
        contains(line, word, "trace")
    lacks(run.stderr, "hush", "stderr")


@case("an ask reads a line from stdin, and its question is a message")
def _():
    run = ASKING.run(answers=["Ada", "3"])
    equal(run.lines, ["your name?", "how many?", "Ada", '"Ada"'])
    run = ASKING.run("--json", answers=["Ada", "3"])
    equal(run.json["messages"], ["your name?", "how many?", "Ada"])


@case("the end of stdin is the timeout of an ask that has one")
def _():
    equal(ASKING.run(answers=["Ada"]).lines[-1], "late")


@case("the end of stdin is a fault where an ask has no timeout")
def _():
    run = ASKING.run(answers=[])
    equal(run.code, 3)
    contains(run.stderr, "test.flow:3", "stderr")


@case("an answer of the wrong type is invalid")
def _():
    equal(ASKING.run(answers=["Ada", "x", "3"]).lines,
          ["your name?", "how many?", "how many?", "Ada", '"Ada"'])


@case("regular expressions count characters, whatever the locale")
def _():
    flow = Flow("""
        flow f() {
            node a { ask "your name?" as name match '^[a-zäöü]{3}$' ok -> b invalid -> fail }
            node b { say "{matches(name, '^.{3}$')}" -> end }
        }
    """)
    run = flow.run(answers=["häh"], env={"LC_ALL": "C"})
    equal((run.code, run.lines), (0, ["your name?", "true"]))


@case("a file of another format is to be compiled again, and is not called damaged")
def _():
    image = scratch() / "other.flowb"
    data = bytearray(TALK.image.read_bytes())
    data[8] = 99
    image.write_bytes(data)
    done = flowrun(image)
    equal((done.code, done.stdout), (2, ""))
    contains(done.stderr, "compiled by flowc ", "stderr")
    contains(done.stderr, " in format 99; this version reads format ", "stderr")
    contains(done.stderr, ": compile it again", "stderr")
    lacks(done.stderr, "damaged", "stderr")


for arguments in ([], ["--wrong"], ["gone.flowb"], [TALK.image, "nowhere"], [TALK.image, "=1"],
                  [TALK.image, "--set", "colour=1"], [TALK.source], ["--secrets"]):
    shown = [getattr(word, "name", word) for word in arguments]

    @case(f"misuse is 2 and nothing is run: flowrun {' '.join(shown)}")
    def _(arguments=arguments):
        run = flowrun(*arguments)
        equal((run.code, run.stdout), (2, ""), repr(run))
        true(run.stderr, "no reason was given")


# What each of these is answered with; nothing is run.
TESTED = Flow("""
endpoint e { url "http://127.0.0.1:1" }
flow f() { node n { GET e "/" 200, other, error, timeout, max-connection -> end } }
test "plain" { start f() reply n: 200 expect end }
""")
WRONG = [
    (TALK, "run", [], "give a FILE.flowb"), (TALK, "batch", [], "give a FILE.flowb"),
    (TALK, "", ["{}", "talk", "noise"], "an input must be name=value, not `noise`"),
    (TALK, "", ["--set", "greeting", "{}"], "greeting"), (TALK, "", ["--set", "=x", "{}"], "=x"),
    (TALK, "", ["--set", "greetin=x", "{}"], "did you mean `greeting`?"),
    (TALK, "", ["--set", "zzzzzzzz=x", "{}"], "no config of this name\n"),
    (TALK, "", ["--trace=xml", "{}"], "--trace is text or json, not `xml`"),
    (TALK, "", ["--json=1", "{}"], "--json takes no value"),
    (TALK, "", ["--set"], "--set needs a value"),
    *((TALK, "", [option, text, "{}"], f"{option} needs a number from 1 to")
      for option, most in (("--max-calls", 200), ("--max-depth", 1000)) for text in ("0", "x", "-1", "1x", "9" * 30)),
    *((TALK, "", ["--max-time", text, "{}"], "--max-time needs a number above 0 with a unit of ms, s, m, h, d, not")
      for text in ("0s", "3", "s", "-1s", "3w", "9" * 30 + "s", "9999999999999999d", "")),
    *((TALK, "", [option, text, "{}"], f"{option} needs a number above 0 with a unit of KB, MB, GB, not `{text}`")
      for option in ("--max-memory", "--max-response", "--max-message") for text in ("0MB", "12", "3mb", "99999999999999GB")),
    *((TALK, "", [option, text, "{}"], f"{option} needs a number above 0, not `{text}`")
      for option in ("--max-visits", "--max-fuel") for text in ("0", "1k", "x", "9" * 30)),
    (TALK, "", ["--break", "n", "{}"], "--break is an option of `flowrun step`, not of `flowrun run`"),
    *((TALK, "step", [*options, "{}"], f"{options[0]} is an option of `flowrun run`, `flowrun batch`")
      for options in (["--json"], ["--trace"], ["--record", "r"], ["--har", "h"])),
    *((TALK, "", [*options, "{}"], f"{options[0]} is an option of `flowrun batch`, not of `flowrun run`")
      for options in (["--inputs", "-"], ["--output", "o"], ["--concurrency", "2"], ["--threads", "2"], ["--rate", "2/s"],
                      ["--resume", "r"], ["--report", "r"], ["--quiet"], ["--grace", "3"])),
    (TALK, "batch", ["{}"], "batch needs --inputs FILE"),
    (TALK, "batch", ["--inputs", "-", "{}", "talk", "name=x"], "the inputs of a batch come from --inputs"),
    *((TALK, "batch", ["--inputs", "-", "--rate", text, "{}"], f"--rate needs runs per second, 50/s or 0.5/s, not `{text}`")
      for text in ("0", "x", "-1", "1/m", "1e3", "0.0000001", "1.2.3", ".")),
    (TESTED, "test", [], "give a FILE.flowb"), (TESTED, "test", ["--junit"], "--junit needs a value"),
    *((TESTED, "test", ["--min-coverage", text, "{}"], f"--min-coverage needs a number from 0 to 100, not `{text}`")
      for text in ("x", "-1", "101", "", "50%", "9" * 30)),
    (TESTED, "test", ["--wrong", "{}"], "`flowrun test` has no option `--wrong`"),
    (TALK, "bacth", ["{}"], "there is no command `bacth`; did you mean `batch`?"),
    (TALK, "batch", ["--inputs", "-", "--concurency", "3", "{}"], "has no option `--concurency`; did you mean `--concurrency`?"),
    (TALK, "step", ["--max-tim=3s", "--max-m", "3MB", "{}"], "`flowrun step` has no option `--max-m`"),
    (TESTED, "test", ["{}", "--junt", "x"], "`flowrun test` has no option `--junt`; did you mean `--junit`?"),
    (TESTED, "test", ["{}", "plai"], "there is no test `plai`; did you mean `plain`?"),
    (TESTED, "test", ["{}", "something else"], "there is no test `something else`\n"),
]


def wrong(flow, command, words, why):
    words = ([command] if command else []) + [flow.image.name if word == "{}" else word for word in words]
    done = flowrun(*words, cwd=flow.folder, stdin="")
    equal((done.code, done.stdout), (2, ""), repr(done))
    contains(done.stderr, why, "stderr")


for flow, command, words, why in WRONG:
    add(f"misuse is answered: flowrun {command} {' '.join(words)}", wrong, flow, command, words, why)


@case("no file is written over one that is read, nor by two at once: nothing is run, nothing lost")
def _():
    folder = TESTED.folder
    (folder / "in.jsonl").write_text("{}\n" * 3)
    (folder / "s.env").write_text("FLOW_X=1\n")
    (folder / "link").symlink_to("in.jsonl")
    image = TESTED.image.name
    kept = {name: (folder / name).read_bytes() for name in (image, "in.jsonl", "s.env")}
    batch = ["batch", image, "--inputs", "in.jsonl"]
    for words, why in (
            ([*batch, "--output", "in.jsonl"], "--output would overwrite --inputs, `in.jsonl`"),
            ([*batch, "--output", "./link"], "--output would overwrite --inputs, `./link`"),
            ([*batch, "--output", image], "--output would overwrite the program"),
            ([*batch, "--report", "in.jsonl"], "--report would overwrite --inputs"),
            ([*batch, "--output", "o", "--report", "./o"], "--output and --report name the same file, `./o`"),
            ([*batch, "--record", "o", "--har", folder / "o"], "--record and --har name the same file"),
            ([*batch, "--secrets", "s.env", "--har", "s.env"], "--har would overwrite --secrets"),
            ([*batch, "--resume", "in.jsonl", "--record", "in.jsonl"], "--record would overwrite --resume"),
            (["--record", image, image], "--record would overwrite the program"),
            (["--har", "h", "--record", "h", image], "--record and --har name the same file"),
            (["test", "--junit", "j", "--coverage", "j", image], "--junit and --coverage name the same file"),
            (["test", "--coverage", image, image], "--coverage would overwrite the program")):
        done = flowrun(*words, cwd=folder)
        equal((done.code, done.stdout), (2, ""), repr(done))
        contains(done.stderr, why, "stderr")
        equal({name: (folder / name).read_bytes() for name in kept}, kept, "files")
    equal([name for name in ("o", "h", "j") if (folder / name).exists()], [], "files that were made")
    done = flowrun(*batch, "--output", "/dev/null", "--report", "/dev/null", cwd=folder)
    equal(done.code, 0 if not done.stderr else done.code, repr(done))


# A text from outside, read by a declared type: the value it is, or what is said of it.
READ = [
    ("text", "", '""'), ("text", "null", '"null"'), ("text", "\udcff", None), ("text?", "null", "null"),
    ("bool", "true", "true"), ("bool", "false", "false"), ("bool", "yes", None), ("bool", "tru", None), ("bool", "falsy", None),
    ("bool?", "null", "null"), ("int", "7", "7"), ("int", "-0", "0"), ("int", "7.5", None), ("int", "1e2", "100"), ("int", "+07", "7"),
    ("int", "", None), ("int", "9223372036854775808", None), ("int", "null", None), ("int?", "null", "null"),
    ("number", "7", "7"), ("number", "7.5", "7.5"), ("number", ".5", "0.5"), ("number", "1e400", "1e400"), ("number", "seven", None),
    ("number", "123456789012345678901234567890", "123456789012345678901234567890"),
    ("any", "[1]", "[1]"), ("any", "[1", '"[1"'), ("any", "word", '"word"'), ("any", "null", "null"), ("any", "\udcff", None),
    ("[int]", "[1,2]", "[1,2]"), ("[int]", "[1,\"2\"]", None), ("[int]", "1,2", None), ("[int]", "{}", None),
    ("[int]?", "null", "null"), ("[text]", "[]", "[]"), ("P", '{"a":1}', '{"a":1}'), ("P", '{"a":1,"b":null}', '{"a":1,"b":null}'),
    ("P", '{"b":"x"}', None), ("P", "[]", None), ("int", "x" * 100, None), ("bool", "ä" * 40, None),
]


def is_read(kind, text, wanted):
    flow = Flow(f"type P {{ a: int, b: text? }}\nconfig c: {kind}\nflow f(x: {kind}) -> any {{ node n {{ -> end ([x, c]) }} }}")
    done = flowrun("--set", f"c={text}", flow.image, f"x={text}")
    if wanted is None:
        equal((done.code, done.stdout), (2, ""), repr(done))
        contains(done.stderr, "config `c`: ", "stderr")
        contains(done.stderr, "input `x`: ", "stderr")
        contains(done.stderr, "expected" if "\udcff" not in text else "is not valid UTF-8", "stderr")
    else:
        equal((done.code, done.stdout, done.stderr), (0, f"[{wanted},{wanted}]\n", ""), repr(done))


for kind, text, wanted in READ:
    add(f"{ascii(text)} read as {kind}", is_read, kind, text, wanted)


@case("a secret that is none is refused, and not shown")
def _():
    for value, why in (("", "is empty"), ("can\nary-1", "holds a control character"), ("canary-1\x7f", "holds a control character"),
                       ("canary-1\udcff", "is not valid UTF-8")):
        run = NEEDY.run(inputs={"qty": 1, "customer": "c"}, secrets={"key": value}, many=1, base="http://127.0.0.1:1")
        equal((run.code, run.stdout), (2, ""), repr(run))
        contains(run.stderr, f"secret `key` (FLOW_KEY) {why}", "stderr")
        lacks(run.stderr, "ary-1", "stderr")
    with Server(reply(200)) as server:
        run = NEEDY.run(inputs={"qty": 1, "customer": "c"}, secrets={"key": "a\tb"}, many=1, base=server.url)
    equal((run.code, server.requests[0].header("Authorization")), (0, "Bearer a\tb"), repr(run))


@case("an answer that is not UTF-8 is invalid where an answer can be, and else is asked for again")
def _():
    flow = Flow("""
        flow f -> any {
            node a { ask "code?" as x match '^a' ok -> b invalid { say "wrong" } -> a max 3 else no }
            node b { ask "name?" as y ok -> end ([x, y]) }
            node no { -> fail }
        }""")
    given = b"\xff\nab\n\xfe\n\xc3\x28\nB\0b\nBob\n"
    run = flowrun(flow.image, stdin=given)
    equal((run.code, run.lines), (0, ["code?", "wrong", "code?", "name?", '["ab","Bob"]']), repr(run))
    equal(run.stderr.count("flowrun: stdin: the answer is not UTF-8 text: type it again"), 3, "complaints")
    last = flowrun(flow.image, stdin=b"ab\n\xff\n")
    equal(last.code, 3, repr(last))
    contains(last.stderr, "the input ended before the question was answered", "stderr")
    stepped = flowrun("step", flow.image, stdin=b"continue\n\xff\nab\n\xfe\nBob\n")
    contains(stepped.stdout, '["ab","Bob"]', repr(stepped))
    equal(stepped.stderr.count("type it again"), 1, repr(stepped))


@case("a wrong name of a flow is answered with the right one")
def _():
    contains(TALK.run(flow="othr").stderr, "other", "stderr")


@case("--help goes to stdout and names every option")
def _():
    run = flowrun("--help")
    equal((run.code, run.stderr), (0, ""))
    for word in ("--json", "--set", "--secrets", "--trace", "130"):
        contains(run.stdout, word, "help")


@case("COMMAND --help names the options of the command and no others")
def _():
    for words in (["batch", "--help"], ["--help", "batch"], ["batch", "x.flowb", "-h"]):
        run = flowrun(*words)
        equal((run.code, run.stderr), (0, ""))
        contains(run.stdout, "--inputs LINES", "help")
        contains(run.stdout, "--max-time D", "help")
        true("--junit" not in run.stdout, "--junit is an option of test")
    true("--inputs" not in flowrun("run", "--help").stdout, "--inputs is an option of batch")
    true("--json " in flowrun("show", "--help").stdout, "--json is an option of show")


@case("no line of a help is wider than 80 columns")
def _():
    for command in ("", "run", "batch", "step", "test", "replay", "show"):
        lines = flowrun(*command.split(), "--help").stdout.splitlines()
        equal([line for line in lines if len(line) > 80], [], command)


@case("a command is found behind options, and an option may be shortened")
def _():
    done = flowrun("--conc=3", "--set", "greeting=x", "batch", TALK.image)
    contains(done.stderr, "batch needs --inputs FILE", "stderr")


@case("--version is the version of configure.ac")
def _():
    run = flowrun("--version")
    version = (SOURCE / "configure.ac").read_text().split("AC_INIT([flow], [")[1].split("]")[0]
    equal((run.code, run.stdout.splitlines()[0]), (0, f"flowrun {version}"))


@case("--version names the format of the bytecode and the libraries")
def _():
    _, form, libraries = flowrun("--version").stdout.splitlines()
    equal(form, f"bytecode format {TALK.image.read_bytes()[8]}")
    for library in ("libcurl/", "OpenSSL/", "libuv/"):
        contains(libraries, library, "libraries")


main()
