#!/usr/bin/env python3
"""flowrun and its streams: what cannot be written is said, terminals get no control characters,
answers come from files, pipes and terminals alike."""

import os
import pathlib
import resource
import subprocess
import sys
import termios

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

import flowtest
from flowtest import Flow, flowrun, scratch
from places import FLOWRUN
from scripted import Server, json_reply, reply
from tap import case, contains, equal, lacks, main, true
from terminal import open_terminal

ESCAPES = Flow("""
    flow f(name: text) { node n { say "{name}" log "{name}" -> end } }
""")
ASKING = Flow("""
    flow f() {
        node a { ask "name?" as name choices "Ada", "Bo" ok -> b invalid -> a max 3 else b }
        node b { ask "more?" as more timeout 1h ok -> end ("{more}") timeout -> end ("none") }
    }
""")
LEAK = Flow("""
    secret key
    config base: text
    endpoint e { url base header X-Key: key }
    flow f() {
        node n {
            GET e "/"
            200 { say "got {body}" log "got {body}" } -> end (body)
            other, error, timeout, max-connection -> fail
        }
    }
""")


BUSY = Flow("""
flow main() { node both { parallel { a: call asks() b: call speaks() } ok -> end fail -> fail } }
flow asks() { node n { ask "who?" as name ok -> end } }
flow speaks() { node n { wait 100ms -> said } node said { say "still here" -> end } }
""")
REPEATS = Flow("""
flow f() { node n { log "again" log "again" log "again" log "other" log "again" say "done" -> end } }
""")


def shell(command):
    """Runs a shell command with $FLOWRUN and returns its status and stderr."""
    env = flowtest.environment({"FLOWRUN": FLOWRUN})
    done = subprocess.run(["sh", "-c", command], env=env, capture_output=True, text=True, timeout=60)
    return done


