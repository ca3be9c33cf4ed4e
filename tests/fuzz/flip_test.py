#!/usr/bin/env python3
"""No damage to a .flowb crashes anything: it is refused with a message, or it runs.

Every bit and every length go through the reader and the verifier in one process (image_flip); a
sample of them goes through flowrun itself.
"""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "server")]

from flowtest import Flow, execute, flowrun
from places import BUILD, SOURCE
from scripted import Closed
from tap import add, equal, main, true

ALL_BITS = 6000  # as in image_flip.c: of a larger image one bit of each byte is flipped
SAMPLE = 120  # runs of flowrun per example and kind
INPUTS = {"hello": ["name=Ada"], "support": ["customer=Ada"], "returns": ["order=AB123456"],
          "payment": ["order=A1", 'basket=[{"sku":"MUG-1","qty":1}]']}
CONFIG = {"hello": "greeter_url", "support": "shop_url", "returns": "shop_url",
          "payment": "shop_url"}


def every_one(example):
    image = Flow(example).image
    done = execute(BUILD / "tests/fuzz/image_flip", image)
    equal(done.code, 0, f"exit status of image_flip; {done!r}")
    tallies = {what: tuple(map(int, numbers)) for what, *numbers in
               re.findall(r"(?m)^(.+): (\d+) refused, (\d+) accepted, (\d+)", done.stdout)}
    size = image.stat().st_size
    equal(tallies["whole"], (0, 1, 0), "the whole image")
    flips = 8 * size if size <= ALL_BITS else size
    equal(tallies["flipped"], (flips, 0, 0), "flipped bits")
    equal(tallies["cut"], (size, 0, 0), "cut images")
    equal(tallies["cut, checksum good"], (size, 0, 0), "cut images with a good checksum")
    true(tallies["flipped, checksum good"][0] > flips / 8, "the verifier refuses hardly anything")


def damaged(data):
    """A sample of damaged copies: single bits over the whole length, and lengths."""
    for n in range(SAMPLE):
        at = n * len(data) // SAMPLE
        yield f"bit {n % 8} of byte {at}", data[:at] + bytes([data[at] ^ 1 << n % 8]) + data[at + 1:]
        yield f"cut at {at}", data[:at]


def by_flowrun(example):
    flow = Flow(example)
    whole = flow.image.read_bytes()
    name = example.stem
    with Closed() as place:
        for what, data in damaged(whole):
            flow.image.write_bytes(data)
            done = flowrun("--set", f"{CONFIG[name]}={place.url}", flow.image, *INPUTS[name],
                           env={"FLOW_SHOP_KEY": "k"})
            true(done.code in (0, 1, 2, 3), f"{what}: {done!r}")
            true(done.code != 2 or done.stderr, f"{what}: refused without a message")


for path in sorted((SOURCE / "examples").glob("*.flow")):
    add(f"{path.name}: every flipped bit and every cut is refused or sound", every_one, path)
    add(f"{path.name}: flowrun survives a sample of them", by_flowrun, path)

main()
