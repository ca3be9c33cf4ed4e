#!/usr/bin/env python3
"""What the fuzzers begin with and what they once found goes through each target, without libFuzzer.

A target ends by a signal where something does not hold; see tests/fuzz/README.md.
"""

import pathlib
import re
import sys

FUZZ = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FUZZ.parent / "lib"), str(FUZZ)]

import seeds
from flowtest import Flow, execute, scratch
from places import BUILD, FLOWC, SOURCE, is_sanitized
from tap import add, case, contains, equal, main, true

TARGETS = sorted(path.stem for path in (FUZZ / "targets").glob("*.c"))
# A build with sanitizers, or one that counts lines, takes some of the lengths: it is several times slower.
SLOW = is_sanitized() or "--coverage" in (BUILD / "Makefile").read_text()
STEP = 41 if SLOW else 1
CPU_SECONDS = 300 if SLOW else 60


def replay(target, *words):
    """How many inputs there were."""
    done = execute(BUILD / "tests/fuzz/targets" / target, *words, env={"FLOW_SOURCE": SOURCE}, cpu_seconds=CPU_SECONDS)
    equal(done.code, 0, f"exit status of {target}, {done.stderr[-4000:]}")
    return int(re.fullmatch(r"(\d+) inputs\n", done.stdout)[1])


def corpus(target):
    folder = scratch() / target
    count = seeds.write(target, folder)
    true(count > 0, f"{target} has no seeds")
    equal(replay(target, folder), count, "inputs")


def prefixes(path):
    lengths = len(range(0, path.stat().st_size, STEP)) + 1
    equal(replay("compile", "--prefixes", STEP, path), lengths, "inputs")


FOLDERS = SOURCE / "examples", SOURCE / "tests/compile"
ALL = sorted((path for folder in FOLDERS for path in folder.glob("*.flow")), key=lambda path: (path.stat().st_size, path))
PARTS = 40


def words(sources):
    count = replay("compile", "--words", STEP, *sources)
    true(count > 100 / STEP, f"only {count} sources")
    print(f"# {count} sources")


@case("every folder of finds, every dictionary and every file of seeds is a target's")
def _():
    for folder in ("regressions", "dictionaries", "seeds"):
        names = {path.stem for path in (FUZZ / folder).iterdir()}
        equal(sorted(names - set(TARGETS)), [], folder)


# What was found by changing bytecode, and what it comes to now: it is proved to be sound, or it is
# refused. Where the format has changed so that this does not hold, the files are to be converted, or
# they test nothing any more.
FORMAT = Flow("flow f { node n { -> end } }\n").image.read_bytes()[8]
SOUND = None
FINDS = {"a_text_doubled_by_a_sum": SOUND, "choices_that_hold_themselves": SOUND,
         "moves_with_thousands_of_slots": SOUND,
         "an_item_in_the_place_of_its_position": "an operand of `item` is out of range (instruction 39)",
         "the_time_in_the_set_up_of_an_endpoint": "`builtin` may not stand in this function (instruction 22)"}


@case("what was found in bytecode still comes to what it came to")
def _():
    folder = FUZZ / "regressions/image"
    equal(sorted(path.name for path in folder.iterdir()), sorted(FINDS), "finds")
    for name, refusal in FINDS.items():
        data = (folder / name).read_bytes()
        copy = scratch() / name
        copy.write_bytes(data[:8] + bytes([FORMAT]) + data[9:])
        done = execute(FLOWC, "disasm", copy)
        equal(done.code, 0 if refusal is SOUND else 2, f"exit status of {name}, {done.stderr}")
        contains(done.stderr, refusal or "", name)


for name in TARGETS:
    add(f"{name}: all seeds and all finds hold", corpus, name)
for source in sorted((SOURCE / "examples").rglob("*.flow")):
    add(f"{source.name}: every beginning of it compiles or is refused in good order", prefixes,
        source)
for part in range(PARTS):
    add(f"a word of an example or a test is left out, doubled, moved or exchanged ({part + 1} of {PARTS}): it compiles or is "
        "refused in good order", words, ALL[part::PARTS])

main()
