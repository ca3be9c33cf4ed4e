"""Many runs that wait: how many calls per second, and how much memory each takes."""

import json
import re
import subprocess
import sys

from tools import BENCH, FLOWRUN, middle, wall

sys.path[:0] = [str(BENCH.parent / "tests/server")]

from scripted import Server, reset, stall

RUNS = 10000
LIVE = 9000
QUICK_RUNS = 100


def slow(bench):
    """9,000 runs live at once against a server that answers after a second, beside wrk."""
    url = bench.slow_server(bench.of(1000, quick=20))
    flowb = bench.flow("waits")
    live = bench.of(LIVE, quick=QUICK_RUNS)
    runs = live * bench.of(6, 12)
    ours, theirs = [], []
    for _ in range(bench.of(2)):
        sample = bench.measure(bench.batch(flowb, url, runs, live, "for_call"))[0]
        bench.check_batch(runs)
        ours.append(runs / sample.wall)
        theirs.append(wrk(url, live, bench.of(6, 12)))
    bench.add("9,000 live, answers after 1 s: calls/s", f"{max(ours):,.0f}", f"{max(theirs):,.0f}",
              max(ours) / max(theirs), 0.85, at_least=True)


def wrk(url, live, seconds):
    done = subprocess.run(["wrk", "-t1", f"-c{live}", f"-d{seconds}s", "--timeout", "30s", url + "/"],
                          check=True, capture_output=True, text=True)
    found = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    if not found:
        sys.exit(f"wrk says no rate:\n{done.stdout}")
    return float(found[1])


def growth(bench, command):
    """Bytes of peak memory per run, from 1 run to many."""
    runs = bench.of(RUNS, quick=QUICK_RUNS)
    few = min(s.kb for s in bench.measure(command(1), bench.of(3)))
    many = min(s.kb for s in bench.measure(command(runs), bench.of(2)))
    return (many - few) * 1024 / runs


def memory(bench):
    """What a run takes while it waits for a call, its turn, a timer, an answer."""
    url = bench.slow_server(bench.of(3000, quick=50))
    flowb = bench.flow("waits")
    bare = growth(bench, lambda n: [bench.program("bare"), "wait", url, n, n])
    call = growth(bench, lambda n: bench.batch(flowb, url, n, n, "for_call"))
    bench.check_batch(bench.of(RUNS, quick=QUICK_RUNS))
    bench.add("memory of a run in a call, above bare's", f"{call:,.0f} B", f"{bare:,.0f} B",
              (call - bare) / 4096, 1)
    fast = bench.slow_server(5)
    turn = growth(bench, lambda n: bench.batch(flowb, fast, n, n, "for_turn"))
    bench.add("memory of a run that waits for its turn", f"{turn:,.0f} B")
    timer = growth(bench, lambda n: bench.batch(flowb, url, n, n, "for_timer"))
    bench.add("memory of a run in a `wait`", f"{timer:,.0f} B", "1,024 B", timer / 1024, 1)
    asks = bench.program("waiting_asks")
    ask = growth(bench, lambda n: [asks, flowb, "for_answer", n])
    bench.add("memory of a run in an `ask`", f"{ask:,.0f} B", "1,024 B", ask / 1024, 1)


# The runs: of 50, 40 call what is well.
def lines_of(bench):
    """The inputs of a run whose route is well, and those of ten whose routes are not."""
    well = {"path": "", "times": bench.of(200, quick=5)}
    ill = [{"path": "stall", "times": bench.of(15)}, {"path": "reset", "times": bench.of(300, quick=5)}]
    return well, ill * 5


def time_of_the_well(bench, good, bad, lines, well):
    """Seconds from the first begin to the last end of the runs that call what is well."""
    inputs = bench.folder / "neighbours.jsonl"
    inputs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = subprocess.run([FLOWRUN, "batch", bench.flow("neighbours"), "--inputs", inputs, "--quiet",
                           "--set", f"good={good}", "--set", f"bad={bad}"],
                          check=True, capture_output=True, text=True)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    times = [r["value"] for r in results if lines[r["line"] - 1] == well]
    if len(times) != 40:
        sys.exit("not all runs that call what is well have ended")
    return (max(t["ended"] for t in times) - min(t["began"] for t in times)) / 1000


def neighbours(bench):
    """10 of 50 runs call what stalls and resets; how much longer do the other 40 take?"""
    good = bench.slow_server(5)
    well, ill = lines_of(bench)
    lines = [line for i in range(10) for line in [ill[i], *[well] * 4]]
    alone, together = [], []
    with Server(choose=lambda request: stall() if "stall" in request.target else reset()) as bad:
        for _ in range(bench.of(5)):
            alone.append(time_of_the_well(bench, good, bad.url, [well] * 40, well))
            together.append(time_of_the_well(bench, good, bad.url, lines, well))
    bench.add("40 runs beside 10 on broken routes: time", f"{middle(together):.2f} s",
              f"{middle(alone):.2f} s", middle(together) / middle(alone), 1.2)
