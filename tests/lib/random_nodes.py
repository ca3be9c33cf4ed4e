"""The kinds of nodes of random_flows: each draws itself, is written as text, and is its own model."""

from random_arms import LATE, STATUSES, Arms, Plainly, Replies, Server
from random_exprs import compact, constant, shown
from random_flows import Actions, Arrow


class Node:
    """A node of any kind. A kind gives `body`, the text below the actions, and `step`."""

    is_ask = False

    def __init__(self, flow, name):
        self.flow, self.name, self.arrows = flow, name, []
        self.random = flow.random
        self.actions = Actions(flow, f".{name}")
        self.draw()

    def arrow(self):
        self.arrows.append(Arrow())
        return self.arrows[-1]

    @property
    def full_name(self):
        return f"{self.flow.name}.{self.name}"

    @property
    def text(self):
        return f"    node {self.name} {{\n        {self.actions.text}\n        {self.body}\n    }}"

    def run(self, frame):
        self.actions.run(frame.names)
        return self.step(frame)


class Plain(Node):
    def draw(self):
        self.to = self.arrow()

    @property
    def body(self):
        return self.to.text

    def step(self, frame):
        return self.to.follow(frame)


class If(Node):
    def draw(self):
        self.ways = [(self.flow.expressions.bool(), self.arrow())
                     for _ in range(self.random.randint(1, 3))]
        self.otherwise = self.arrow()

    @property
    def body(self):
        ways = [f"if {when[0]} {to.text}" for when, to in self.ways]
        return "\n        else ".join(ways + [self.otherwise.text])

    def step(self, frame):
        for when, to in self.ways:
            if when[1](frame.names):
                return to.follow(frame)
        return self.otherwise.follow(frame)


class Switch(Node):
    def draw(self):
        self.is_text = self.random.random() < 0.4
        expressions = self.flow.expressions
        self.subject = expressions.text() if self.is_text else expressions.small_int()
        values = ["", "a", "bc", "-1"] if self.is_text else [-1, 0, 1, 2, 300]
        values = self.random.sample(values, self.random.randint(1, len(values)))
        self.cases = []
        while values:
            count = self.random.randint(1, min(2, len(values)))
            self._case(values[:count])
            values = values[count:]
        self._case(None)

    def _case(self, values):
        actions = Actions(self.flow, f"/{len(self.cases)}") if self.random.random() < 0.5 else None
        self.cases.append((values, actions, self.arrow()))

    @property
    def body(self):
        cases = [f'{", ".join(map(constant, values)) if values else "else"} '
                 f'{f"{{ {actions.text} }} " if actions else ""}{to.text}'
                 for values, actions, to in self.cases]
        return f"switch {self.subject[0]} {{\n            " + "\n            ".join(cases) + \
            "\n        }"

    def step(self, frame):
        value = self.subject[1](frame.names)
        actions, to = next((actions, to) for values, actions, to in self.cases
                           if values is None or value in values)
        if actions:
            actions.run(frame.names)
        return to.follow(frame)


class Ask(Node):
    """A question: of a text, a choice, a pattern or an int."""

    is_ask = True
    KINDS = {  # settings, type: right answers, wrong ones
        ("", ""): ([("a", "a"), ("", ""), ("{b}", "{b}")], []),
        ('choices "a", "b c"', ""): ([("a", "a"), ("b c", "b c")], ["c", ""]),
        ("match '^[a-c]+$'", ""): ([("ab", "ab"), ("c", "c")], ["d", "", "ab d"]),
        ("", ": int"): ([("7", 7), (" -3 ", -3)], ["x", "", "1.5"]),
        ("", ": bool"): ([("true", True), ("false", False)], ["yes"]),
    }

    def draw(self):
        self.flow.waits()
        self.settings, self.type = self.random.choice(list(self.KINDS))
        self.right, self.wrong = self.KINDS[self.settings, self.type]
        self.waits = self.random.random() < 0.5
        labels = ["ok"] + ["invalid"] * bool(self.wrong) + ["timeout"] * self.waits
        answer = f"v{self.name}"

        def seen(of):
            if of == ["ok"]:
                return f"json({answer})", lambda names: compact(names[answer])
            return None
        self.arms = Arms(self, labels, labels, Plainly(self.flow, seen))

    @property
    def body(self):
        time = " timeout 10s" if self.waits else ""
        return f'ask "?" as v{self.name}{self.type} {self.settings}{time}\n{self.arms.text}'

    def step(self, frame):
        kinds = ["ok"] * 3 + ["invalid"] * bool(self.wrong) + ["timeout"] * self.waits
        kind = self.random.choice(kinds)
        answer = None
        if kind == "ok":
            answer, frame.names[f"v{self.name}"] = self.random.choice(self.right)
        elif kind == "invalid":
            answer = self.random.choice(self.wrong)
        written = "timeout" if answer is None else constant(answer)
        frame.world.steps.append(f"answer {self.full_name}: {written}")
        return self.arms.follow(frame, kind, {})


