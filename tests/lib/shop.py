"""Starts the demo shop for a test, as its own process on a free port, and ends it.

    with running_shop() as shop:
        shop.url        # http://127.0.0.1:PORT
"""

import contextlib
import http.client
import subprocess
import sys

from places import SHOP


class Running:
    def __init__(self, url):
        self.url = url

    def connection(self, seconds=30):
        return http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=seconds)


@contextlib.contextmanager
def running_shop(*arguments):
    program = subprocess.Popen([sys.executable, str(SHOP), *arguments], text=True,
                               stdout=subprocess.PIPE)
    try:
        line = program.stdout.readline()
        if not line.startswith("shop: listening on "):
            raise AssertionError(f"the shop did not start: {line!r}")
        yield Running(line.split()[-1])
    finally:
        program.kill()
        program.communicate()
