#!/usr/bin/env python3
"""Prints what `make coverage` found: coverage.py FILE.info SOURCE MIN-LINES MIN-BRANCHES"""

import collections
import os
import sys


def read(path, source):
    """By file: lines found and run, branches found and taken, and the lines never run."""
    files = collections.OrderedDict()
    with open(path) as lines:
        for line in lines:
            key, _, rest = line.strip().partition(":")
            if key == "SF":
                name = os.path.relpath(rest, source)
                now = files.setdefault(name, {"lines": {}, "branches": {}})
            elif key == "DA":
                number, count = rest.split(",")[:2]
                now["lines"][int(number)] = now["lines"].get(int(number), 0) + int(count)
            elif key == "BRDA":
                number, block, branch, taken = rest.split(",")
                at = (int(number), block, branch)
                now["branches"][at] = now["branches"].get(at, 0) + (0 if taken == "-" else int(taken))
    return files


def counts(files):
    found = [sum(len(f[kind]) for f in files) for kind in ("lines", "branches")]
    hit = [sum(1 for f in files for n in f[kind].values() if n) for kind in ("lines", "branches")]
    return found, hit


def percent(hit, found):
    return 100 * hit / found if found else 100.0


def row(name, files):
    found, hit = counts(files)
    print(f"{name:34} {percent(hit[0], found[0]):6.1f} % of {found[0]:6} lines "
          f"{percent(hit[1], found[1]):6.1f} % of {found[1]:6} branches")


def ranges(numbers):
    """[1, 2, 3, 7] as 1-3 7"""
    out = []
    for n in sorted(numbers):
        if out and n == out[-1][1] + 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def main():
    path, source, min_lines, min_branches = sys.argv[1:]
    files = read(path, source)
    folders = collections.defaultdict(list)
    for name, f in files.items():
        folders[os.path.dirname(name)].append(f)
    for name, f in files.items():
        missed = [n for n, count in f["lines"].items() if not count]
        if missed:
            print(f"{name}: not run: {ranges(missed)}")
    print()
    for folder in sorted(folders):
        row(folder, folders[folder])
    row("all", list(files.values()))
    found, hit = counts(files.values())
    good = (percent(hit[0], found[0]) >= float(min_lines) and
            percent(hit[1], found[1]) >= float(min_branches))
    print(f"at least {min_lines} % of lines and {min_branches} % of branches: {'yes' if good else 'NO'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