class Calling(Node):
    """What runs other flows: its outcomes are ok and fail."""

    ERROR = ("error.kind", "error.message", "error.value")

    def draw_outcomes(self, result, nothing=None):
        """The arms; in that of `ok` the result is known as this expression, elsewhere it is nothing."""
        def seen(of):
            shows = [result] * ("ok" in of) + list(self.ERROR) * ("fail" in of)
            return f"json([{', '.join(shows)}])", lambda names: compact(
                [names[show] for show in shows])
        self.nothing = dict.fromkeys(self.ERROR) | {result: nothing}
        self.result = result
        self.arms = Arms(self, ["ok", "fail"], ["ok", "fail"], Plainly(self.flow, seen))

    def ok(self, frame, value):
        """Follows the arm; what it sees is named as its expressions are."""
        return self.arms.follow(frame, "ok", self.nothing | {self.result: value})

    def fail(self, frame, over):
        error = {"error.kind": "fail", "error.message": _message(over), "error.value": over.value}
        return self.arms.follow(frame, "fail", self.nothing | error)

    def after(self, frame, over):
        return self.ok(frame, over.value) if over.kind == "end" else self.fail(frame, over)

    def callee(self, flows):
        flow = self.random.choice(flows)
        self.flow.calls(flow)
        return flow


def _message(over):
    if not over.has_value:
        return "the flow failed"
    if isinstance(over.value, dict) and isinstance(over.value.get("message"), str):
        return over.value["message"]
    return shown(over.value)


class Call(Calling):
    def draw(self):
        self.called = self.callee(self.flow.later)
        self.args = self.called.arguments(self.flow.expressions, '"("', lambda names: "(")
        self.draw_outcomes("result")

    @property
    def body(self):
        return f"call {self.called.name}({self.args[0]})\n{self.arms.text}"

    def step(self, frame):
        return self.after(frame, self.called.run(frame.world, self.args[1](frame.names)))


class Parallel(Calling):
    def draw(self):
        together = [flow for flow in self.flow.later if flow.runs_together]
        flows = [self.callee(together) for _ in range(self.random.randint(1, 3))]
        self.flow.is_direct = False
        self.branches = [(f"b{i}", flow, flow.arguments(
            self.flow.expressions, f'"{i}"', lambda names, i=i: str(i)))
            for i, flow in enumerate(flows)]
        self.draw_outcomes("[" + ", ".join(name for name, _, _ in self.branches) + "]",
                           [None] * len(self.branches))

    @property
    def body(self):
        lines = [f"{name}: call {flow.name}({args[0]})" for name, flow, args in self.branches]
        return "parallel {\n            " + "\n            ".join(lines) + "\n        }\n" + \
            self.arms.text

    def step(self, frame):
        overs = [flow.run(frame.world, args[1](frame.names)) for _, flow, args in self.branches]
        failed = [over for over in overs if over.kind == "fail"]
        if failed:
            return self.fail(frame, failed[0])
        return self.ok(frame, [over.value for over in overs])


class Each(Calling):
    def draw(self):
        self.at_once = self.random.choice([0, 0, 1, 2, 5])
        flows = [flow for flow in self.flow.later if flow.runs_together or self.at_once < 2]
        self.called = self.callee(flows or self.flow.later)
        self.at_once = self.at_once if flows else 1
        self.flow.is_direct = False
        self.items = [self.random.randint(0, 9) for _ in range(self.random.randint(0, 4))]
        self.args = self.called.arguments(self.flow.expressions, '"<{it}"',
                                          lambda names: f"<{names['it']}")
        self.draw_outcomes("results")

    @property
    def body(self):
        at_once = f" concurrency {self.at_once}" if self.at_once else ""
        return (f"each it in {constant(self.items)}{at_once} {{ call {self.called.name}"
                f"({self.args[0]}) }}\n{self.arms.text}")

    def step(self, frame):
        results = []
        for item in self.items:
            args = self.args[1]({**frame.names, "it": item})
            over = self.called.run(frame.world, args)
            if over.kind == "fail":
                return self.fail(frame, over)
            results.append(over.value)
        return self.ok(frame, results)


class Api(Node):
    def draw(self):
        self.flow.waits()
        self.server = Server(self)
        labels = self.random.sample(STATUSES, self.random.randint(0, 6))
        labels += [f"{label[0]}xx" for label in labels if self.random.random() < 0.4]
        labels += self.random.sample(["2xx", "3xx", "4xx", "5xx"], self.random.choice([0, 0, 1]))
        needed = ["other", *LATE]
        labels = list(dict.fromkeys([*labels, "200", *needed]))
        self.arms = Arms(self, labels, needed, Replies(self.flow))

    @property
    def body(self):
        return f"{self.server.text}\n{self.arms.text}"

    def step(self, frame):
        label, seen = self.server.outcome(frame, self.arms)
        return self.arms.follow(frame, label, seen)


def all_kinds(flow):
    """The kinds of nodes that this flow can have."""
    kinds = [Plain, If, Switch, Ask, Api, Api]
    if flow.later:
        kinds += [Call, Each]
    if any(other.runs_together for other in flow.later):
        kinds += [Parallel]
    return kinds


def calls_only(flow):
    return [Api]
