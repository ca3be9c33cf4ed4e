"""What the benchmarks share: programs compiled, servers started, commands measured, rows printed."""

import contextlib
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import socket

BENCH = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(BENCH.parent / "tests/lib")]

from places import BUILD, FLOWC, FLOWRUN, SOURCE


def as_flowrun():
    """The flags that flowrun was compiled and linked with: what this build wants is known there alone."""
    rule = "flags-of-flowrun: ; @echo $(SANITIZE_CFLAGS) $(ALLOCATOR_LIBS) $(runtime_libs) $(LIBS) -lm"
    done = subprocess.run(["make", "-s", "--no-print-directory", "-C", BUILD, "--eval", rule, "flags-of-flowrun"],
                          check=True, capture_output=True, text=True)
    return done.stdout.split()


BUILT = ("engine", "net", "vm", "program", "formats", "regex", "base")

# What each program is linked with: its libraries, and whether all that flowrun wants comes, too.
LIBRARIES = {
    "bare": (["-lcurl", "-lcjson"], False),
    "measure": ([], False),
    "slow_server": ([], False),
    "json_speed": ([f"{BUILD}/lib{name}.a" for name in ("formats", "base")], True),
    "waiting_asks": ([f"{BUILD}/lib{name}.a" for name in BUILT], True),
}

NGINX = """\
{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 15000; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000000;
    keepalive_timeout 10m;
    sendfile on;
    client_body_temp_path {folder}/body_temp;
    proxy_temp_path {folder}/proxy_temp;
    fastcgi_temp_path {folder}/fastcgi_temp;
    uwsgi_temp_path {folder}/uwsgi_temp;
    scgi_temp_path {folder}/scgi_temp;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /single {{ return 200 '{{"greeting":"Hello, world!"}}'; }}
        location = /token {{ return 200 '{{"token":"3f786850e387550fdab836ed7e6dc881"}}'; }}
        location = /items {{ return 200 '{{"total":4200,"items":["a","b"]}}'; }}
        location = /orders {{ return 200 '{{"id":"AB123456","status":"placed"}}'; }}
        location = /body {{ alias {folder}/body.json; }}
    }}
}}
"""


@dataclasses.dataclass
class Sample:
    wall: float
    cpu: float
    kb: int


@dataclasses.dataclass
class Row:
    """A line of the table. ratio and target are of ours to theirs; None: nothing is asked."""
    what: str
    ours: str
    theirs: str = ""
    ratio: float = None
    target: float = None
    at_least: bool = False

    def met(self):
        if self.target is None:
            return ""
        good = self.ratio >= self.target if self.at_least else self.ratio <= self.target
        return "met" if good else "MISSED"


