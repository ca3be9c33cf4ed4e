#!/usr/bin/env python3
"""docs/security.md names what shows its promises: all of that exists, and runs."""

import pathlib
import re
import shlex
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, flowrun
from places import SOURCE
from tap import case, contains, equal, main, true

PAGE = (SOURCE / "docs/security.md").read_text()
MAKE = (SOURCE / "Makefile.am").read_text()
FILES = sorted(set(re.findall(r"`(tests/[\w/]+_test\.(?:py|c))`", PAGE)))
# A row of a table, or a sentence, names a file and then cases of it.
NAMED = re.findall(r"`(tests/[\w/]+_test\.(?:py|c))`[^|`*]*: (\*[^*]+\*(?:, \*[^*]+\*)*)", PAGE)


def cases(names):
    return re.findall(r"\*([^*]+)\*", names)


@case("every file that is named is a test that `make check` runs")
def _():
    true(len(FILES) > 15, f"only {FILES}")
    listed = [name for name in FILES if name.removesuffix(".c") not in MAKE.split()]
    equal([name for name in FILES if not (SOURCE / name).is_file()] + listed, [], "files")


@case("every case that is named is one of its file")
def _():
    true(len(NAMED) > 10, f"only {NAMED}")
    missing = [(file, name) for file, names in NAMED for name in cases(names)
               if name not in (SOURCE / file).read_text()]
    equal(missing, [], "cases")


@case("every case of the bounds is one of theirs")
def _():
    table = PAGE.split("## What it may take")[1].split("## Values")[0]
    bounds = (SOURCE / "tests/run/bounds_test.py").read_text()
    named = cases(table)
    true(len(named) > 10, f"only {named}")
    equal([name for name in named if f'"{name}"' not in bounds], [], "cases")


@case("every option that is named is one")
def _():
    usage = flowrun("--help").stdout
    for option in set(re.findall(r"--(?:max|allow|deny|output|report|record|har|junit|coverage)[a-z-]*", PAGE)):
        contains(usage, option + " ", "flowrun --help")


@case("every bound that can be set is on the page")
def _():
    # --max-failures bounds no run, but how many of them a batch begins.
    options = set(re.findall(r"--max-[a-z]+", flowrun("--help").stdout)) - {"--max-failures"}
    true(len(options) == 8, options)
    equal(sorted(option for option in options if f"`{option}`" not in PAGE), [], "options")


@case("the command line of the page is one")
def _():
    words = shlex.split(re.search(r"(?m)^    env -i((?:.*\\\n)*.*)", PAGE)[1].replace("\\\n", " "))
    equal(words[2], "flowrun", "the command")
    plain = Flow("flow f() { node n { say \"fine\" -> end } }")
    run = flowrun(*words[3:-1], plain.image)
    equal((run.code, run.stdout, run.stderr), (0, "fine\n", ""), words)


@case("every target of make that is named is one")
def _():
    targets = set(re.findall(r"`make (\w+)`", PAGE)) - {"check"}
    true(targets, "none is named")
    equal([target for target in targets if not re.search(rf"(?m)^{target}:", MAKE)], [], "targets")


@case("every target of the fuzzers that is named is one")
def _():
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"\(targets? ([^)]*)\)", PAGE))))
    true(len(named) > 5, f"only {named}")
    equal([name for name in named if not (SOURCE / f"tests/fuzz/targets/{name}.c").is_file()], [], "targets")


main()
