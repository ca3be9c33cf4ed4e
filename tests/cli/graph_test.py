#!/usr/bin/env python3
"""flowc graph: nodes and arrows with their outcomes, for Graphviz, Mermaid and programs."""

import html
import json
import pathlib
import re
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import execute, scratch
import places
from places import FLOWC, FLOWRUN
from tap import add, case, contains, equal, lacks, main, skip, true

SOURCE = """\
endpoint shop { url "https://shop.example.com" }
flow main(name: text) {
    node look {
        GET shop "/a/{name}"
        200 when body.n > 1 -> look max 2 else done
        200, 404 -> done
        other, error, timeout, max-connection -> flow second()
    }
    node done { -> end }
}
flow second() { node pick { if 1 < 2 -> fail else -> end } }
test "it" { start main(name: "x") reply look: 404 expect end }
"""


def graph(*options, source=SOURCE, path=None):
    folder = scratch()
    (folder / "shop.flow").write_text(source)
    env = {"PATH": path} if path is not None else None
    done = subprocess.run([FLOWC, "graph", "shop.flow", *options], cwd=folder, timeout=60,
                          capture_output=True, text=True, env=env)
    done.folder = folder
    return done


@case("every arrow is there with its outcomes, bound and other way")
def _():
    flows = json.loads(graph("--format", "json").stdout)["flows"]
    equal([(e["from"], e.get("to") or "flow " + e["to_flow"], e["label"])
           for e in flows[0]["edges"]],
          [("look", "look", "200 when body.n > 1 max 2"),
           ("look", "done", "200 when body.n > 1 else"),
           ("look", "done", "200, 404"),
           ("look", "flow second", "other, error, timeout, max-connection"),
           ("done", "end", "")])
    equal(flows[0]["nodes"][0]["does"], 'GET shop "/a/{name}"')


@case("dot names nodes by flow, so that two flows may have a node of one name")
def _():
    text = graph().stdout
    contains(text, '"main.look" -> "main.done" [label=" 200, 404 "]')
    contains(text, '"main.look" -> "flow second"')
    contains(text, 'label="look\\nGET shop \\"/a/{name}\\""')


@case("mermaid escapes what would end its labels")
def _():
    text = graph("--format=mermaid").stdout
    contains(text, "flowchart TD")
    contains(text, "body.n #gt; 1 max 2")
    lacks(text, "body.n > 1")


@case("arrows of one node to one place are drawn as one, a line each")
def _():
    source = SOURCE.replace("other, error, timeout", "error -> done\n        other, timeout")
    contains(graph(source=source).stdout, '"main.done" [label=" 200, 404\\nerror "]')
    contains(graph("--format", "mermaid", source=source).stdout, "200, 404<br/>error")


@case("a node shows what it says, and an if its condition")
def _():
    source = SOURCE.replace("node done { -> end }", 'node done { say "Hi {name}" say "b" say "c" -> end }')
    flows = json.loads(graph("--format", "json", source=source).stdout)["flows"]
    equal([n["does"] for flow in flows for n in flow["nodes"]],
          ['GET shop "/a/{name}"', 'say "Hi {name}"\nsay "b"\n…', "if 1 < 2"])
    contains(graph(source=source).stdout, 'label="done\\nsay \\"Hi {name}\\"\\nsay \\"b\\"')
    contains(graph("--format", "mermaid", source=source).stdout, "say #quot;Hi {name}#quot;<br/>say #quot;b#quot;<br/>…")


def with_checks(count):
    """Nodes that all lead to `no`, and to `fail` by themselves."""
    nodes = [f"node n{i} {{ if v > {i} -> no else if v < -{i} -> fail else -> n{i + 1} }}" for i in range(count)]
    return "flow main(v: int) { " + " ".join(nodes) + f" node n{count} {{ -> end }} node no {{ -> fail }} }}"


