#!/usr/bin/env python3
"""The include law: a module includes only what stands before it in tests/layers; and the law of names: what a
file exports begins with the name of its module.

A module is NAME.h with NAME.c and those NAME_*.[ch] that the list does not name themselves; a table,
NAME.def, is a module of its own.
The law is checked for each file; cycles of headers are looked for as well.
"""

import pathlib
import re
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent / "lib")]

from places import BUILD, SOURCE
from tap import add, case, equal, main, true

FOLDERS = {folder: f"runtime/{folder}" for folder in
           ("base", "regex", "formats", "program", "vm", "net", "engine", "sim", "store", "serve", "cli",
            "batch")} | \
          {folder: f"compiler/{folder}" for folder in
           ("syntax", "model", "contract", "check", "emit", "tools", "fmt", "import", "editor")} | \
          {"main": "runtime", "compiler": "compiler", "grammar": "grammar"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
GENERATED = {"config.h", "grammar/parser.h", "grammar/lexer.h"}


def read_list():
    """tests/layers as ({layer: layers it may use}, [module, …])."""
    layers, modules = {}, []
    for line in (SOURCE / "tests/layers").read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("layer "):
            name, _, uses = line.removeprefix("layer ").partition(":")
            layers[name.strip()] = {name.strip(), *uses.split()}
        elif line:
            modules.append(line)
    return layers, modules


LAYERS, MODULES = read_list()
ORDER = {module: number for number, module in enumerate(MODULES)}


def files():
    """{path in the way that an #include says it: file} of everything that has a place in the law."""
    found = {}
    for layer, folder in FOLDERS.items():
        for path in sorted((SOURCE / folder).glob("*.[chdly]*")):
            if path.suffix in (".c", ".h", ".def", ".l", ".y") and path.is_file():
                name = f"{layer}/{path.name}"
                if name not in ("grammar/parser.c", "grammar/lexer.c", *GENERATED):
                    found[name] = path
    return found


FILES = files()


def module_of(name):
    """The listed module whose name is the longest beginning: base/value_compare.c is of base/value."""
    if name.endswith(".def"):
        return name
    stem = whole = name.rpartition(".")[0]
    while stem not in ORDER:
        if "_" not in stem.partition("/")[2]:
            return whole
        stem = stem.rpartition("_")[0]
    return stem


def includes(path):
    return [name for name in INCLUDE.findall(path.read_text()) if name not in GENERATED]


def check_file(name, path):
    module = module_of(name)
    true(module in ORDER, f"{module} is not in tests/layers: give it its place there")
    wrong = []
    for included in includes(path):
        other = module_of(included)
        if other == module:
            continue
        if other not in ORDER:
            wrong.append(f'"{included}" is no module of tests/layers (write the path from the root)')
        elif ORDER[other] >= ORDER[module]:
            wrong.append(f'"{included}": {other} stands after {module}')
        elif other.partition("/")[0] not in LAYERS[module.partition("/")[0]]:
            wrong.append(f'"{included}": the layer may not use that one')
    equal("\n".join(wrong), "", f"includes of {name}")


@case("the list names what there is, once each")
def _():
    there = {module_of(name) for name in FILES}
    equal([m for m in MODULES if m not in there], [], "listed, but not in the tree")
    equal(len(MODULES), len(ORDER), "modules, and different ones")
    equal({m.partition("/")[0] for m in MODULES} - set(LAYERS), set(), "modules without a layer")


@case("no header includes itself by way of others")
def _():
    graph = {name: [i for i in includes(path) if i in FILES] for name, path in FILES.items()}
    done = set()

    def visit(name, way):
        if name in way:
            true(False, "cycle: " + " -> ".join(way[way.index(name):] + [name]))
        if name not in done:
            for other in graph[name]:
                visit(other, way + [name])
            done.add(name)

    for name in graph:
        visit(name, [])


@case("nothing includes what the grammar generates but the grammar")
def _():
    wrong = [name for name, path in FILES.items() if not name.startswith("grammar/")
             and re.search(r'#\s*include\s+"([^"]*/)?(parser|lexer)\.h"', path.read_text())]
    equal(wrong, [], "files that include generated headers")


MOST_FILES = 45  # in a folder; a larger one should be split
# Functions whose names others give.
GIVEN_NAMES = {"main", "getaddrinfo"}


@case(f"no folder holds more than {MOST_FILES} files")
def _():
    counts = {folder: len([path for path in (SOURCE / folder).iterdir() if path.is_file()])
              for folder in FOLDERS.values() if (SOURCE / folder).is_dir()}
    equal({folder: count for folder, count in counts.items() if count > MOST_FILES}, {}, "folders")


def exports(path):
    """The functions that a C file defines for others, from its object in the build."""
    folder, stem = BUILD / path.parent.relative_to(SOURCE), path.stem
    objects = [folder / f"{stem}.o", *folder.glob(f"lib*_a-{stem}.o")]
    found = [path for path in objects if path.is_file()]
    true(found, f"no object of {path} in {BUILD}")
    newest = max(found, key=lambda path: path.stat().st_mtime)
    said = subprocess.run(["nm", "-g", "--defined-only", newest], capture_output=True, text=True, check=True).stdout
    return [line.split()[2] for line in said.splitlines() if line.split()[1] == "T"]


def prefixes(name):
    """What names of a file may begin with: its own name, its module's, and those of modules that its name begins
    with; also in the singular, in the plural and as the agent: diag, diags, checker."""
    layer, _, file = name.rpartition(".")[0].partition("/")
    words = file.split("_")
    names = {file, module_of(name).partition("/")[2]}
    names |= {"_".join(words[:i]) for i in range(1, len(words)) if f"{layer}/{'_'.join(words[:i])}" in ORDER}
    return {prefix for one in names for prefix in (one, one.removesuffix("s"), f"{one}s", f"{one}er",
                                                   f"{one.removesuffix('e')}er", f"{one}r")}


def check_exports(name, path):
    mine = prefixes(name)
    equal([function for function in exports(path) if function not in GIVEN_NAMES and
           not any(function == prefix or function.startswith(f"{prefix}_") for prefix in mine)], [],
          f"exported functions that do not begin with the name of their module, {module_of(name)}")


for file_name, file_path in FILES.items():
    if file_path.suffix == ".c":
        add(f"{file_name} exports only names of its module", check_exports, file_name, file_path)
for file_name, file_path in FILES.items():
    add(f"{file_name} includes only what stands before it", check_file, file_name, file_path)

main()
