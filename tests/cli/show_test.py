#!/usr/bin/env python3
"""`flowrun show`: what a compiled program is and wants, said without running it."""

import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib")]

from flowtest import Flow, flowrun, scratch
from places import SOURCE
from tap import case, contains, equal, lacks, main, true

VERSION = (SOURCE / "configure.ac").read_text().split("AC_INIT([flow], [")[1].split("]")[0]
ORDERS = Flow("""
    config base: text
    config port: int = 8443
    config also: text = "http://127.0.0.1"
    config limits: { most: int }
    secret key
    endpoint given { url "{base}/v1" auth bearer key }
    endpoint fixed { url "https://Shop.Example.com/a" header X-Base: base }
    endpoint again { url "https://shop.example.com/b" }
    endpoint ports { url "http://[::1]:{port}" }
    endpoint chain { url "{also}:{port}/{base}" }
    type Order { id: int, lines: [{ sku: text }]? }
    flow first(id: int, order: Order? = null) -> Order {
        node a { GET given "/{id}" 200 -> b other, error, timeout, max-connection -> fail }
        node b { GET fixed "/" 200 -> c other, error, timeout, max-connection -> fail }
        node c { GET again "/" 200 -> d other, error, timeout, max-connection -> fail }
        node d { GET ports "/" 200 -> e other, error, timeout, max-connection -> fail }
        node e { GET chain "/" query most: limits.most 200 -> end { id: id, lines: order.lines }
                 other, error, timeout, max-connection -> fail }
    }
    flow second() { node n { say "{len("x")}" -> end } }
""")
TEXT = """\
flow first(id: int, order: { id: int, lines: [{ sku: text }]? }? = …) -> { id: int, lines: [{ sku: text }]? } \
(the default)
flow second()
config base: text (must be set)
config port: int = …
config also: text = …
config limits: { most: int } (must be set)
secret key
endpoint given: its url depends on config `base`
endpoint fixed: https://shop.example.com/a
endpoint again: https://shop.example.com/b
endpoint ports: http://[::1]:8443
endpoint chain: its url depends on config `base`
host [::1]:8443
host shop.example.com:443
"""


def show(*words, **how):
    done = flowrun("show", *words, **how)
    equal((done.code, done.stderr), (0, ""), repr(done))
    return done.stdout


def as_json(*words, **how):
    return json.loads(show("--json", *words, **how))


def with_format(number):
    image = scratch() / f"format{number}.flowb"
    data = bytearray(ORDERS.image.read_bytes())
    data[8] = number
    image.write_bytes(data)
    return image


FORMAT = ORDERS.image.read_bytes()[8]


@case("format, compiler, source, flows, configs, secrets, endpoints and hosts are said, a line each")
def _():
    lines = show(ORDERS.image).splitlines(keepends=True)
    equal(lines[:2], [f"format {FORMAT}\n", f"compiler flowc {VERSION}\n"])
    true(lines[2].startswith("source ") and len(lines[2]) == len("source ") + 33, lines[2])
    equal("".join(lines[3:]), TEXT)


@case("a url is known where its configuration is: by --set, or from the environment")
def _():
    said = show("--set", "base=http://127.0.0.1:81/x", ORDERS.image, env={"FLOW_PORT": "82"})
    for line in ("endpoint given: http://127.0.0.1:81/x/v1", "endpoint chain: http://127.0.0.1:82/http://127.0.0.1:81/x",
                 "host 127.0.0.1:81", "host [::1]:82"):
        contains(said, line + "\n", "text")


@case("an endpoint that cannot be set up is told from one without its configuration")
def _():
    contains(show("--set", "base=nowhere", ORDERS.image), "endpoint given: its settings are invalid\n", "text")


@case("--json is one object with all of it")
def _():
    got = as_json(ORDERS.image)
    equal(list(got), ["file", "format", "compiler", "readable", "source", "main", "flows", "configs",
                      "secrets", "endpoints", "hosts"])
    equal((got["format"], got["compiler"], got["readable"], got["main"]), (FORMAT, VERSION, True, "first"))
    equal(got["flows"][0]["inputs"],
          [{"name": "id", "type": "int", "required": True},
           {"name": "order", "type": "{ id: int, lines: [{ sku: text }]? }?", "required": False}])
    equal([(flow["name"], flow["result"]) for flow in got["flows"]],
          [("first", "{ id: int, lines: [{ sku: text }]? }"), ("second", None)])
    equal([(config["name"], config["required"]) for config in got["configs"]],
          [("base", True), ("port", False), ("also", False), ("limits", True)])
    equal(got["secrets"], ["key"])
    equal([(e["name"], e["url"], e["configs"]) for e in got["endpoints"]],
          [("given", None, ["base"]), ("fixed", "https://shop.example.com/a", []),
           ("again", "https://shop.example.com/b", []), ("ports", "http://[::1]:8443", ["port"]),
           ("chain", None, ["also", "port", "base"])])
    equal(got["hosts"], ["[::1]:8443", "shop.example.com:443"])


@case("the hosts are what --allow-host takes")
def _():
    hosts = as_json(Flow(SOURCE / "examples/support.flow").image)["hosts"]
    equal(hosts, ["127.0.0.1:8080"])
    done = flowrun("--allow-host", hosts[0], "--help")
    equal(done.code, 0)


@case("secrets are not asked for, and are not shown")
def _():
    said = show(ORDERS.image, env={"FLOW_KEY": "hush-hush"})
    lacks(said, "hush-hush", "text")


@case("a --set that is wrong is told")
def _():
    done = flowrun("show", "--set", "port=many", "--set", "colour=1", ORDERS.image)
    equal((done.code, done.stdout), (2, ""))
    contains(done.stderr, "`port`", "stderr")
    contains(done.stderr, "colour", "stderr")


@case("of a file of another format its format and its compiler are said")
def _():
    said = show(with_format(99))
    equal(said, f"format 99 (this flowrun reads format {FORMAT}: compile it again)\ncompiler flowc {VERSION}\n")
    got = as_json(with_format(99))
    del got["file"]
    equal(got, {"format": 99, "compiler": VERSION, "readable": False})


@case("format 1 did not say which compiler made a file")
def _():
    contains(show(with_format(1)), "compiler not known\n", "text")
    equal(as_json(with_format(1))["compiler"], None)


@case("what is no bytecode, or damaged, is refused with the reason")
def _():
    damaged = scratch() / "damaged.flowb"
    damaged.write_bytes(ORDERS.image.read_bytes()[:-1])
    for file, reason in ((ORDERS.source, "is source"), (damaged, "damaged"), (scratch() / "gone", "cannot read"),
                         (SOURCE / "README.md", "not a compiled flow")):
        done = flowrun("show", file)
        equal((done.code, done.stdout), (2, ""))
        contains(done.stderr, reason, "stderr")


@case("misuse is 2 with the reason")
def _():
    for words, reason in (([], "one FILE.flowb"), ([ORDERS.image, "x"], "one FILE.flowb"),
                          (["--quiet", ORDERS.image], "--quiet is an option of `flowrun batch`, not of `flowrun show`"),
                          (["--set", "base", ORDERS.image], "--set needs name=value"),
                          ([ORDERS.image, "--set"], "--set needs a value")):
        done = flowrun("show", *words)
        equal((done.code, done.stdout), (2, ""))
        contains(done.stderr, reason, "stderr")


main()
