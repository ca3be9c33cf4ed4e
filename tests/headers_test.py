#!/usr/bin/env python3
"""Each header compiles alone, and a second time after itself."""

import os
import pathlib
import shlex
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent / "lib")]

from places import BUILD, SOURCE
from tap import add, main, true

COMPILER = shlex.split(os.environ.get("CC") or "cc")
FLAGS = shlex.split(os.environ.get("FLOW_CPPFLAGS", "")) or ["-D_GNU_SOURCE",
                                                            "-I/usr/include/libxml2"]
PLACES = [f"-I{SOURCE}/runtime", f"-I{SOURCE}", f"-I{BUILD}"]
STRICT = ["-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-function"]


def check(header):
    text = f'#include "{header}"\n#include "{header}"\n'
    done = subprocess.run([*COMPILER, *STRICT, *PLACES, *FLAGS, "-fsyntax-only", "-xc", "-"],
                          input=text, capture_output=True, text=True)
    true(done.returncode == 0, done.stderr)


for folder in ("runtime", "compiler", "grammar", "tests/unit"):
    for path in sorted((SOURCE / folder).rglob("*.h")):
        if path.name not in ("parser.h", "lexer.h"):
            name = path.relative_to(SOURCE)
            add(f"{name} compiles alone", check, name)

main()