class Terminal:
    """flowrun with a terminal for stdin, stdout and stderr."""

    def __init__(self, *arguments, **env):
        self.master, slave = open_terminal()
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.process = subprocess.Popen(
            [str(FLOWRUN), *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
            env=flowtest.environment({"TERM": "xterm", **env}), start_new_session=True)
        os.close(slave)
        self.text = b""

    def read_to(self, part):
        while part not in self.text:
            if not self._read():
                raise AssertionError(f"no {part!r} in {self.text!r}")

    def _read(self):
        try:
            more = os.read(self.master, 65536)
        except OSError:  # Linux says EIO when the other side is closed
            return False
        self.text += more
        return bool(more)

    def type(self, data):
        os.write(self.master, data)

    def finish(self):
        while self._read():
            pass
        return self.process.wait(60)


@case("a full disk is 2, with a reason")
def _():
    run = shell(f'"$FLOWRUN" {ESCAPES.image} name=x >/dev/full')
    equal(run.returncode, 2)
    contains(run.stderr, "No space left", "stderr")


@case("a closed stdout is 2, with a reason")
def _():
    run = shell(f'"$FLOWRUN" {ESCAPES.image} name=x >&-')
    equal(run.returncode, 2)
    contains(run.stderr, "stdout", "stderr")


@case("--help to a full disk is 2")
def _():
    equal(shell('"$FLOWRUN" --help >/dev/full').returncode, 2)


@case("a reader that is gone is 2, and no signal")
def _():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([FLOWRUN, ESCAPES.image, "name=x"], stdout=writer, stderr=subprocess.PIPE,
                          env=flowtest.environment({}), timeout=60)
    os.close(writer)
    equal(done.returncode, 2, done.stderr)


@case("a run without messages does not mind a closed stdout")
def _():
    quiet = Flow('flow f() { node n { log "x" -> end } }')
    equal(shell(f'"$FLOWRUN" {quiet.image} >&-').returncode, 0)


@case("a closed stdin is the end of input")
def _():
    run = shell(f'"$FLOWRUN" {ASKING.image} <&-')
    equal(run.returncode, 3)
    contains(run.stderr, "the input ended", "stderr")


@case("answers come from a file")
def _():
    answers = scratch() / "answers"
    answers.write_text("Ada\nmuch\n")
    run = shell(f'"$FLOWRUN" {ASKING.image} <{answers}')
    equal((run.returncode, run.stdout), (0, 'name?\n(Ada, Bo)\nmore?\n"much"\n'))


@case("/dev/null is the end of input")
def _():
    equal(shell(f'"$FLOWRUN" {ASKING.image} </dev/null').returncode, 3)


@case("the last answer needs no line end")
def _():
    run = flowrun(ASKING.image, stdin="Bo\nlast")
    equal(run.lines[-1], '"last"')


@case("a message that is no terminal's comes out as it is")
def _():
    run = ESCAPES.run(inputs={"name": "a\x1b[31mb\x07\tc\nd"})
    equal(run.stdout, "a\x1b[31mb\x07\tc\nd\n")


@case("a log is one line, control characters escaped")
def _():
    run = ESCAPES.run(inputs={"name": "a\x1b[31mb\nc\u202ed\x9b"})
    equal(run.stderr, "a\\u{1B}[31mb\\nc\\u{202E}d\\u{9B}\n")


@case("a terminal gets no control characters but tabs and line ends")
def _():
    terminal = Terminal(ESCAPES.image, "name=a\x1b[31mb\x07\tc\nd\u202e\x9b\x7fe")
    equal(terminal.finish(), 0)
    contains(terminal.text, b"a[31mb\tc\nde\n", "the terminal")
    lacks(terminal.text, b"\x1b", "the terminal")


@case("a person answers at a terminal")
def _():
    terminal = Terminal(ASKING.image)
    terminal.read_to(b"(Ada, Bo)\n> ")
    terminal.type(b"Zed\n")
    terminal.read_to(b"(Ada, Bo)\n> name?")
    terminal.type(b"Ada\n")
    terminal.read_to(b"more?\n> ")
    terminal.type(b"\x04")
    equal(terminal.finish(), 0)
    contains(terminal.text, b'> \n"none"', "the terminal")


@case("what is said while a person types is on a line of its own, and the prompt is below it again")
def _():
    terminal = Terminal(BUSY.image)
    terminal.read_to(b"who?\n> \nstill here\n> ")
    terminal.type(b"Ada\n")
    equal(terminal.finish(), 0)


@case("a terminal shows a log line that repeats once, with how often more it came")
def _():
    terminal = Terminal(REPEATS.image)
    equal(terminal.finish(), 0)
    contains(terminal.text, b"again\n\r\x1b[K  (1 more time)\r\x1b[K  (2 more times)\nother\nagain\ndone\n", "the terminal")
    terminal = Terminal(REPEATS.image, TERM="dumb")
    equal(terminal.finish(), 0)
    contains(terminal.text, b"again\n  (2 more times)\nother\nagain\ndone\n", "the terminal")
    equal(REPEATS.run().stderr, "again\nagain\nagain\nother\nagain\n")


@case("the trace is coloured on a terminal, and not where NO_COLOR is set")
def _():
    terminal = Terminal("--trace", ESCAPES.image, "name=x")
    terminal.finish()
    contains(terminal.text, b"\x1b[32m", "the terminal")
    terminal = Terminal("--trace", ESCAPES.image, "name=x", NO_COLOR="1")
    terminal.finish()
    lacks(terminal.text, b"\x1b", "the terminal")


@case("the limit of descriptors is raised as far as the system allows")
def _():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    process = subprocess.Popen(
        ["sh", "-c", f'ulimit -S -n 64; exec "$FLOWRUN" {ASKING.image}'], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=flowtest.environment({"FLOWRUN": FLOWRUN}))
    process.stdout.readline()
    soft = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[0]
    process.communicate(timeout=60)
    equal(soft, hard)


@case("Ctrl-C at a question ends with 130")
def _():
    started = ASKING.start()
    while b"name?" not in started.process.stdout.readline():
        pass
    started.interrupt()
    run = started.finish()
    equal(run.code, 130)
    contains(run.stderr, "interrupted", "stderr")


@case("--trace=json is one object per step")
def _():
    import json
    with Server(reply(503)) as server:
        run = LEAK.run("--trace=json", base=server.url, secrets={"key": "hush"})
    steps = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    equal(len(steps), 1)
    step = steps[0]
    equal((step["flow"], step["node"], step["kind"], step["outcome"], step["to"]),
          ("f", "n", "GET", "503", "fail"))


@case("the trace says that a body did not fit its type")
def _():
    shaped = Flow("""
        config base: text
        endpoint e { url base }
        type Order { id: int }
        flow f() {
            node n { GET e "/" 200 as Order -> end other, error, timeout, max-connection -> late }
            node late { -> end }
        }
    """)
    with Server(json_reply(200, {"id": "x"})) as server:
        run = shaped.run("--trace", base=server.url)
    contains(run.trace[0], "error shape", "trace")
    contains(run.trace[0], "-> late", "trace")


@case("the trace names nodes of another flow with their flow")
def _():
    two = Flow("""
        flow f() { node n { call g() ok -> end fail -> fail } }
        flow g() { node m { -> end } }
    """)
    run = two.run("--trace")
    equal([line.split()[0] for line in run.trace], ["g.m", "n"])


@case("a secret that a server sends back is masked everywhere")
def _():
    for arguments in ([], ["--json"], ["--trace"], ["--trace=json"]):
        with Server(reply(200, "it is hush-hush!")) as server:
            run = LEAK.run(*arguments, base=server.url, secrets={"key": "hush-hush"})
        equal(run.code, 0, repr(run))
        lacks(run.stdout + run.stderr, "hush-hush", f"the output with {arguments}")
        contains(run.stdout, "it is ***!", "stdout")


@case("a secret that looks like JSON leaves --json JSON")
def _():
    with Server(reply(200, "true")) as server:
        run = LEAK.run("--json", base=server.url, secrets={"key": "null"})
    equal((run.json["error"], run.json["value"]), (None, "true"))


@case("a source is answered with what to do")
def _():
    run = flowrun(ESCAPES.source)
    equal(run.code, 2)
    contains(run.stderr, "flowc", "stderr")


@case("the value that a flow failed with is said on stderr")
def _():
    failing = Flow('flow f() { node n { -> fail { why: "because" } } }')
    run = failing.run()
    equal((run.code, run.stdout, run.stderr), (1, "", 'failed: {"why":"because"}\n'))


@case("an unknown option is named")
def _():
    contains(flowrun("--wrogn", ESCAPES.image).stderr, "--wrogn", "stderr")


main()
