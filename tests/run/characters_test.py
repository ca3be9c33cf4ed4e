#!/usr/bin/env python3
"""Characters of long texts: the right ones, in a time that does not grow with their place."""

import json
import pathlib
import random
import resource
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, flowrun
from tap import add, case, equal, main, true

LENGTH = 200_000  # characters; to pass over the text in each turn would take 40,000,000,000 bytes and more
SECONDS = 10      # of CPU; the same took 60 to 130

WALK = Flow("""
flow built(part: text, n: int, look: text = "") -> int {
    var t = "" var i = 0
    node grow { t = t + part i = i + 1 if i < n -> grow max 100000000 else go else -> go }
    node go { call walk(t: t, n: n, look: look) ok -> end (result) fail -> fail }
}
flow walk(t: text, n: int, look: text) -> int {
    var i = 0 var found = 0
    node more { if slice(t, i, i + 1) == look -> hit else -> next }
    node hit { found = found + 1 -> next }
    node next { i = i + 1 if i < n -> more max 100000000 else done else -> done }
    node done { -> end (found) }
}
flow backward(part: text, n: int, look: text = "") -> int {
    var t = "" var i = 1 var found = 0
    node grow { t = t + part i = i + 1 if len(t) < n -> grow max 100000000 else more else -> more }
    node more { i = i - 1 if slice(t, -i, len(t) - i + 1) == look -> hit else -> next }
    node hit { found = found + 1 -> next }
    node next { if i > 1 -> more max 100000000 else done else -> done }
    node done { -> end (found) }
}
""")


def takes_apart(flow, part):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = WALK.run(flow=flow, inputs={"part": part, "n": LENGTH, "look": part})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    equal(run.stdout, f"{LENGTH}\n", repr(run)[:300])
    took = after.ru_utime - before.ru_utime
    print(f"# {took:.2f} s")
    true(took < SECONDS, f"{took} s of CPU")


@case("slice and len find the characters of random texts, whatever was appended before")
def _():
    chance = random.Random(5)
    flow = Flow("""
        flow f(parts: [text], cuts: [[int]]) -> any {
            var t = "" var i = 0 var found = []
            node more {
                t = t + (parts[i] ?? "")
                a = cuts[i][0] ?? 0
                b = cuts[i][1] ?? 0
                found = found + [slice(t, a, b), len(t), len(slice(t, a))]
                i = i + 1
                if i < len(parts) -> more max 1000 else done else -> done
            }
            node done { -> end (found) }
        }""")
    for _ in range(20):
        parts = ["".join(chance.choices("aäß€😀", k=chance.choice([0, 1, 7, 127, 128, 129, 300, 2000]))) for _ in range(12)]
        cuts, wanted, text = [], [], ""
        for part in parts:
            text += part
            a, b = chance.randint(-len(text) - 1, len(text) + 1), chance.randint(-len(text) - 1, len(text) + 1)
            cuts.append([a, b])
            wanted += [text[a:b], len(text), len(text[a:])]
        line = json.dumps({"parts": parts, "cuts": cuts})
        done = flowrun("batch", flow.image, "--inputs", "-", "--quiet", stdin=line + "\n")
        equal(json.loads(done.stdout)["value"], wanted, "parts")


for part, name in ("a", "ASCII"), ("ä", "two bytes each"), ("€", "three bytes each"):
    add(f"a text of {LENGTH:,} characters of {name} is taken apart by slice", takes_apart, "built", part)
add("a text is taken apart from its end", takes_apart, "backward", "ä")

main()