@case("where four nodes lead to one place each has a small copy of it, and the last arrow to a node stays")
def _():
    few = graph(source=with_checks(2)).stdout
    lacks(few, "copy")
    dot = graph(source=with_checks(4)).stdout
    equal(len(re.findall(r'"copy \d+" \[label="no"', dot)), 3)
    equal(len(re.findall(r'-> "copy \d+" \[label=" v > ', dot)), 3)
    contains(dot, '"main.n3" -> "main.no"')
    equal(len(re.findall(r'"copy \d+" \[label="fail"', dot)), 5, "four of the checks, one of `no`")
    lacks(dot, '"main.fail"')
    mermaid = graph("--format", "mermaid", source=with_checks(4)).stdout
    equal(sorted(re.findall(r" (copy__\d+)\n", mermaid)), sorted(re.findall(r"(?m)^ +(copy__\d+)\(", mermaid)))
    equal(len(json.loads(graph("--format", "json", source=with_checks(4)).stdout)["flows"][0]["edges"]), 14)


@case("coverage shows which arrows the tests took")
def _():
    folder = scratch()
    (folder / "shop.flow").write_text(SOURCE)
    subprocess.run([FLOWC, "shop.flow"], cwd=folder, check=True, capture_output=True)
    subprocess.run([FLOWRUN, "test", "shop.flowb", "--coverage", "c.json"], cwd=folder, check=True,
                   capture_output=True)
    done = graph("--format", "json", "--coverage", str(folder / "c.json"))
    edges = json.loads(done.stdout)["flows"][0]["edges"]
    equal([e.get("taken") for e in edges], [0, 0, 1, 0, 1])


@case("coverage tells the arms of one outcome apart, both ways of a max, and the arrows of if and switch")
def _():
    source = """\
endpoint shop { url "https://shop.example.com" }
flow main(n: int) {
    node look {
        GET shop "/a"
        200 when body.n > 1 -> look max 1 else pick
        200, 404 when n > 5 -> pick
        200 -> pick
        other, error, timeout, max-connection -> fail
    }
    node pick { if n < 0 -> choose else -> end }
    node choose { switch n { -1, -2 { say "a" } -> again else -> end } }
    node again { -> choose max 3 else end }
}
test "it" { start main(n: -2) reply look: 200 { n: 2 } reply look: 200 { n: 2 } expect end }
test "two" { start main(n: 6) reply look: 404 expect end }
"""
    folder = scratch()
    (folder / "shop.flow").write_text(source)
    subprocess.run([FLOWC, "shop.flow"], cwd=folder, check=True, capture_output=True)
    subprocess.run([FLOWRUN, "test", "shop.flowb", "--coverage", "c.json"], cwd=folder, check=True, capture_output=True)
    done = graph("--format", "json", "--coverage", str(folder / "c.json"), source=source)
    edges = json.loads(done.stdout)["flows"][0]["edges"]
    equal([(e["label"], e.get("taken")) for e in edges],
          [("200 when body.n > 1 max 1", 1), ("200 when body.n > 1 else", 1), ("200, 404 when n > 5", 1), ("200", 0),
           ("other, error, timeout, max-connection", 0), ("n < 0", 1), ("else", 1), ("-1, -2", 4), ("else", 0),
           ("max 3", 3), ("else", 1)])


@case("a trace shows the way of one run, a status taken by its class or other")
def _():
    folder = scratch()
    lines = [{"flow": "main", "node": "look", "outcome": "404", "to": "done"},
             {"flow": "main", "node": "done", "outcome": None, "to": "end"},
             {"flow": "main", "node": "look", "outcome": "418", "to": "flow second"},
             {"flow": "second", "node": "pick", "outcome": None, "to": "fail"}]
    text = "a log\n" + "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "t.jsonl").write_text(text)
    done = graph("--format", "json", "--trace", str(folder / "t.jsonl"))
    flows = json.loads(done.stdout)["flows"]
    equal([e["taken"] for flow in flows for e in flow["edges"]], [0, 0, 1, 1, 1, 1, 0])
    contains(graph("--trace", str(folder / "t.jsonl")).stdout, 'color="#15803d"')
    contains(graph("--format", "mermaid", "--trace", str(folder / "t.jsonl")).stdout, "linkStyle 4 stroke:#15803d")
    contains(graph("--trace", "shop.flow").stderr, "flowrun --trace=json")
    equal(graph("--trace", "x", "--coverage", "x").returncode, 2)


