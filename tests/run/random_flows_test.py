#!/usr/bin/env python3
"""Random programs compile, are verified, and take the way that a model in Python takes.

Each program is drawn from a seed and has some runs as tests, with the replies and the answers of the
simulated world and the value that the model ends with, which holds the whole way. FLOW_RANDOM=2000
draws so many programs in place of these few, FLOW_SEED=N begins with another seed:

    FLOW_RANDOM=1 FLOW_SEED=1234 tests/run/random_flows_test.py

prints the program of a seed that failed.
"""

import os
import pathlib
import random
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import flowc, flowrun, scratch
from places import is_sanitized
from random_flows import Program
from random_nodes import all_kinds, calls_only
from tap import Failed, add, equal, main

FEW = 20 if is_sanitized() else 100
COUNT = int(os.environ.get("FLOW_RANDOM") or FEW)
FIRST = int(os.environ.get("FLOW_SEED") or 0)


def draw(seed, kinds, flows):
    """A program of at least one test; a program whose runs are all too long is drawn again."""
    drawn = random.Random(seed)
    while True:
        program = Program(drawn, kinds, flows)
        for _ in range(6 if flows > 1 else 20):
            program.add_test()
        if program.tests:
            return program.text


def compiled(seed, text):
    """The folder where it is compiled as r.flowb."""
    folder = scratch()
    (folder / "r.flow").write_text(text)
    done = flowc("r.flow", "--diagnostics=short", cwd=folder)
    if done.code != 0:
        wrong = [line for line in done.stderr.splitlines() if "warning[" not in line]
        raise Failed("\n".join([f"seed {seed} does not compile: {done.code}", *wrong, shown(text)]))
    return folder


def shown(text):
    return text if COUNT == 1 else ""


def takes_its_way(seed, kinds, flows):
    text = draw(seed, kinds, flows)
    done = flowrun("test", "r.flowb", cwd=compiled(seed, text))
    if done.code != 0:
        raise Failed(f"seed {seed}: {done}\n{shown(text)}")


def take_their_ways(seeds, kinds, flows):
    for seed in seeds:
        takes_its_way(seed, kinds, flows)


def are_covered(seeds):
    """Tests that flowrun proposes for outcomes that no test takes compile and pass."""
    for seed in seeds:
        text = draw(seed, all_kinds, 4)
        proposed = flowrun("test", "--generate", "r.flowb", cwd=compiled(seed, text)).stdout
        done = flowrun("test", "r.flowb", cwd=compiled(seed, text + proposed))
        equal(done.code, 0, f"seed {seed}: {done}\n{shown(proposed)}")


def groups(count):
    """Seeds in groups, so that a message says where it went wrong."""
    last = FIRST + count
    return [range(at, min(at + 50, last)) for at in range(FIRST, last, 50)]


for seeds in groups(COUNT):
    name = f"seeds {seeds.start} to {seeds.stop - 1}"
    add(f"flows of all kinds of nodes take their ways: {name}", take_their_ways, seeds, all_kinds, 4)
    add(f"random arms of calls take their ways: {name}", take_their_ways, seeds, calls_only, 1)
for seeds in groups(max(COUNT // 30, 1)):
    add(f"tests proposed for random flows pass: seeds {seeds.start} to {seeds.stop - 1}",
        are_covered, seeds)

main()
