#!/usr/bin/env python3
"""Every code block of the documentation compiles, and runs where it can.

The blocks of a page (README.md, docs/*.md, examples/shop/README.md) are told apart by the words after
their fence:

    ```flow              a whole file: it compiles without an error
    ```flow NAME.flow    the same, kept under this name for the console blocks of the page
    ```flow part         declarations and nodes out of some file: see `whole` below
    ```flow E0402        it is refused, with this code among its messages
    ```console           `$ command` and what it prints. Lines with flowc and flowrun are run, with
                         the demo shop of examples/ at SHOP, and compared; `...` stands for any text
    other or none        not looked at

A page with flow code in a block that is not marked fails: every fence that opens has a word.
"""

import pathlib
import re
import shlex
import shutil
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

import flowtest
from places import FLOWC, FLOWRUN, SOURCE
from shop import running_shop
from tap import add, case, contains, equal, main, true

FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.M | re.S)
CODE = re.compile(r"[EW]0\d{3}")
PAGES = [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md")),
         SOURCE / "examples/shop/README.md"]


def blocks(page):
    """(line, words of the fence, text) of each block."""
    text = page.read_text()
    for found in FENCE.finditer(text):
        indent = len(found[1])
        lines = [line[indent:] for line in found[3].splitlines()]
        yield text[:found.start()].count("\n") + 1, found[2].split(), "\n".join(lines) + "\n"


def whole(part):
    """A file around nodes and declarations: an endpoint `shop` and a flow that has these nodes."""
    nodes = re.search(r"(?m)^node ", part)
    outside, inside = (part[:nodes.start()], part[nodes.start():]) if nodes else (part, "")
    wanted = set(re.findall(r"(?:->|else) ([a-z_]\w*)", inside)) - {"end", "fail", "flow"}
    missing = wanted - set(re.findall(r"(?m)^node (\w+)", inside))
    if not re.search(r"(?m)^endpoint shop\b", outside):
        outside += 'endpoint shop { url "http://127.0.0.1:9" }\n'
    if not inside and re.search(r"(?m)^flow ", outside):
        return outside
    ends = "".join(f"node {name} {{ -> end }}\n" for name in sorted(missing))
    return f"{outside}flow part() {{\n{inside}{ends or 'node last { -> end }' * (not inside)}}}\n"


def compiled(name, text, code, folder):
    (folder / name).write_text(text)
    done = flowtest.flowc("check", name, cwd=folder)
    if code:
        contains(done.stderr, f"[{code}]", "messages")
    else:
        equal(done.code, 0, f"exit status; {done.stderr}source\n{text}")


def console(text, folder, shop):
    """Runs the commands of a console block and compares what they print."""
    for command, _, wanted, *_ in re.findall(r"(?m)^\$ (.*(\\\n.*)*)\n((?:(?!\$ ).*\n)*)", text):
        if not re.search(r"\b(flowc|flowrun)\b", command):
            continue
        line = f'flowc() {{ {shlex.quote(str(FLOWC))} "$@"; }}\n' \
               f'flowrun() {{ {shlex.quote(str(FLOWRUN))} "$@"; }}\n{command}\n'
        done = flowtest.execute("sh", "-c", line, cwd=folder, env={"SHOP": shop.url})
        pattern = ".*".join(map(re.escape, wanted.replace(shop.url, "$SHOP").split("...")))
        got = (done.stdout + done.stderr).replace(shop.url, "$SHOP")
        true(re.fullmatch(pattern, got, re.S), f"$ {command}\ngot\n{got}\nwanted\n{wanted}")


def check_page(page):
    folder = flowtest.scratch()
    for example in (SOURCE / "examples").rglob("*.flow"):
        copy = folder / example.relative_to(SOURCE / "examples")
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(example.read_text())
    for line, words, text in blocks(page):
        kind, *rest = words or ["none"]
        try:
            if kind == "flow":
                name = next((word for word in rest if word.endswith(".flow")), "block.flow")
                code = next((word for word in rest if CODE.fullmatch(word)), None)
                compiled(name, whole(text) if "part" in rest else text, code, folder)
            elif kind == "console":
                with running_shop() as shop:
                    console(text, folder, shop)
        except Exception as why:
            raise type(why)(f"{page.name}:{line}: {why}") from None


@case("there are pages, and flow code in them")
def _():
    kinds = {words[0] for page in PAGES for _, words, _ in blocks(page) if words}
    true("flow" in kinds, f"no page of {[page.name for page in PAGES]} has a block of flow code")


@case("every block of code says what it is")
def _():
    bare = [f"{page.name}:{line}" for page in PAGES for line, words, text in blocks(page)
            if not words and re.search(r"(?m)^ *(node|flow|endpoint) \w+.*\{", text)]
    equal(bare, [], "blocks with flow code, without the word `flow` after the fence")


@case("the tables of the pages are those of the program")
def _():
    done = flowtest.execute(sys.executable, str(SOURCE / "docs/tables.py"), "--check")
    equal((done.code, done.stderr), (0, ""), "docs/tables.py --check")


def option_rows(program):
    """The names of the options of a program, each with the commands of all its rows."""
    rows = {}
    table = (SOURCE / "runtime/base/options.def").read_text()
    for commands, name in re.findall(rf'{program.upper()}_OPTION\(([A-Z_| ]+), "([a-zA-Z-]+)"', table):
        rows[name] = rows.get(name, set()) | set(re.findall(r"IN_([A-Z]+)", commands))
    return rows


def manual_options(program):
    """The options that a manual page describes, each with the title of its section."""
    section, found = None, {}
    lines = (SOURCE / f"docs/{program}.1").read_text().replace("\\-", "-").splitlines()
    for line, following in zip(lines, lines[1:]):
        if line.startswith((".SH ", ".SS ")):
            section = line[4:]
        option = re.match(r"\.[BI]+R? (?:-h \", \" )?-{1,2}([a-zA-Z][a-z-]*)", following)
        if line == ".TP" and option and "ption" in section.lower():
            found[option[1]] = section
    return found


for program in ("flowc", "flowrun"):
    @case(f"the manual page of {program} describes every option of options.def, and no other")
    def _(program=program):
        rows, described = option_rows(program), manual_options(program)
        true(len(rows) > 5, rows)
        equal(sorted(described), sorted([*rows, "help", "version"]), "options")
        for name, section in described.items():
            if section.startswith("Options of "):
                equal(rows[name], {section.removeprefix("Options of ").upper()}, f"commands of --{name}")


@case("the manual pages are well formed")
def _():
    pages = sorted((SOURCE / "docs").glob("*.1"))
    equal([page.name for page in pages], ["flowc.1", "flowrun.1"], "manual pages")
    for page in pages if shutil.which("groff") else []:
        done = flowtest.execute("groff", "-man", "-ww", "-z", "-Tutf8", str(page))
        equal((done.code, done.stderr), (0, ""), page.name)


for page_path in PAGES:
    add(f"{page_path.relative_to(SOURCE)} tells the truth", check_page, page_path)

main()
