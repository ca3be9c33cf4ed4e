"""single, chain3, body: flowrun beside the bare program and a shell script."""

from tools import BENCH, cpu, middle, ratio, wall

CALLS = {"single": 1, "chain3": 3, "body": 1}
CONCURRENCY = (1, 10, 100, 1000, 10000)
CONNECTIONS = (1, 4, 10, 32, 64, 100)
RUNS = {"single": 30000, "chain3": 10000, "body": 1500}
QUICK_RUNS = 20


def runs_at(bench, workload, concurrency):
    runs = RUNS[workload] // (3 if concurrency == 1 else 1)
    return bench.of(max(runs, min(concurrency, RUNS[workload])), 3 * runs, QUICK_RUNS)


def best_connections(bench, workload, url):
    """Microseconds of CPU per call of the bare program by connections: the least of two each."""
    runs = bench.of(RUNS[workload] // 3, quick=QUICK_RUNS)
    costs = {}
    for n in bench.of(CONNECTIONS, quick=(1, 4)):
        command = [bench.program("bare"), workload, url, runs, n]
        costs[n] = min(map(cpu, bench.measure(command, bench.of(2))))
    return costs


def compare(bench, workload, url, concurrency, connections):
    runs = runs_at(bench, workload, concurrency)
    calls = runs * CALLS[workload]
    ours = bench.batch(bench.flow(workload), url, runs, concurrency)
    theirs = [bench.program("bare"), workload, url, runs, connections]
    a, b = bench.versus(ours, theirs, bench.of(3, 7), check=lambda: bench.check_batch(runs))
    name = f"{workload}, {concurrency} at once (bare: {connections})"
    asked = workload != "body"
    bench.add(f"{name}: runs/s", f"{runs / middle(map(wall, a)):,.0f}",
              f"{runs / middle(map(wall, b)):,.0f}", 1 / ratio(a, b, wall),
              0.95 if asked else None, at_least=True)
    bench.add("    CPU per call", f"{middle(map(cpu, a)) / calls * 1e6:.1f} us",
              f"{middle(map(cpu, b)) / calls * 1e6:.1f} us", ratio(a, b, cpu),
              1.10 if asked else None)
    bench.add("    peak memory", f"{middle(s.kb for s in a) / 1024:.1f} MB",
              f"{middle(s.kb for s in b) / 1024:.1f} MB")


def shell(bench, workload, url):
    runs = bench.of(10)
    s = bench.measure([BENCH / "shell.sh", workload, url, runs])[0]
    bench.add(f"{workload}, shell: runs/s", "", f"{runs / s.wall:,.0f}")
    bench.add("    CPU per call", "", f"{s.cpu / runs / CALLS[workload] * 1e6:,.0f} us")
    bench.add("    peak memory", "", f"{s.kb / 1024:.1f} MB")


def workload(name):
    def run(bench):
        url = bench.nginx()
        costs = best_connections(bench, name, url)
        for concurrency in bench.of(CONCURRENCY, quick=(1, 10)):
            best = min((n for n in costs if n <= concurrency), key=costs.get)
            compare(bench, name, url, concurrency, best)
        shell(bench, name, url)
    return run


def pool(bench):
    """Where the default of 64 connections comes from: chain3 at 1,000 runs over others."""
    url = bench.nginx()
    runs = bench.of(RUNS["chain3"], quick=QUICK_RUNS)
    for n in bench.of((8, 16, 32, 64, 128, 256, 1000), quick=(8,)):
        command = bench.batch(bench.flow("chain3", n), url, runs, 1000)
        samples = bench.measure(command, bench.of(3))
        bench.check_batch(runs)
        bench.add(f"chain3, 1,000 at once, connections {n}",
                  f"{min(map(cpu, samples)) / runs / 3 * 1e6:.1f} us/call",
                  f"{runs / min(map(wall, samples)):,.0f} runs/s")
