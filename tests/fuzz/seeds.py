#!/usr/bin/env python3
"""Writes what a fuzz target begins with into a folder: seeds.py TARGET FOLDER.

tests/fuzz/seeds/TARGET.txt holds an input per line, with the escapes of a Python bytes literal; lines
that begin with `#` are comments. What was found once, tests/fuzz/regressions/TARGET/, is added, and
for two targets what the project has anyway: sources, and their compiled images.
"""

import ast
import pathlib
import shutil
import subprocess
import sys
import tempfile

FUZZ = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FUZZ.parent / "lib")]

from places import FLOWC, SOURCE


def of_lines(target):
    path = FUZZ / "seeds" / f"{target}.txt"
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            yield ast.literal_eval("b'" + line.replace("'", "\\'") + "'")


def regressions(target):
    folder = FUZZ / "regressions" / target
    return [path.read_bytes() for path in sorted(folder.glob("*"))]


def sources():
    for folder in (SOURCE / "examples", SOURCE / "tests/compile"):
        yield from sorted(folder.glob("*.flow"))


def images():
    """Of the examples and of the seeds that compile, without their tests: small ones are fast."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shutil.copytree(SOURCE / "examples/lib", folder / "lib")
        shutil.copytree(SOURCE / "examples", folder / "examples")
        given = sorted(folder.glob("examples/*.flow"))
        for number, seed in enumerate(of_lines("compile")):
            given.append(folder / f"{number}.flow")
            given[-1].write_bytes(seed)
        for path in given:
            for options in ((), ("--strip",)):
                out = folder / "out.flowb"
                made = subprocess.run([FLOWC, *options, path, "-o", out],
                                      capture_output=True, check=False)
                if made.returncode == 0:
                    yield out.read_bytes()


def seeds(target):
    yield from of_lines(target)
    yield from regressions(target)
    if target == "compile":
        yield from (path.read_bytes() for path in sources())
    if target in ("image", "fields"):
        yield from images()


def write(target, folder):
    """How many there are."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    count = 0
    for seed in seeds(target):
        (folder / f"{count:04}").write_bytes(seed)
        count += 1
    return count


if __name__ == "__main__":
    if write(sys.argv[1], pathlib.Path(sys.argv[2])) == 0:
        sys.exit(f"seeds.py: there are no seeds for {sys.argv[1]}")