class Bench:
    """A folder with all that one session needs; its servers end with it."""

    def __init__(self, folder, pace):
        """pace is "quick", "usual" or "long"."""
        self.folder = pathlib.Path(folder)
        self.stack = None
        self.pace = pace
        self.rows = []

    @property
    def is_quick(self):
        """Everything is only to run, as little of it as there can be."""
        return self.pace == "quick"

    def of(self, usual, long=None, quick=1):
        """A size or a number of rounds for this pace; long: as usual where it is not given."""
        return {"quick": quick, "usual": usual, "long": usual if long is None else long}[self.pace]

    def add(self, *args, **kw):
        row = Row(*args, **kw)
        if self.is_quick:  # sizes so small say nothing
            row = dataclasses.replace(row, ratio=None, target=None)
        self.rows.append(row)
        print(format_row(row), flush=True)

    def program(self, name):
        """A C program of this folder, compiled."""
        out = self.folder / name
        if not out.exists():
            libraries, is_of_flowrun = LIBRARIES[name]
            subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-O2", f"-I{SOURCE}/runtime",
                            BENCH / f"{name}.c", "-o", out, *libraries, *(as_flowrun() if is_of_flowrun else [])],
                           check=True)
        return out

    def flow(self, name, connections=None):
        """A flow of flows/, compiled; with other connections than its own where said."""
        text = (BENCH / "flows" / f"{name}.flow").read_text()
        path = self.folder / f"{name}{connections or ''}.flow"
        path.write_text(text if not connections else
                        text.replace("connections 64", f"connections {connections}"))
        subprocess.run([FLOWC, path, "-o", f"{path}b"], check=True)
        return pathlib.Path(f"{path}b")

    def inputs(self, count):
        path = self.folder / f"inputs{count}.jsonl"
        if not path.exists():
            path.write_text("{}\n" * count)
        return path

    def batch(self, flowb, url, runs, concurrency, flow=None):
        """The words of a batch; its results are checked by check_batch."""
        return [FLOWRUN, "batch", flowb, *([flow] if flow else []), "--inputs", self.inputs(runs),
                "--output", self.folder / "results.jsonl", "--concurrency", concurrency,
                "--set", f"server={url}"]

    def check_batch(self, runs):
        """Ends the session where a run of the last batch did not end well."""
        with open(self.folder / "results.jsonl") as lines:
            ended = sum('"status":"ended"' in line for line in lines)
        if ended != runs:
            sys.exit(f"of {runs} runs {ended} ended")

    def measure(self, command, times=1):
        """A sample for each time that the command is run."""
        words = [str(word) for word in command]
        done = subprocess.run([self.program("measure"), str(times), *words], check=True,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        samples = []
        for line in done.stdout.splitlines():
            wall, cpu, kb, status = line.split()
            if status != "0":
                sys.exit(f"{' '.join(words)}: status {status}\n{done.stderr}")
            samples.append(Sample(float(wall), float(cpu), int(kb)))
        return samples

    def versus(self, ours, theirs, rounds, times=1, check=None):
        """A B A B: samples of both."""
        a, b = [], []
        for _ in range(rounds):
            a += self.measure(ours, times)
            if check:
                check()
            b += self.measure(theirs, times)
        return a, b

    def nginx(self):
        """The base URL of a server with one worker."""
        port = free_port()
        prices = [{"id": i, "title": f"Item number {i} of the list", "price": i % 97 * 10 + 5,
                   "tags": ["new", "sale"], "stock": {"here": i % 7, "there": 1.5}}
                  for i in range(960)]
        (self.folder / "body.json").write_text(json.dumps(prices, separators=(",", ":")))
        # As root its worker would be another user, who may not read the folder.
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder, port=port, user=user))
        self.start(["nginx", "-p", self.folder, "-e", self.folder / "error.log", "-c",
                    self.folder / "nginx.conf"])
        wait_for(port)
        return f"http://127.0.0.1:{port}"

    def slow_server(self, ms=1000):
        child = self.start([self.program("slow_server"), str(ms)], stdout=subprocess.PIPE)
        return f"http://127.0.0.1:{int(child.stdout.readline())}"

    def start(self, command, **kw):
        child = subprocess.Popen(command, **kw)
        self.stack.callback(stop, child)
        return child


def stop(child):
    child.terminate()
    child.wait()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    sys.exit("nginx does not start")


def middle(values):
    return statistics.median(values)


LEAST = 1e-6  # seconds: what took less than the clock can tell


def ratio(a, b, key):
    """The middle of the ratios of neighbours: what drifts, drifts for both."""
    return middle([key(x) / max(key(y), LEAST) for x, y in zip(a, b)])


def cpu(sample):
    return sample.cpu


def wall(sample):
    return sample.wall


HEAD = f"{'what':<44} {'flow':>16} {'the other':>16} {'ratio':>6} {'target':>8}"


def format_row(row):
    target = "" if row.target is None else f"{'>=' if row.at_least else '<='} {row.target:g}"
    times = "" if row.ratio is None else f"{row.ratio:.2f}"
    return f"{row.what:<44} {row.ours:>16} {row.theirs:>16} {times:>6} {target:>8} {row.met()}".rstrip()
