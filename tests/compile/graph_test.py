#!/usr/bin/env python3
"""Random graphs of nodes: flowc reports a cycle without a bound, a node that cannot be reached and
one that cannot be left exactly where a second way of computing them finds one.

FLOW_RANDOM=20000 draws so many programs in place of these few, FLOW_SEED=N begins elsewhere.
"""

import os
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

from flowtest import flowc, scratch
from tap import add, equal, main, true

COUNT = int(os.environ.get("FLOW_RANDOM") or 300)
FIRST = int(os.environ.get("FLOW_SEED") or 0)
AT_ONCE = 8  # files for one flowc, which prints a hundred messages


class Graph:
    """Flows of nodes, each with arrows. A place is (flow, node)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sizes = [self.random.randint(1, 4) for _ in range(self.random.randint(1, 3))]
        self.places = [(f, n) for f, size in enumerate(self.sizes) for n in range(size)]
        self.asks = {place for place in self.places if self.random.random() < 0.15}
        self.arrows = {place: self._arrows(place) for place in self.places}

    def _arrows(self, place):
        count = 1 if place in self.asks else self.random.randint(1, 3)
        return [self._arrow(place[0]) for _ in range(count)]

    def _arrow(self, flow):
        """(where to, None for an end; whether it is a move; whether it has `max N else end`)."""
        bounded = self.random.random() < 0.25
        if self.random.random() < 0.2:
            return None, False, False
        if self.random.random() < 0.2:
            return (self.random.randrange(len(self.sizes)), 0), True, bounded
        return (flow, self.random.randrange(self.sizes[flow])), False, bounded

    @property
    def text(self):
        return "".join(self._flow(f) for f in range(len(self.sizes)))

    def _flow(self, flow):
        nodes = [self._node((flow, n)) for n in range(self.sizes[flow])]
        return f"flow f{flow}(k: int = 1) {{\n" + "".join(nodes) + "}\n"

    def _node(self, place):
        texts = [self._text(arrow) for arrow in self.arrows[place]]
        body = f'ask "?" as v ok {texts[0]}' if place in self.asks else " ".join(
            [f"if k == {i} {text} else" for i, text in enumerate(texts[1:])] + texts[:1])
        return f"    node n{place[1]} {{ {body} }}\n"

    @staticmethod
    def _text(arrow):
        to, is_move, is_bounded = arrow
        if to is None:
            return "-> end"
        return (f"-> flow f{to[0]}()" if is_move else f"-> n{to[1]}") + \
            (" max 2 else end" if is_bounded else "")

    def _reached(self, start, follow):
        """All places that can be reached from those by arrows that follow() takes."""
        reached, waiting = set(start), list(start)
        while waiting:
            place = waiting.pop()
            for arrow in self.arrows[place]:
                if arrow[0] is not None and follow(place, arrow) and arrow[0] not in reached:
                    reached.add(arrow[0])
                    waiting.append(arrow[0])
        return reached

    def _leaves(self, place):
        return any(to is None or is_move or is_bounded
                   for to, is_move, is_bounded in self.arrows[place])

    def stuck(self):
        def within(place, arrow):
            return not arrow[1]
        return {place for place in self.places
                if not any(self._leaves(other) for other in self._reached([place], within))}

    def codes(self):
        """The codes that flowc must report of this graph."""
        first = [(f, 0) for f in range(len(self.sizes))]
        live = self._reached(first, lambda place, arrow: not arrow[1])
        stuck = self.stuck()
        codes = set()
        if live != set(self.places):
            codes.add("E0501")
        if live & stuck:
            codes.add("E0502")
        if self._has_cycle(self.asks | stuck):
            codes.add("E0503")
        return codes

    def _has_cycle(self, without):
        def plain(place, arrow):
            return arrow[0] not in without and not arrow[1] and not arrow[2]

        def any_arrow(place, arrow):
            return arrow[0] not in without
        for place in set(self.places) - without:
            for arrow in self.arrows[place]:
                if arrow[0] is None or arrow[0] in without:
                    continue
                if plain(place, arrow) and place in self._reached([arrow[0]], plain):
                    return True
                if arrow[1] and place in self._reached([arrow[0]], any_arrow):
                    return True
        return False


def are_reported(seeds):
    folder = scratch()
    graphs = {seed: Graph(seed) for seed in seeds}
    for seed, graph in graphs.items():
        (folder / f"g{seed}.flow").write_text(graph.text)
    done = flowc("check", "--diagnostics=short", *(f"g{seed}.flow" for seed in seeds), cwd=folder)
    true(done.code < 2 and "more" not in done.stderr, f"{seeds}: {done}")
    said = re.findall(r"(?m)^g(\d+)\.flow:\S* error\[(E\d+)\]", done.stderr)
    for seed, graph in graphs.items():
        got = {code for file, code in said if int(file) == seed}
        equal(got, graph.codes(), f"codes of seed {seed}\n{graph.text}")


def all_are_reported(seeds):
    for at in range(seeds.start, seeds.stop, AT_ONCE):
        are_reported(range(at, min(at + AT_ONCE, seeds.stop)))


for first in range(FIRST, FIRST + COUNT, 100):
    group = range(first, min(first + 100, FIRST + COUNT))
    add(f"cycles, unreached and stuck nodes are found: seeds {first} to {group.stop - 1}",
        all_are_reported, group)

main()
