"""Where things are: the source tree, the build tree, the two programs.

`make check` says it in the environment. By hand, the source tree is found from this file and the
build is the one that ./check makes.
"""

import os
import pathlib

SOURCE = pathlib.Path(os.environ.get("FLOW_SOURCE") or pathlib.Path(__file__).parents[2]).resolve()
BUILD = pathlib.Path(os.environ.get("FLOW_BUILD") or SOURCE / "build").resolve()
FLOWC = pathlib.Path(os.environ.get("FLOWC") or BUILD / "flowc")
FLOWRUN = pathlib.Path(os.environ.get("FLOWRUN") or BUILD / "flowrun")
SHOP = SOURCE / "examples" / "shop" / "shop.py"


def update_wanted():
    """True where golden files are to be rewritten instead of compared (FLOW_UPDATE=1)."""
    return os.environ.get("FLOW_UPDATE", "") not in ("", "0")


def is_sanitized():
    """Whether the programs are built with sanitizers: several times slower, their memory not their own."""
    return b"__asan_init" in FLOWC.read_bytes()
