#!/usr/bin/env python3
"""Makefile.am names every source and every test of the tree, and only what is there.

A file that is not named is not in the release; a test that is not named does not run.
"""

import pathlib
import re
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent / "lib")]

from places import SOURCE
from tap import case, equal, main, true

GENERATED = {f"grammar/{name}" for name in ("parser.c", "parser.h", "lexer.c", "lexer.h")}
MAKEFILE = (SOURCE / "Makefile.am").read_text()
WORDS = set(MAKEFILE.replace("\\\n", " ").split())


def tree(folder, *patterns):
    found = {str(path.relative_to(SOURCE)) for pattern in patterns
             for path in (SOURCE / folder).rglob(pattern)}
    true(found, f"nothing like {patterns} in {folder}")
    return found - GENERATED


@case("every source is listed")
def _():
    sources = tree("runtime", "*.[ch]", "*.def") | tree("compiler", "*.[ch]", "*.def") | \
        tree("grammar", "*.[ly]")
    equal(sorted(sources - WORDS), [], "sources that Makefile.am does not name")


@case("every unit test is listed")
def _():
    tests = {name.removesuffix(".c") for name in tree("tests/unit", "*_test.c")}
    equal(sorted(tests - WORDS), [], "unit tests that Makefile.am does not name")


@case("every test script is listed")
def _():
    equal(sorted(tree("tests", "*_test.py") - WORDS), [], "scripts that Makefile.am does not name")


@case("what people read is installed: manuals, pages, examples")
def _():
    shown = tree("docs", "*.1", "*.md") | tree("examples", "*.flow", "*.py", "*.md")
    shown -= {"docs/pictures/README.md"}
    equal(sorted(shown - WORDS), [], "pages and examples that Makefile.am does not install")


@case("what is listed is there")
def _():
    named = {word for word in WORDS if re.fullmatch(r"[a-z]+/[a-z/_]+\.(c|h|def|py|l|y|md|flow|1)", word)}
    gone = {name for name in named - GENERATED if not (SOURCE / name).is_file()}
    equal(sorted(gone), [], "names in Makefile.am without a file")


main()
