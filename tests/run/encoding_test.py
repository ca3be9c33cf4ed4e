#!/usr/bin/env python3
"""Naughty texts reach the server exactly as they must, in exactly one request each, or are refused
before a byte is sent.

The texts are those of ../shared/suites (FLOW_SUITES names another place): the 515 of the big list of
naughty strings, and the level 1 cases of RFC 6570. Where a suite is absent its cases are skipped.
"""

import json
import os
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, flowrun
from places import SOURCE
from scripted import Server, reply
from tap import add, case, equal, main, skip, true

SUITES = pathlib.Path(os.environ.get("FLOW_SUITES") or SOURCE.parent / "shared" / "suites")
CALL = """
config base: text
endpoint api {{ url base connections 16 wait 1m }}
flow f(i: int, v: text) {{
    node n {{
        {call}
        200 -> end
        other, timeout, max-connection -> fail {{ outcome: "other" }}
        error -> fail {{ outcome: error.kind }}
    }}
}}
"""
# What a header may not hold: every control character of ASCII but the tab.
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
# What XML 1.0 has no way to write, entities included (section 2.2, Char).
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def suite(path):
    """The cases of a suite's file; skips the case where there are none."""
    place = SUITES / path
    if not place.is_file():
        skip(f"{place} is absent")
    return json.loads(place.read_text())


def all_at_once(call, cases):
    """One batch with a line per text: gives {i: requests} and {i: the result of its run}."""
    flow = Flow(CALL.format(call=call))
    lines = "".join(json.dumps({"i": c["i"], "v": c["value"]}) + "\n" for c in cases)
    with Server(reply(200), repeat=True) as server:
        done = flowrun("batch", "--inputs", "-", "--concurrency", 16, "--set", f"base={server.url}",
                       flow.image, stdin=lines)
        arrived = list(server.requests)
    true(done.code in (0, 1), f"exit status of {done!r}")
    results = {cases[r["line"] - 1]["i"]: r for r in map(json.loads, done.lines)}
    equal(len(results), len(cases), "results")
    requests = {}
    for request in arrived:
        number = int(re.match(r"/(\d+)", request.target)[1])
        requests.setdefault(number, []).append(request)
    return requests, results


def every_text(call, wanted):
    """Each text of the list in this call; wanted(case, request) checks what came, and
    wanted(case, None) says whether the text must be refused."""
    cases = suite("blns/derived-expected.json")
    equal(len(cases), 515, "texts in the list")
    requests, results = all_at_once(call, cases)
    refused = 0
    for c in cases:
        came = requests.get(c["i"], [])
        if wanted(c, None):
            refused += 1
            equal((len(came), results[c["i"]]["value"]), (0, {"outcome": "request"}),
                  f"requests and outcome of text {c['i']}, {c['value']!r}")
        else:
            equal((len(came), results[c["i"]]["status"]), (1, "ended"),
                  f"requests and status of text {c['i']}, {c['value']!r}")
            wanted(c, came[0])
    true(refused < 20, f"{refused} texts were refused")


def header_value(request, name):
    """The bytes of a header's value; the blanks around it are none of it (RFC 9110, section 5.5)."""
    found = re.findall(rb"\r\n" + name + rb":(.*?)\r\n", request.raw, re.S)
    equal(len(found), 1, f"lines with {name} in {request.raw}")
    return found[0].strip(b" \t")


def in_path(c, request):
    if request is None:
        return c["value"] in ("", ".", "..")
    return equal(request.target, f"/{c['i']}/{c['path_segment']}/end", f"target of text {c['i']}")


def in_query(c, request):
    return request and equal(request.target, f"/{c['i']}?v={c['query_value']}",
                             f"target of text {c['i']}")


def in_header(c, request):
    if request is None:
        return CONTROL.search(c["value"])
    return equal(header_value(request, b"X-V"), c["value"].encode().strip(b" \t"),
                 f"header of text {c['i']}")


def in_json(c, request):
    return request and equal(request.body.decode(), '{"v":' + c["json_string"] + "}",
                             f"body of text {c['i']}")


def in_form(c, request):
    if request is None:
        return False
    equal(re.findall(rb"[^A-Za-z0-9%+=._~*-]", request.body), [], f"raw bytes of text {c['i']}")
    return equal(urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True),
                 [("v", c["value"])], f"form of text {c['i']}")


def in_text(c, request):
    return request and equal(request.body, c["value"].encode(), f"body of text {c['i']}")


def in_xml(c, request):
    """A reader of XML gets the text back."""
    if request is None:
        return NOT_XML.search(c["value"])
    root = xml.etree.ElementTree.fromstring(request.body)
    equal((root.tag, list(root)), ("v", []), f"XML of text {c['i']}")
    return equal(root.text or "", c["value"], f"XML of text {c['i']}")


for place, how, check in (
        ("a path", 'GET api "/{i}/{v}/end"', in_path),
        ("a query", 'GET api "/{i}" query v: v', in_query),
        ("a query that is a text with a hole", 'GET api "/{i}" query v: "{v}"', in_query),
        ("a header", 'GET api "/{i}" header X-V: v', in_header),
        ("a JSON body", 'POST api "/{i}" body { v: v }', in_json),
        ("a form", 'POST api "/{i}" form { v: v }', in_form),
        ("a plain body", 'POST api "/{i}" text "{v}"', in_text),
        ("an XML body", 'POST api "/{i}" xml "<v>{v}</v>"', in_xml)):
    add(f"515 naughty texts in {place}: one request each, exactly, or none", every_text, how, check)


def template(example):
    """A case of RFC 6570 as the path of a flow: what came, and what had to come."""
    names = {name: f"v{n}" for n, name in enumerate(example["variables"])}
    path = re.sub(r"\{(\w+)\}", lambda m: "{" + names[m[1]] + "}", example["template"])
    flow = Flow(f"""
        config base: text
        endpoint api {{ url base }}
        flow f({", ".join(f"{v}: text" for v in names.values())}) {{
            node n {{ GET api "/{path}" 200 -> end other, error, timeout, max-connection -> fail }}
        }}
    """)
    with Server(reply(200)) as server:
        run = flow.run(base=server.url, inputs={names[name]: value for name, value
                                                in example["variables"].items()})
    equal(run.code, 0, f"exit status of {run!r}")
    equal([r.target for r in server.requests], ["/" + example["expected"]], example["template"])


@case("the level 1 templates of RFC 6570 expand as it says, in a path")
def _():
    cases = suite("rfc6570/derived-level1.json")
    true(len(cases) >= 13, f"only {len(cases)} cases")
    for example in cases:
        template(example)


@case("the values of RFC 6570's level 1 expand as it says, in a query")
def _():
    cases = [c for c in suite("rfc6570/derived-level1.json")
             if re.fullmatch(r"\{\w+\}", c["template"])]
    true(len(cases) >= 6, f"only {len(cases)} cases")
    numbered = [{"i": n, "value": next(iter(c["variables"].values()))} for n, c in enumerate(cases)]
    requests, _results = all_at_once('GET api "/{i}" query v: v', numbered)
    equal([[r.target for r in requests[n]] for n in range(len(cases))],
          [[f"/{n}?v={c['expected']}"] for n, c in enumerate(cases)])


main()
