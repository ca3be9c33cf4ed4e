"""The programs by themselves: starting, interpreting, compiling, reading JSON."""

import json
import subprocess

import compile_speed
from tools import BENCH, FLOWC, FLOWRUN, LEAST, cpu, middle, ratio, wall

LUA_FUNCTION = """\
-- Looks up order {n}.
function look_up_{n}(customer, qty)
    local order_id = "AB{n:06}"
    local order
    local answer
    qty = qty or {n}

    local function ask_{n}()
        ask("Which order, " .. customer .. "?", "order_id")
        if match(order_id, '^[A-Z][A-Z][0-9]+$') then
            return "call_{n}"
        elseif tries("ask_{n}") < 3 then
            say("Two letters and six digits.")
        end
        return "lost"
    end
    local function call_{n}()
        answer = get(shop, "/orders/" .. order_id, {{ ["X-Number"] = "{n}" }},
            {{ expand = "items", qty = qty }})
        if answer.status == 200 and answer.body.status == "shipped" and #answer.items > {n} % 7 then
            order = answer.body
            return "shown"
        elseif answer.status == 404 then say("There is no order " .. order_id .. ".") end
        return "lost"
    end
    local function shown()
        say("Order " .. order.id .. ": " .. join(order.items, ", ") .. (qty + {n}) * 2 .. " in all")
        return {{ found = true }}
    end
    local function lost() say("Sorry, " .. customer .. "."); return {{ found = false }} end
    return run(ask_{n}, call_{n}, shown, lost)
end

"""


def start(bench):
    """From nothing to the end of one call; and the compiler, which links no libcurl."""
    url = bench.nginx()
    times = bench.of(20)
    rounds = bench.of(5, 15)
    ours = [FLOWRUN, bench.flow("single"), "--set", f"server={url}"]
    theirs = [bench.program("bare"), "single", url, 1, 1]
    a, b = bench.versus(ours, theirs, rounds, times)
    bench.add("one call, start to exit: wall", f"{middle(map(wall, a)) * 1e3:.2f} ms",
              f"{middle(map(wall, b)) * 1e3:.2f} ms", middle(map(wall, a)) / middle(map(wall, b)),
              1.2)
    bench.add("one call, start to exit: CPU", f"{middle(map(cpu, a)) * 1e3:.2f} ms",
              f"{middle(map(cpu, b)) * 1e3:.2f} ms", middle(map(cpu, a)) / middle(map(cpu, b)), 1.2)
    hello = bench.folder / "single.flow"
    for name, words in (("flowc --version", ["--version"]),
                        ("flowc, a small flow", [hello, "-o", bench.folder / "small.flowb"])):
        s = bench.measure([FLOWC, *words], times * rounds)
        bench.add(f"{name}: wall", f"{middle(map(wall, s)) * 1e3:.2f} ms", "2 ms",
                  middle(map(wall, s)) / 2e-3, 1)


def interpreter(bench):
    """The loops of flows/interpreter.flow beside those of lua/."""
    flowb = bench.flow("interpreter")
    body = json.dumps({"items": [{"id": 7}]})
    for name, turns, target, inputs in (("loop", 60_000_000, 1, []),
                                        ("interpolation", 2_000_000, 0.2, []),
                                        ("navigation", 20_000_000, 1, [f"body={body}"])):
        turns = bench.of(turns, quick=1000)
        ours = [FLOWRUN, flowb, name, f"n={turns}", *inputs]
        theirs = ["lua5.4", BENCH / "lua" / f"{name}.lua", turns]
        a, b = bench.versus(ours, theirs, bench.of(5, 11))
        bench.add(f"{name}, a turn, beside Lua 5.4", f"{middle(map(cpu, a)) / turns * 1e9:.1f} ns",
                  f"{middle(map(cpu, b)) / turns * 1e9:.1f} ns", ratio(a, b, cpu), target)


def compiler(bench):
    """As many lines of a flow and of a Lua program that do about the same."""
    flow = bench.folder / "long.flow"
    lua = bench.folder / "long.lua"
    text = compile_speed.source(bench.of(50_000, quick=1000))
    functions = text.count("\n") // LUA_FUNCTION.count("\n") + 1
    flow.write_text(text)
    lua.write_text("".join(LUA_FUNCTION.format(n=n) for n in range(functions)))
    lines = [path.read_text().count("\n") for path in (flow, lua)]
    a, b = bench.versus([FLOWC, flow, "-o", f"{flow}b"], ["luac5.4", "-o", f"{lua}c", lua],
                        bench.of(5, 11))
    speed = lines[0] / middle(map(cpu, a)), lines[1] / middle(map(cpu, b))
    bench.add("flowc beside luac: lines/s", f"{speed[0]:,.0f}", f"{speed[1]:,.0f}",
              speed[0] / speed[1], 1, at_least=True)
    bench.add("    peak memory", f"{middle(s.kb for s in a) / 1024:.1f} MB",
              f"{middle(s.kb for s in b) / 1024:.1f} MB")


def reader(bench):
    """The JSON reader over lists of objects, of numbers, of texts, and over what is nested."""
    documents = {
        "objects": [{"id": i, "title": f"Item number {i}", "price": i % 97 * 10, "tags": ["a", "b"]}
                    for i in range(10000)],
        "integers": [i * 7919 for i in range(100000)],
        "decimals": [i / 7 for i in range(50000)],
        "plain texts": [f"A line of text, the {i}th of its kind, with nothing to be escaped"
                        for i in range(15000)],
        "escaped texts": [f"\"{i}\"\n\t\\ \u00e4\u20ac" for i in range(30000)],
    }
    for name, document in documents.items():
        path = bench.folder / "document.json"
        path.write_text(json.dumps(document, separators=(",", ":")))
        done = subprocess.run([bench.program("json_speed"), path, str(bench.of(0.5, quick=0.01))], check=True,
                              capture_output=True, text=True)
        speed = float(done.stdout)
        asked = name in ("objects", "plain texts")
        bench.add(f"JSON reader, {name}", f"{speed:,.0f} MB/s", "200 MB/s" if asked else "",
                  speed / 200 if asked else None, 1 if asked else None, at_least=True)


def lines(bench):
    """compile_speed.py: a line of a long source takes as long as one of a short source."""
    sizes = bench.of((50_000, 200_000), quick=(500, 1000))
    per_line = [compile_speed.measure(count, bench.folder) for count in sizes]
    bench.add("flowc: a line of a long source", f"{per_line[-1] * 1e6:.2f} us", f"{per_line[0] * 1e6:.2f} us",
              per_line[-1] / max(per_line[0], LEAST / 1000), 2)
