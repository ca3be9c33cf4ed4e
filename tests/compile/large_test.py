#!/usr/bin/env python3
"""Sources that no person writes: deep, long, broken, of a million nodes.

flowc says in good order what it thinks of them, within the limit of time that every run of a program
has here (a time that grew with the square of the size would be far over it), and with memory that the
size explains.
"""

import os
import pathlib
import signal
import subprocess
import sys
from functools import partial

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

from flowtest import LIMIT_SECONDS, scratch
from places import FLOWC
from tap import add, equal, main, true

MB = 1 << 20
SANITIZED = b"AddressSanitizer" in FLOWC.read_bytes()
# What a process takes anyway; 16 MiB of it may be a constant. Then, for each byte of the source:
MOST_BYTES, MOST_BYTES_EACH = 80 * MB, 130
MANY = 100_000 if SANITIZED else 1_000_000


def flow(body):
    return f"flow f {{ node n {{ {body} }} }}\n"


def chain(count, between):
    nodes = between.join(f"node n{i} {{ -> n{i + 1} }}" for i in range(count))
    return f"flow f {{ {nodes} node n{count} {{ -> end }} }}\n"


def nested(opening, closing, depth=300_000):
    return flow(f"x = {opening * depth}1{closing * depth} -> end x")


# Name: what makes the source, for together they are large; the exit status and the code of the first
# message that flowc must come to.
GOOD = (0, None)
SOURCES = {
    "a million nodes compile": (lambda: chain(MANY, "\n"), GOOD),
    "a line of 4 MB that is a chain of nodes compiles": (lambda: chain(160_000, " "), GOOD),
    "200,000 flows compile": (
        lambda: "".join(f"flow f{i} {{ node n {{ -> end }} }}\n" for i in range(MANY // 5)), GOOD),
    "50,000 flows that call one another compile": (
        lambda: "".join(f"flow f{i} {{ node n {{ call f{i + 1}() ok -> end fail -> end }} }}\n"
                for i in range(50_000)) + "flow f50000 { node n { -> end } }\n", GOOD),
    "a text of 1 MB on one line compiles": (lambda: flow(f'say "{"x" * MB}" -> end'), GOOD),
    "a comment of 1 MB on one line compiles": (lambda: f"#{'x' * MB}\n" + flow("-> end"), GOOD),
    "a name of 1 MB compiles": (lambda: f"flow f {{ node {'x' * MB} {{ -> end }} }}\n", GOOD),
    "a switch of 50,000 cases compiles": (
        lambda: "flow f(x: int) { node n { switch x { " +
        "".join(f"{i} -> end " for i in range(50_000)) + "else -> end } } }\n", GOOD),
    "a chain of 50,000 constants compiles": (
        lambda: "".join(f"const c{i} = c{i + 1} + 1\n" for i in range(50_000)) +
        'const c50000 = 1\nflow f { node n { say "{c0}" -> end } }\n', GOOD),
    "a million words that mean nothing are refused": (lambda: flow("x " * MB), (1, "E0201")),
    "half a million signs that mean nothing are refused": (
        lambda: flow("%$ " * (MB // 2)), (1, "E0201")),
    "a line of 1 MB of no ASCII is refused": (lambda: flow("é $ " * 200_000), (1, "E0106")),
    "50,000 names that nobody declared are refused": (
        lambda: "flow f {\n" + "".join(f"node n{i} {{ -> m{i} }}\n" for i in range(50_000)) + "}\n",
        (1, "E0302")),
    "200,000 nodes of one name are refused": (
        lambda: "flow f {\n" + "node n { -> end }\n" * 200_000 + "}\n", (1, "E0309")),
    "a sum of 1 MB is refused": (lambda: flow(f"x = {'1 + ' * (MB // 4)}1 -> end"), (1, "E0202")),
    "a flow of 50,000 inputs is refused": (
        lambda: "flow f(" + ", ".join(f"v{i}: int" for i in range(50_000)) + ") { node n { -> end } }\n",
        (1, "E0202")),
    "a constant that doubles 40 times is refused": (
        lambda: 'const c0 = "0123456789"\n' + "".join(f"const c{i} = c{i - 1} + c{i - 1}\n"
                                              for i in range(1, 40)) + flow("say c39 -> end"),
        (1, "E0705")),
    "1 MB of zeros is refused": (lambda: "\0" * MB, (1, "E0106")),
    "zeros between the words are refused": (lambda: flow('say "a"\0 ' * 50_000), (1, "E0106")),
    "zeros in a text are refused": (lambda: flow(f'say "{chr(0) * MB}" -> end'), (1, "E0106")),
    "a pattern of 300,000 groups is refused": (
        lambda: flow(f"ask \"q\" as a match '{'(' * 300_000}{')' * 300_000}' ok -> end invalid -> end"),
        (1, "E0605")),
}
for what, (opening, closing) in {
        "parentheses": ("(", ")"), "lists": ("[", "]"), "objects": ("{ a: ", "}"),
        "texts": ('"{', '}"'), "calls": ("len(", ")"), "conditions": ("if true then ", " else 1"),
        "negations": ("not ", ""), "signs": ("- ", ""), "members": ("", ".a"),
        "indices": ("", "[0]")}.items():
    SOURCES[f"{what} nested 300,000 deep are refused"] = (partial(nested, opening, closing),
                                                         (1, "E0202"))
SOURCES["types nested 300,000 deep are refused"] = (
    lambda: f"type t {'{ a: ' * 300_000}int{'}' * 300_000}\n", (1, "E0202"))
SOURCES["nodes in nodes, 300,000 deep, are refused"] = (
    lambda: "flow f { " + "node n { " * 300_000 + "\n", (1, "E0201"))


def run(path):
    """Exit status, stderr, bytes of memory at most."""
    with open(path.with_suffix(".err"), "wb") as err:
        child = subprocess.Popen([FLOWC, "check", "--diagnostics=short", path], stderr=err,
                                 preexec_fn=lambda: signal.alarm(LIMIT_SECONDS))
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    text = path.with_suffix(".err").read_text(errors="replace")
    return child.returncode, text, used.ru_maxrss * 1024


def check(make, status, code):
    path = scratch() / "large.flow"
    path.write_text(make())
    got, text, memory = run(path)
    equal(got, status, f"exit status; it said\n{text[:1000]}")
    if code:
        true(f"[{code}]" in text.splitlines()[0], f"the first message is no {code}: {text[:300]}")
    size = path.stat().st_size
    most = MOST_BYTES + MOST_BYTES_EACH * size
    true(SANITIZED or memory <= most,
         f"{memory // MB} MB for a source of {size} bytes, where {most // MB} MB are enough")


for name, (source, (wanted, message)) in SOURCES.items():
    add(name, check, source, wanted, message)

main()
