#!/usr/bin/env python3
"""Every C file is laid out as .clang-format says; --write lays them out instead.

Other versions of clang-format lay out differently, so only VERSION counts. Files that a build
generates are left alone.
"""

import pathlib
import re
import shutil
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent / "lib")]

from places import SOURCE
from tap import add, main, skip, true

VERSION = 14
NAMES = (f"clang-format-{VERSION}", "clang-format")
FOLDERS = ("bench", "compiler", "grammar", "runtime", "tests")
GENERATED = {f"grammar/{name}" for name in ("parser.c", "parser.h", "lexer.c", "lexer.h")}


def find_formatter():
    """The path of clang-format in the version that counts, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            if re.search(rf"version {VERSION}\.", said):
                return path
    return None


def c_files():
    found = sorted(path for folder in FOLDERS for path in (SOURCE / folder).rglob("*.[ch]")
                   if str(path.relative_to(SOURCE)) not in GENERATED)
    true(len(found) > 100, f"only {len(found)} C files in {SOURCE}")
    return found


def check(formatter, path):
    if formatter is None:
        skip(f"clang-format {VERSION} is not installed")
    done = subprocess.run([formatter, "--dry-run", "--Werror", str(path)],
                          capture_output=True, text=True)
    true(done.returncode == 0, f"`make format` lays it out\n{done.stderr[:600]}")


formatter = find_formatter()

if sys.argv[1:] == ["--write"]:
    if formatter is None:
        sys.exit(f"make format needs clang-format {VERSION} (Debian 12: apt-get install clang-format)")
    subprocess.run([formatter, "-i", *map(str, c_files())], check=True)
    sys.exit(0)

for file in c_files():
    add(f"{file.relative_to(SOURCE)} is laid out as .clang-format says", check, formatter, file)

main()
