#!/usr/bin/env python3
"""Sources that no person writes: deep, long, broken, of a million nodes.

flowc says in good order what it thinks of them, within the limit of time that every run of a program
has here (a time that grew with the square of the size would be far over it), and with memory that the
size explains. A build with sanitizers is several times slower: it is given a tenth of it all, and its
memory is not looked at.
"""

import os
import pathlib
import resource
import signal
import subprocess
import sys
from functools import partial

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

from flowtest import LIMIT_SECONDS, scratch
from places import FLOWC, is_sanitized
from tap import add, equal, main, true

SANITIZED = is_sanitized()
LESS = 10 if SANITIZED else 1
MILLION = 1_000_000 // LESS
MANY = MILLION // 5
DEEP = MILLION // 4

# What a process takes anyway, a constant of 16 MiB with it; then, for each byte of the source:
MOST_BYTES, MOST_BYTES_EACH = 80 << 20, 130

# strict_string_checks measures the whole source at each call of a function of strings: a time that
# grows with the square of the size, and is not ours.
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "detect_stack_use_after_return=1"}


def flow(body):
    return f"flow f {{ node n {{ {body} }} }}\n"


def chain(count, between):
    nodes = between.join(f"node n{i} {{ -> n{i + 1} }}" for i in range(count))
    return f"flow f {{ {nodes} node n{count} {{ -> end }} }}\n"


def nested(opening, closing):
    return flow(f"x = {opening * DEEP}1{closing * DEEP} -> end x")


