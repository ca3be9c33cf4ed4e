#!/usr/bin/env python3
"""How fast flowc compiles, and that its time grows with the length of the source and no faster.

    bench/compile_speed.py [LINES ...]        (50000 200000 unless said otherwise)

Makes a source of many flows, compiles it three times and prints the best: lines per second and the
most memory that was in use. Ends with 1 where a line of the longest source took more than twice as
long as one of the shortest.
"""

import os
import pathlib
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "tests/lib")]

from places import FLOWC

FLOW = """\
## Looks up order {n}.
flow look_up_{n}(customer: text, qty: int = {n}) -> {{ found: bool }} {{
    var order_id = "AB{n:06}"

    node ask_{n} {{
        ask "Which order, {{customer}}?" as order_id
        match '^[A-Z]{{2}}[0-9]{{6}}$'
        timeout 10m
        ok      -> call_{n}
        invalid {{ say "Two letters and six digits." }} -> ask_{n} max 3 else lost
        timeout -> lost
    }}
    node call_{n} {{
        GET shop "/orders/{{order_id}}"
        header X-Number: "{n}"
        query expand: "items", qty: qty
        200 when body.status == "shipped" and len(body.items) > {n} % 7 {{ order = body }} -> shown
        200 {{ order = body }} -> shown
        404 {{ say "There is no order {{order_id}}." }} -> ask_{n} max 2 else lost
        other, error, timeout, max-connection -> lost
    }}
    node shown {{
        say "Order {{order.id}}: {{join(order.items[].title, ", ")}}, {{(qty + {n}) * 2}} in all"
        -> end {{ found: true }}
    }}
    node lost {{ say "Sorry, {{customer}}." -> end {{ found: false }} }}
}}

"""


def source(lines):
    per_flow = FLOW.count("\n")
    head = 'endpoint shop { url "http://127.0.0.1:9" }\n'
    return head + "".join(FLOW.format(n=n) for n in range(lines // per_flow + 1))


def seconds_of(path):
    """The CPU time and the memory of one compilation."""
    child = os.spawnv(os.P_NOWAIT, FLOWC, [str(FLOWC), str(path), "-o", str(path) + "b"])
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit("flowc does not compile the source of the benchmark")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def measure(lines, folder):
    text = source(lines)
    path = pathlib.Path(folder) / f"lines{lines}.flow"
    path.write_text(text)
    count = text.count("\n")
    runs = [seconds_of(path) for _ in range(3)]
    best, memory = min(seconds for seconds, _ in runs), max(kib for _, kib in runs)
    print(f"{count} lines: {best:.3f} s, {count / best:,.0f} lines/s, {memory / 1024:.0f} MiB")
    return best / count


def main():
    sizes = [int(word) for word in sys.argv[1:]] or [50_000, 200_000]
    with tempfile.TemporaryDirectory() as folder:
        per_line = [measure(lines, folder) for lines in sizes]
    if per_line[-1] > 2 * per_line[0]:
        sys.exit(f"not linear: a line took {per_line[-1] / per_line[0]:.1f} times as long")


if __name__ == "__main__":
    main()