@case("outcomes that are no outcomes count for nothing")
def _():
    folder = graph().folder
    (folder / "t.jsonl").write_text('{"flow":"main","node":"look","outcome":"","to":"done"}\n')
    equal(graph("--trace", str(folder / "t.jsonl")).returncode, 0)
    (folder / "c.json").write_text('{"nodes":[{"flow":"main","node":"look","ways":[1]},{"flow":"x","node":"y","ways":[]},7,'
                                   '{"flow":"main","node":"look","ways":{"":5}},{"flow":"main","node":"done","entered":"1"},'
                                   '{"flow":"main","node":"look","ways":[{"arrow":"200, 404","taken":"7"},{"arrow":"","taken":7}]}]}')
    done = graph("--format=json", "--coverage", str(folder / "c.json"))
    equal(done.returncode, 0, done.stderr)
    equal({e.get("taken") for flow in json.loads(done.stdout)["flows"] for e in flow["edges"]}, {None})


@case("a coverage file that is none is said to be none")
def _():
    done = graph("--coverage", "shop.flow")
    equal(done.returncode, 2)
    contains(done.stderr, "flowrun test --coverage")


@case("svg comes from Graphviz, and its absence is said with what to do")
def _():
    done = graph("--format", "svg", path="/nowhere")
    equal(done.returncode, 2)
    contains(done.stderr, "apt-get install graphviz")
    if not shutil.which("dot"):
        skip("Graphviz is not installed")
    done = graph("--format", "svg")
    equal(done.returncode, 0)
    contains(done.stdout, "</svg>")


# What stands in for Graphviz, what is printed then, and what is said.
DOTS = [
    ("cat >/dev/null; echo '<svg></svg>'", 0, "<svg></svg>\n", ""), ("cat >/dev/null; exit 3", 2, "", "`dot` failed"),
    ("exit 1", 2, "", "`dot` failed"), ("exec <&-; echo early", 0, "early\n", ""), ("kill -9 $$", 2, "", "`dot` failed"),
    ("head -c 300000 /dev/zero | tr '\\0' x; cat >/dev/null", 0, "x" * 300000, ""), ("exec >&-; cat >/dev/null", 0, "", ""),
]


def drawn_by(script, code, out, why):
    folder = scratch()
    (folder / "dot").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "dot").chmod(0o755)
    nodes = "\n".join(f"node n{i} {{ -> n{i + 1} }}" for i in range(3000))
    done = graph("--format", "svg", source=f"flow main {{ {nodes} node n3000 {{ -> end }} }}", path=f"{folder}:/usr/bin:/bin")
    equal((done.returncode, done.stdout), (code, out), done.stderr)
    contains(done.stderr, why)


for dot in DOTS:
    add(f"svg by a program that does: {dot[0]}", drawn_by, *dot)


@case("where the system has no descriptor for Graphviz, that is said")
def _():
    folder = scratch()
    (folder / "a.flow").write_text("flow main { node a { -> end } }")
    for limit in (4, 5, 6):
        done = execute("sh", "-c", f'ulimit -n {limit} && exec "$@"', "sh", FLOWC, "graph", "--format", "svg", folder / "a.flow")
        true(done.code == 2 and done.stdout == "", f"{limit} {done!r}")
        lacks(done.stderr, "apt-get", f"with {limit} descriptors")


def titles_of_svg(text):
    return sorted(html.unescape(t) for t in re.findall(r"<title>(.*?)</title>", text)
                  if not t.startswith("cluster_") and t != "flow")


def titles_of_dot(text):
    """The names of its nodes and arrows, as Graphviz puts them into an SVG."""
    nodes = re.findall(r'(?m)^ +"([^"]+)" \[', text)
    arrows = [f"{a}->{b}" for a, b in re.findall(r'(?m)^ +"([^"]+)" -> "([^"]+)"', text)]
    return sorted(nodes + arrows)


def is_drawn(name):
    dot = subprocess.run([FLOWC, "graph", f"{name}.flow"], cwd=places.SOURCE / "examples", timeout=60, check=True,
                         capture_output=True, text=True).stdout
    svg = (places.SOURCE / f"docs/pictures/{name}.svg").read_text()
    equal(titles_of_svg(svg), titles_of_dot(dot), f"docs/pictures/README.md says how {name}.svg is made anew:")


for example in ("hello", "payment", "returns", "support"):
    add(f"the picture of {example} in the documentation shows what it is now", is_drawn, example)


@case("a source with mistakes is not drawn")
def _():
    done = graph(source="flow main { node a { -> b } }")
    equal((done.returncode, done.stdout), (1, ""))
    contains(done.stderr, "E0302")


main()
