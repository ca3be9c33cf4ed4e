#!/usr/bin/env python3
"""lexer.l and parser.y spell the keywords as words.def does, and group them as it says."""

import pathlib
import re
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent / "lib")]

from places import SOURCE
from tap import case, equal, main, true

LEXER = (SOURCE / "grammar/lexer.l").read_text()
PARSER = (SOURCE / "grammar/parser.y").read_text()
TABLE = (SOURCE / "compiler/syntax/words.def").read_text()
ROWS = re.findall(r'^WORD\((\w+), "([^"]+)", (\w+), (\w+)\)$', TABLE, re.M)
SPELLINGS = sorted((f"KW_{symbol}", spelling) for symbol, spelling, *_ in ROWS)
RULES = {"OUTCOME_WORD", "VERB_WORD", "SETTING_NAME", "TAIL", "HARD"}


def rule(name):
    """The text of a rule of the parser."""
    return re.search(rf"^{name}:(.*?)\s;$", PARSER, re.M | re.S)[1]


def words_of(name):
    return sorted(re.findall(r'"([\w-]+)"', rule(name)))


def with_role(*roles):
    return sorted(spelling for _, spelling, _, role in ROWS if role in roles)


def beginnings(name):
    """The words that the alternatives of a rule begin with."""
    return sorted(set(re.findall(r'^ *\|? *"(\w[\w-]*)"', rule(name), re.M)))


@case("every row of the table can be read, and is there once")
def _():
    equal(len(ROWS), len(re.findall(r"^WORD\(", TABLE, re.M)), "rows that can be read")
    true(len(ROWS) > 60, "the table has rows")
    equal(len({spelling for _, spelling in SPELLINGS}), len(ROWS), "different spellings")


@case("the lexer knows the words of the table, and no others")
def _():
    found = re.findall(r'^"([^"]+)"\s+return (KW_\w+);', LEXER, re.M)
    equal(sorted((symbol, spelling) for spelling, symbol in found), SPELLINGS, "rules of the lexer")


@case("the parser declares a token for each word of the table, and no others")
def _():
    lines = "\n".join(re.findall(r"^%token (.*)", PARSER, re.M))
    equal(sorted(re.findall(r'(KW_\w+) "([^"]+)"', lines)), SPELLINGS, "tokens of the parser")


@case("a word is a name where the table says")
def _():
    equal({name for *_, name, _ in ROWS} - RULES, {"NOWHERE"}, "rules that the table names")
    for name in sorted(RULES):
        equal(words_of(name.lower()), sorted(spelling for _, spelling, where, _ in ROWS if where == name), name)
    equal([spelling for _, spelling, where, _ in ROWS if where == "NOWHERE" and "-" not in spelling], [],
          "words that could be names")


@case("a word begins what the table says")
def _():
    equal(beginnings("declaration"), with_role("DECLARATION"), "declarations")
    equal(beginnings("step"), with_role("STEP"), "steps of tests")
    equal(words_of("method"), with_role("METHOD"), "methods")
    equal(beginnings("action"), with_role("ACTION"), "actions")
    equal(sorted(beginnings("node") + beginnings("var")), with_role("MEMBER"), "members of flows")
    # `if` is INNER: it is more often the beginning of a value, and too short for a suggestion.
    equal(sorted({*beginnings("verb"), *beginnings("flow_call")} - {"if"}), with_role("VERB"), "verbs")
    attributes = {*beginnings("request_setting"), *beginnings("times"), "retry"}
    equal(sorted(attributes), with_role("ATTRIBUTE"), "settings that a node can have")
    settings = {word for name in ("setting", "retry", "backoff") for word in words_of(name)}
    equal(sorted(settings - attributes), with_role("SETTING"), "other words of settings")


@case("the methods are those of outcomes.def")
def _():
    methods = re.findall(r'^METHOD\(\w+, "(\w+)"', (SOURCE / "runtime/program/outcomes.def").read_text(), re.M)
    equal(sorted(methods), with_role("METHOD"), "methods")


main()
