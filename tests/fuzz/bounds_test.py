#!/usr/bin/env python3
"""Forged bytecode crashes nothing: with a right checksum, each field of each table, each operand and
each number of the file at its bounds is refused with a reason, or is run to some end.

What is accepted runs in the simulated world, and in a real loop that may only connect to a port of
127.0.0.1 that nobody listens at.
"""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, execute
from places import BUILD, SOURCE, is_sanitized
from tap import add, equal, main, true

# Of instructions and bytes every so many-th, and of rows more or fewer: larger images take longer.
STEPS = {"hello": 5, "returns": 23, "support": 23, "payment": 47}
SLOWER = 8 if is_sanitized() or "--coverage" in (BUILD / "Makefile").read_text() else 1


def forge(example):
    done = execute(BUILD / "tests/fuzz/image_bounds", STEPS[example.stem] * SLOWER, Flow(example).image)
    equal(done.code, 0, f"exit status of image_bounds; {done!r}")
    tallies = {what: (int(refused), int(accepted)) for what, refused, accepted in
               re.findall(r"(?m)^(.+): (\d+) refused, (\d+) accepted$", done.stdout)}
    equal(tallies["whole"], (0, 1), "the whole image")
    for what, (refused, accepted) in tallies.items():
        true(what == "whole" or (refused > 0 and accepted > 0), f"{what}: {refused} refused, {accepted} accepted")
    true(sum(tallies["fields at their bounds"]) > 500, f"only {tallies}")
    print(f"# {tallies}")


for path in sorted((SOURCE / "examples").glob("*.flow")):
    add(f"{path.name}: every field at its bounds is refused or sound", forge, path)

main()
