#!/usr/bin/env python3
"""One mistake is one message: what follows from a mistake is not reported.

Takes every right program of the golden files, the examples and the documentation, makes one mistake
in it (a token is left out or doubled, a word misspelled, the target of an arrow left out), and looks
at what flowc says. A mistake of syntax is the only new message. A name that is misspelled has
messages of names only, each of them once.

A sample; FLOW_FULL=1 makes every mistake.
"""

import collections
import json
import os
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

from flowtest import flowc, scratch
from places import SOURCE
from tap import add, equal, main, true

STEP = 1 if os.environ.get("FLOW_FULL") == "1" else 37
AT_ONCE = 20  # files for one flowc
TOKEN = re.compile(r'''"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|->|\?\?|==|!=|<=|>=|\.\.'''
                   r'''|[A-Za-z_]\w*(?:-[A-Za-z][\w-]*)*|\d[\w.]*|\#[^\n]*|\S''')
SYNTAX = re.compile("E0[12]")

# What misleads flowc: a word that is doubled is taken for the value, and the next line for a part of
# this one; a `}` too many ends what goes on behind it; without its word or its brace a `switch` is no
# longer one.
MISLEADING = {("double", "url"), ("double", "separator"), ("double", "bearer"), ("double", "timeout"),
              ("double", "}"), ("leave out", "switch"), ("leave out", "{ of switch")}

Mistake = collections.namedtuple("Mistake", "name kind word text")


def programs():
    """Name and text of each file that compiles."""
    for out in sorted(HERE.glob("*.out")):
        if out.read_text() == "exit 0\n" and out.with_suffix(".flow").exists():
            yield out.stem, out.with_suffix(".flow").read_text()
    for path in sorted((SOURCE / "examples").glob("*.flow")):
        yield path.stem, path.read_text()
    reference = (SOURCE / "docs/language.md").read_text()
    for number, text in enumerate(re.findall(r"```flow\n(.*?)```", reference, re.DOTALL)):
        yield f"example{number}", text


def misspelled(word):
    """The word with two of its letters exchanged."""
    i = len(word) // 2
    return word[:i - 1] + word[i] + word[i - 1] + word[i + 1:]


def mistakes(text):
    """Each mistake of a program: its kind, its word, and the program with it."""
    tokens = [found for found in TOKEN.finditer(text) if not found.group().startswith("#")]
    for token, after in zip(tokens, tokens[1:] + [None]):
        word, (start, end) = token.group(), token.span()
        of_switch = word == "{" and "switch" in text[text.rfind("\n", 0, start):start]
        yield "leave out", word + " of switch" * of_switch, text[:start] + text[end:]
        yield "double", word, f"{text[:end]} {word}{text[end:]}"
        if re.match("[A-Za-z_]", word) and len(word) > 2 and misspelled(word) != word:
            yield "misspell", word, text[:start] + misspelled(word) + text[end:]
        if word == "->" and after:
            yield "leave the target out", word, text[:after.start()] + text[after.end():]


def messages_of(texts, folder):
    """What flowc says of each text: lists of (code, line, message)."""
    for number, text in enumerate(texts):
        (folder / f"m{number}.flow").write_text(text)
    names = [f"m{number}.flow" for number in range(len(texts))]
    done = flowc("check", "--diagnostics=json", *names, cwd=folder)
    said = collections.defaultdict(list)
    for diag in json.loads(done.stderr)["diagnostics"]:
        said[diag["file"]].append((diag["code"], diag["line"], diag["message"]))
    return [said[name] for name in names]


def is_one_message(mistake, new):
    """Whether these new messages are what one mistake may bring."""
    codes = [code for code, _, _ in new]
    if any(map(SYNTAX.match, codes)):
        return len(codes) == 1 or (mistake.kind, mistake.word) in MISLEADING
    names = [message for code, _, message in new if code.startswith("E03")]
    return len(names) == len(set(names))


def check(made, before):
    folder = scratch()
    (folder / "lib").mkdir()
    (folder / "lib/shop.flow").write_text((SOURCE / "examples/lib/shop.flow").read_text())
    for at in range(0, len(made), AT_ONCE):
        some = made[at:at + AT_ONCE]
        for mistake, said in zip(some, messages_of([m.text for m in some], folder)):
            new = list((collections.Counter(said) - before[mistake.name]).elements())
            true(is_one_message(mistake, new),
                 f"{mistake.name}: {mistake.kind} `{mistake.word}`: {new}\n{mistake.text}")


def warnings_before(texts):
    """The warnings that a program has without a mistake, by its lines too."""
    folder = scratch()
    (folder / "lib").mkdir()
    (folder / "lib/shop.flow").write_text((SOURCE / "examples/lib/shop.flow").read_text())
    said = messages_of(list(texts.values()), folder)
    good = {name: collections.Counter(messages) for name, messages in zip(texts, said)
            if not any(code.startswith("E") for code, _, _ in messages)}
    true(len(good) > 40, f"only {len(good)} programs compile")
    return good


texts = dict(programs())
before = warnings_before(texts)
every = [Mistake(name, *made) for name in before for made in mistakes(texts[name])]
for kind in ("leave out", "double", "misspell", "leave the target out"):
    made = [mistake for mistake in every if mistake.kind == kind][::STEP]
    add(f"{kind}: one mistake is one message ({len(made)} mistakes)", check, made, before)

main()