def every(text, count=MANY // 4, first=0):
    """The text so often, with the number for each # and the next one for each @."""
    return "".join(text.replace("#", str(i)).replace("@", str(i + 1))
                   for i in range(first, first + count))


def parallel(count):
    """A node of so many branches."""
    branches = every("b#: call g() ", count)
    return (f"flow f {{ node n {{ parallel {{ {branches} }} ok -> end fail -> end }} }}\n"
            "flow g { node n { -> end } }\n")


def variables(count, nodes):
    """A flow of so many variables, and so many nodes."""
    names = every("var v# = 0\n", count)
    return "flow f {\n" + names + every("node n# { if v# == 0 -> end else -> n@ }\n", nodes) + \
        f"node n{nodes} {{ -> end }} }}\n"


def configs(count):
    """So many configs, the last of which is read."""
    return every("config _c#: int = 1\n", count) + flow(f'say "{{_c{count - 1}}}" -> end')


# The claim: what makes the source, for together they are large.
GOOD = {
    "a million nodes compile": lambda: chain(MILLION, "\n"),
    "a line of 4 MB that is a chain of nodes compiles": lambda: chain(MILLION // 6, " "),
    "200,000 flows compile": lambda: every("flow f# { node n { -> end } }\n", MANY),
    "50,000 flows that call one another compile": lambda:
        every("flow f# { node n { call f@() ok -> end fail -> end } }\n") +
        every("flow f# { node n { -> end } }\n", 1, MANY // 4),
    "a switch of 50,000 cases compiles": lambda:
        "flow f(x: int) { node n { switch x { " + every("# -> end ") + "else -> end } } }\n",
    "a chain of 50,000 constants compiles": lambda:
        every("const c# = c@ + 1\n") + every("const c# = 1\n", 1, MANY // 4) +
        flow('say "{c0}" -> end'),
    "a text of 1 MB on one line compiles": lambda: flow(f'say "{"x" * MILLION}" -> end'),
    "a comment of 1 MB on one line compiles": lambda: "#" * MILLION + "\n" + flow("-> end"),
    "a parallel of 249 branches compiles": lambda: parallel(249),
    "60,000 variables and as many nodes compile": lambda: variables(60_000 // LESS, 60_000 // LESS),
    "65,536 configs that are read compile": lambda: configs(65_536),
    "a name of 1 MB compiles": lambda: f"flow f {{ node {'x' * MILLION} {{ -> end }} }}\n",
}

# The claim: the code of the first message, and what makes the source.
BAD = {
    "a million words that mean nothing are refused": ("E0201", lambda: flow("x " * MILLION)),
    "half a million signs that mean nothing are refused": ("E0201", lambda: flow("%$ " * MANY)),
    "a line of 1 MB that is not ASCII is refused": ("E0106", lambda: flow("é $ " * MANY)),
    "50,000 names that nobody declared are refused": (
        "E0302", lambda: "flow f {\n" + every("node n# { -> m# }\n") + "}\n"),
    "200,000 nodes of one name are refused": (
        "E0309", lambda: "flow f {\n" + "node n { -> end }\n" * MANY + "}\n"),
    "a sum of 1 MB is refused": ("E0202", lambda: flow(f"x = {'1 + ' * DEEP}1 -> end")),
    "a flow of 70,000 inputs is refused": (
        "E0202", lambda: "flow f(" + every("v#: int, ", 70_000) + "v: int) { node n { -> end } }\n"),
    "a parallel of 250 branches is refused": ("E0202", lambda: parallel(250)),
    "the 65,537th config cannot be read": ("E0202", lambda: configs(65_537)),
    "a constant that doubles 40 times is refused": (
        "E0705", lambda: 'const c0 = "0123456789"\n' + every("const c@ = c# + c#\n", 40) +
        flow("say c40 -> end")),
    "1 MB of zeros is refused": ("E0106", lambda: "\0" * MILLION),
    "zeros between the words are refused": ("E0106", lambda: flow('say "a"\0 ' * MANY)),
    "zeros in a text are refused": ("E0106", lambda: flow(f'say "{chr(0) * MILLION}" -> end')),
    "signs of conditions and negations of numbers in turn, 180 deep, are refused": (
        "E0701", lambda: f"const c = {'not -' * 90}true\n"),
    "a pattern of 250,000 groups is refused": (
        "E0605", lambda: flow(f"ask \"q\" as a match '{'(' * DEEP}{')' * DEEP}' "
                              "ok -> end invalid -> end")),
    "types nested 250,000 deep are refused": (
        "E0202", lambda: f"type t {'{ a: ' * DEEP}int{'}' * DEEP}\n"),
    "nodes in nodes, 250,000 deep, are refused": (
        "E0201", lambda: "flow f { " + "node n { " * DEEP + "\n"),
}
NESTED = {
    "parentheses": ("(", ")"), "lists": ("[", "]"), "objects": ("{ a: ", "}"), "texts": ('"{', '}"'),
    "calls": ("len(", ")"), "conditions": ("if true then ", " else 1"), "negations": ("not ", ""),
    "signs": ("- ", ""), "members": ("", ".a"), "indices": ("", "[0]"),
}


CALL = "node n# { GET e \"/\" 200 { VARIABLE = 1 } -> m# other, error, timeout, max-connection -> n@ }\n"
READ = "node m# { log \"{VARIABLE}\" -> n@ }\n"


def calls(variable, count=50_000 // LESS):
    """A flow of so many calls; each sets a variable of that name, which the next node reads."""
    nodes = every((CALL + READ).replace("VARIABLE", variable), count)
    return ('endpoint e { url "http://127.0.0.1:9" }\nflow f {\n' + nodes +
            f'node n{count} {{ log "done" -> end }}\n}}\n')


def guards(nodes, count=100_000 // LESS):
    """So many guarded arms, in so many calls."""
    arms = every("200 when x == # -> z\n", count // nodes)
    call = 'GET e "/"\n' + arms + "200, other, error, timeout, max-connection -> n@\n"
    return ('endpoint e { url "http://127.0.0.1:9" }\nflow f(x: int) {\n' +
            "".join(f"node n{i} {{ {call.replace('@', str(i + 1))} }}\n" for i in range(nodes)) +
            f"node n{nodes} {{ -> z }}\nnode z {{ -> end }}\n}}\n")


# Two sources of the same length. The claim: what makes the one whose time could grow with the square of
# its length, what makes the one whose time cannot, and how many times as long the first may take.
ALIKE = {
    "50,000 calls with a variable each take as long as with one variable":
        (lambda: calls("v#"), lambda: calls("v0"), 3),
    "100,000 guarded arms of one call take as long as those of 20 calls":
        (lambda: guards(1), lambda: guards(20), 3),
}


def run(path):
    """Exit status, what it said, bytes of memory at most."""
    said = path.with_suffix(".said")
    with open(said, "wb") as out:
        child = subprocess.Popen([FLOWC, "check", "--diagnostics=short", path], stderr=out,
                                 env=ENVIRONMENT, preexec_fn=lambda: signal.alarm(LIMIT_SECONDS))
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, said.read_text(errors="replace"), used.ru_maxrss * 1024


def check(make, code=None):
    path = scratch() / "large.flow"
    path.write_text(make())
    status, said, memory = run(path)
    equal(status, 1 if code else 0, f"exit status; it said\n{said[:1000]}")
    true(not code or f"[{code}]" in said.splitlines()[0], f"the first is no {code}: {said[:300]}")
    size = path.stat().st_size
    most = MOST_BYTES + MOST_BYTES_EACH * size
    true(SANITIZED or memory <= most, f"{memory} bytes of memory for {size} bytes of source")
    path.unlink()


def check_memory_of_nodes():
    """Plain nodes: their source, their tree, their rows of the image and what the checks keep."""
    path = scratch() / "nodes.flow"
    path.write_text(chain(MILLION, "\n"))
    status, said, memory = run(path)
    equal(status, 0, f"exit status; it said\n{said[:1000]}")
    true(SANITIZED or memory <= 440 * MILLION, f"{memory / MILLION:.0f} bytes for each node")
    path.unlink()


def seconds_of(text):
    """The CPU time of one check, which finds nothing wrong."""
    path = scratch() / "alike.flow"
    path.write_text(text)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    status, said, _ = run(path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    equal(status, 0, f"exit status; it said\n{said[:1000]}")
    path.unlink()
    return after.ru_utime - before.ru_utime


def compare(make, make_plain, times):
    plain = min(seconds_of(make_plain()) for _ in range(2))
    got = min(seconds_of(make()) for _ in range(2))
    true(got <= times * plain, f"{got:.2f} s of CPU, the plain one {plain:.2f} s")


for claim, source in GOOD.items():
    add(claim, check, source)
add("a million nodes take 440 bytes of memory each at most", check_memory_of_nodes)
for claim, (source, plain_source, times_at_most) in ALIKE.items():
    add(claim, compare, source, plain_source, times_at_most)
for claim, (wanted, source) in BAD.items():
    add(claim, check, source, wanted)
for claim, (opening_sign, closing_sign) in NESTED.items():
    add(f"{claim} nested 250,000 deep are refused", check,
        partial(nested, opening_sign, closing_sign), "E0202")

main()
