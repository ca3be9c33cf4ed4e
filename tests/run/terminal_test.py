#!/usr/bin/env python3
"""What a server says never rules a terminal, and a line of a log stays one line of valid UTF-8."""

import os
import pathlib
import sys
import unicodedata

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, environment
from places import FLOWRUN
from scripted import Server, reply
from tap import add, case, contains, equal, lacks, main, true
from terminal import open_terminal

SAYS = """
config base: text
endpoint api { url base }
flow f() {
    node n {
        GET api "/x"
        200 { say body  log body  log headers["x-note"] } -> end { body: body, note: headers["x-note"] }
        other { fail_text = body } -> broken
        error, timeout, max-connection { log error.message } -> end
    }
    node broken { log "{fail_text}" -> fail (fail_text) }
}
"""

# Clear the screen; set the title; CSI as UTF-8 and, in the header, in one byte; backspaces; a bell; a return to
# hide what stands before; text direction turned; DEL.
HOSTILE = ("a\x1b[2Jb\x1b]0;title\x07c\u009b31md\x08\x08e\rf\u202eg\x7fh\x0ei\u0085j\n").encode()
NOTE = "X-Note: a\x1b[2Jb\x9bc\x7fd".encode("latin-1")


def answer(status):
    head = b"HTTP/1.1 %d X\r\nContent-Type: text/plain\r\n" % status + NOTE
    return head + b"\r\nContent-Length: %d\r\n\r\n" % len(HOSTILE) + HOSTILE


def on_terminal(flow, *arguments, stdin=os.devnull):
    """Everything that flowrun writes when both of its outputs are a terminal."""
    ours, theirs = open_terminal()
    env = environment({"TERM": "dumb"})
    with open(stdin, "rb") as source:
        pid = os.posix_spawn(FLOWRUN, [str(FLOWRUN), *map(str, arguments)], env, file_actions=[
            (os.POSIX_SPAWN_DUP2, source.fileno(), 0), (os.POSIX_SPAWN_DUP2, theirs, 1),
            (os.POSIX_SPAWN_DUP2, theirs, 2)])
    os.close(theirs)
    seen = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # the last one who had it open is gone
            break
        if not data:
            break
        seen += data
    os.close(ours)
    os.waitpid(pid, 0)
    return seen


def check_harmless(seen):
    true(len(seen) > 20, f"next to nothing was printed: {seen!r}")
    text = seen.decode("utf-8")  # raises where it is not valid
    left = text.replace("\r\n", "").replace("\t", "")
    bad = sorted({c for c in left if unicodedata.category(c) == "Cc" or c in "\u202a\u202e\u2066"})
    equal(bad, [], f"control characters in {seen!r}")


def try_terminal(status, words):
    flow = Flow(SAYS)
    with Server(answer(status), repeat=True) as server:
        check_harmless(on_terminal(flow, *words, "--set", f"base={server.url}", flow.image))


for status in (200, 500):
    for words in ((), ("--trace",), ("--json",), ("--trace=json",)):
        add(f"a hostile {status} is harmless on a terminal: flowrun {' '.join(words)}", try_terminal,
            status, words)


@case("a hostile answer is harmless on a terminal: flowrun batch")
def _():
    flow = Flow(SAYS)
    lines = flow.folder / "lines.jsonl"
    lines.write_text("{}\n")
    with Server(answer(200), repeat=True) as server:
        seen = on_terminal(flow, "batch", flow.image, "--set", f"base={server.url}",
                           "--inputs", lines, "--concurrency", "1")
    check_harmless(seen)


@case("a line of a log is one line of valid UTF-8, whatever was logged")
def _():
    with Server(answer(200)) as server:
        run = Flow(SAYS).run("--trace", base=server.url)
    lines = run.stderr.split("\n")
    lacks(run.stderr, "\\x", "bytes that are no UTF-8")
    equal(len(lines), 4, f"lines of {run.stderr!r}")
    contains(lines[0] + lines[1], "\\u{1B}[2J")


@case("in JSON what a server said comes back as it was")
def _():
    with Server(answer(200)) as server:
        run = Flow(SAYS).run("--json", base=server.url)
    contains(run.json["value"]["body"], "a\x1b[2Jb\x1b]0;title\x07c\u009b31md")
    equal(run.json["value"]["note"], "a\x1b[2Jb\x9bc\x7fd")


main()
