#!/usr/bin/env python3
"""Every page of `flowc explain` tells the truth: what it calls wrong is refused for that very reason,
what it calls right compiles without a word, and what it says a built-in shows, that is what it says.
"""

import pathlib
import re
import sys
import textwrap

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

import flowtest
from tap import add, case, contains, equal, main, true

# What one file alone cannot show: bytes, invisible characters, limits, and other files.
WITHOUT_WRONG = ["E0101", "E0105", "E0202", "E0308", "E0313", "W0903"]
# What `check` does not mind.
OF_BUILD = ["E0314"]
CODE = re.compile(r"(?m)^  ([EW]\d{4})  ")
BUILTIN = re.compile(r"(?m)^  (\w+)\(")


def explain(*names):
    done = flowtest.flowc("explain", *names)
    equal((done.code, done.stderr), (0, ""), f"explain {names}")
    return done.stdout


def part(page, title):
    """What stands indented below `title:`, or None."""
    found = re.search(rf"(?m)^{title}:\n((?:    .*\n|\n)+)", page + "\n")
    return textwrap.dedent(found[1]).strip("\n") + "\n" if found else None


def check(source, command="check"):
    folder = flowtest.scratch()
    (folder / "page.flow").write_text(source)
    return flowtest.flowc(command, "--diagnostics=short", "page.flow", cwd=folder)


def codes(done):
    return sorted(set(re.findall(r"\[([EW]\d{4})\]", done.stderr)))


def right_compiles(source):
    done = check(source)
    equal((done.code, done.stderr), (0, ""), f"what the page calls right\n{source}\n")


def page_of_a_code(code):
    page = explain(code)
    true(page.startswith(f"{code}: "), f"the page begins with {page[:20]!r}")
    wrong = part(page, "wrong")
    example = part(page, "for example")
    equal(wrong is None, code in WITHOUT_WRONG, "whether the page has no wrong example")
    if wrong is None:
        true(example, "the page has an example")
        if "flow main" in example:
            right_compiles(example)
        return
    done = check(wrong, "build" if code in OF_BUILD else "check")
    equal(codes(done), [code], f"messages about what the page calls wrong\n{wrong}\n")
    right_compiles(part(page, "right"))


def page_of_a_builtin(name):
    page = explain(name)
    contains(page.splitlines()[0], f"{name}(", "the first line")
    wrong = part(page, "wrong")
    done = check(f"flow main {{ node n {{ {wrong} say \"{{x}}\" -> end }} }}\n")
    true(codes(done) and set(codes(done)) <= {"E0701", "E0703"}, f"{wrong} gives {done!r}")
    say, shows = part(page, "right").rstrip("\n").split("\n# says ", 1)
    run = flowtest.Flow(f"flow main {{ node n {{ {say} -> end }} }}\n").run()
    pattern = ".*".join(map(re.escape, shows.split("…")))
    true(run.code == 0 and re.fullmatch(pattern, run.stdout.removesuffix("\n"), re.S),
         f"{say} says {run!r}, the page promises {shows!r}")


@case("the list names codes and built-ins, each once, in order")
def _():
    listed = explain()
    equal(CODE.findall(listed), sorted(set(CODE.findall(listed))), "codes")
    equal(len(BUILTIN.findall(listed)), len(set(BUILTIN.findall(listed))), "built-ins")
    true(len(CODE.findall(listed)) > 40 and len(BUILTIN.findall(listed)) > 30, "there are too few")


@case("codes are found in small letters too, and a wrong name gets a suggestion")
def _():
    equal(explain("e0402"), explain("E0402"), "the page")
    done = flowtest.flowc("explain", "lenn")
    equal((done.code, done.stdout), (2, ""), "exit status and stdout")
    contains(done.stderr, "did you mean `len`?", "stderr")


LISTED = explain()
for code_name in CODE.findall(LISTED):
    add(f"the page of {code_name} tells the truth", page_of_a_code, code_name)
for builtin_name in BUILTIN.findall(LISTED):
    add(f"the page of {builtin_name} tells the truth", page_of_a_builtin, builtin_name)

main()
