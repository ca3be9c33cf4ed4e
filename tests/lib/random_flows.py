"""Random programs of every kind of node, and a model that says which way each run takes.

    program = Program(random.Random(7))
    program.text                 # a file that must compile
    program.add_test()           # a run that the model made up, as a test of the file

Every flow carries a text, its trail, that each node and each arm of its way adds to; the value that
the run ends with is that trail, so one expectation holds the whole way, what the arms knew, and all
results of flows that were called. The world of a run (replies, answers) is drawn while the model runs.

Flows call and move to later flows only, and go back only by bounded arrows or to an `ask`: so each
run ends. A flow that is `quiet` waits for nobody; one that is `direct` has no calls at once in it either.
Where flows run at once, each of them is direct, or quiet and never fails: so the first that fails is
the first of those that are written.
"""

from random_exprs import Expressions, constant, shown

MOST_STEPS = 150


class TooLong(Exception):
    """The model's run is longer than a test is to be."""


class Over(Exception):
    """A flow is over: it ended, it failed, or the run moved to another one."""

    def __init__(self, kind, value=None, has_value=False, flow=None, given=None):
        self.kind, self.value, self.has_value = kind, value, has_value
        self.flow, self.given = flow, given


class World:
    """What happens to one run: draws replies and answers, and keeps them as steps of a test."""

    def __init__(self, random):
        self.random, self.steps, self.count = random, [], 0

    def step(self):
        self.count += 1
        if self.count > MOST_STEPS:
            raise TooLong()


class Frame:
    """One run of one flow."""

    def __init__(self, world, flow, names):
        self.world, self.flow, self.names, self.taken = world, flow, names, {}


class Actions:
    """Actions of a node or an arm: the first adds `mark`, and what the expression `seen` shows, to the trail."""

    def __init__(self, flow, mark, seen=None, more=()):
        self.flow, self.mark, self.seen = flow, mark, seen
        self.more = [*more, *(self._draw() for _ in range(flow.random.choice([0, 0, 1, 2])))]

    def _draw(self):
        flow = self.flow
        draw = flow.random.random()
        if draw < 0.7:
            name, value = flow.random.choice(["k", "j"]), flow.expressions.small_int()
            return f"{name} = {value[0]}", lambda names: names.update({name: value[1](names)})
        if draw < 0.8:
            flow.waits()
            return f"wait {flow.random.choice(['1ms', '2s', '0ms'])}", lambda names: None
        return f'{flow.random.choice(["say", "log"])} "{{k}}"', lambda names: None

    @property
    def text(self):
        seen = "{" + self.seen[0] + "}" if self.seen else ""
        first = f'trail = "{{trail}}{self.mark}{seen}"'
        return " ".join([first] + [text for text, _ in self.more])

    def run(self, names):
        names["trail"] += self.mark + (shown(self.seen[1](names)) if self.seen else "")
        for _, act in self.more:
            act(names)


# Arrows.

class Target:
    """What an arrow leads to: text, and what it does to the run."""

    def __init__(self, text, follow):
        self.text, self.follow = text, follow


def to_node(node):
    return Target(f"-> {node.name}", lambda frame: node)


def _over(kind, value):
    def follow(frame):
        raise Over(kind, value(frame.names) if value else None, value is not None)
    return follow


def to_end(flow):
    text, value = flow.result.end(flow.random)
    return Target(f"-> end {text}".rstrip(), _over("end", value))


def to_fail(flow):
    draw = flow.random.random()
    if draw < 0.2:
        return Target("-> fail", _over("fail", None))
    if draw < 0.4:
        return Target("-> fail { message: trail, k: k }",
                      _over("fail", lambda names: {"message": names["trail"], "k": names["k"]}))
    return Target("-> fail (trail)", _over("fail", lambda names: names["trail"]))


def to_flow(flow, other):
    text, args = other.arguments(flow.expressions, "trail", lambda names: names["trail"])

    def follow(frame):
        raise Over("move", flow=other, given=args(frame.names))
    return Target(f"-> flow {other.name}({text})", follow)


class Arrow:
    """One way out of a node; its target is filled in when all nodes are known."""

    def __init__(self):
        self.to, self.most, self.otherwise = None, 0, None

    @property
    def text(self):
        bound = f" max {self.most} else {self.otherwise.text[3:]}" if self.most else ""
        return self.to.text + bound

    def follow(self, frame):
        taken = frame.taken.get(self, 0)
        if self.most and taken >= self.most:
            return self.otherwise.follow(frame)
        frame.taken[self] = taken + 1
        return self.to.follow(frame)


# Results of flows.

class Result:
    """The declared result of a flow, or none."""

    def __init__(self, declared, values):
        self.declared, self.values = declared, values

    def end(self, random):
        return random.choice(self.values)


def _trail(names):
    return names["trail"]


def _object(names):
    return {"t": names["trail"], "k": names["k"]}


TEXT = ("(trail)", _trail)
OBJECT = ("{ t: trail, k: k }", _object)
RESULTS = [Result("", [TEXT, TEXT, OBJECT, ("", None), ("(null)", lambda names: None)]),
           Result(" -> text", [TEXT]), Result(" -> { t: text, k: int }", [OBJECT]),
           Result(" -> text?", [TEXT, ("", None)])]


# Flows.

class Flow:
    """A flow under construction, then the model of it. later: the flows that it may call."""

    def __init__(self, program, name, later):
        self.program, self.random, self.name, self.later = program, program.random, name, later
        self.is_quiet, self.is_direct, self.may_fail = True, True, False
        self.result = self.random.choice(RESULTS)
        self.inputs = [("x", self.random.randint(-3, 9))] if self.random.random() < 0.7 else []
        self.vars = [("k", self.random.randint(-2, 5)), ("j", self.random.randint(0, 3))]
        self.far = self.random.random() < 0.06
        self.declared = self.random.choice(["", ": int", ": any"])
        ints = [name for name, _ in self.inputs + self.vars]
        self.expressions = Expressions(self.random, ints, ["trail"])
        self.nodes = []

    def arguments(self, expressions, trail, compute):
        """The arguments of a call of this flow with this trail: text, and what computes them."""
        given = [(name, expressions.small_int()) for name, _ in self.inputs
                 if self.random.random() < 0.7]
        pairs = [f"t: {trail}"] + [f"{name}: {value[0]}" for name, value in given]
        self.random.shuffle(pairs)

        def args(names):
            return {"t": compute(names), **{name: value[1](names) for name, value in given}}
        return ", ".join(pairs), args

    def build(self, kinds):
        """Draws the nodes, then leads their arrows so that every node is reached."""
        for i in range(self.random.randint(1, 6)):
            self.nodes.append(self.random.choice(kinds(self))(self, f"n{i}"))
        free = [list(node.arrows) for node in self.nodes]
        for i in range(1, len(self.nodes)):
            from_nodes = [n for n in range(i) if free[n]]
            if not from_nodes:
                self.nodes = self.nodes[:i]
                break
            arrows = free[self.random.choice(from_nodes)]
            arrow = arrows.pop(self.random.randrange(len(arrows)))
            self._lead(arrow, to_node(self.nodes[i]))
        for i, node in enumerate(self.nodes):
            for arrow in free[i]:
                self._lead_freely(arrow, i, node)

    def _lead(self, arrow, target):
        arrow.to = target
        if self.random.random() < 0.15:
            arrow.most, arrow.otherwise = self.random.randint(1, 3), self._leave()

    def _lead_freely(self, arrow, i, node):
        draw = self.random.random()
        if draw < 0.25 and i + 1 < len(self.nodes):
            self._lead(arrow, to_node(self.random.choice(self.nodes[i + 1:])))
        elif draw < 0.5:
            arrow.to = to_node(self.random.choice(self.nodes[:i + 1]))
            if not node.is_ask or arrow is node.arrows[-1] or self.random.random() < 0.3:
                arrow.most, arrow.otherwise = self.random.randint(1, 3), self._leave()
        else:
            self._lead(arrow, self._leave())

    def _leave(self):
        same = [flow for flow in self.later if flow.result is self.result]
        draw = self.random.random()
        if draw < 0.2 and same:
            other = self.random.choice(same)
            self.calls(other)
            self.may_fail |= other.may_fail
            return to_flow(self, other)
        if draw < 0.4:
            self.may_fail = True
            return to_fail(self)
        return to_end(self)

    def waits(self):
        self.is_quiet = self.is_direct = False

    def calls(self, other):
        """What this flow runs waits for it, too."""
        self.is_quiet &= other.is_quiet
        self.is_direct &= other.is_direct

    @property
    def runs_together(self):
        return self.is_direct or (self.is_quiet and not self.may_fail)

    @property
    def text(self):
        inputs = "".join(f", {name}: int = {value}" for name, value in self.inputs)
        lines = [f"flow {self.name}(t: text{inputs}){self.result.declared} {{"]
        if self.far:
            lines += [f"    var _{i} = {i}" for i in range(210)]
        lines += ["    var trail = t"]
        lines += [f"    var {name}{self.declared} = {value}" for name, value in self.vars]
        return "\n".join(lines + [node.text for node in self.nodes] + ["}"])

    def run(self, world, args):
        """Runs it as a call. Gives how it ended or failed, an Over."""
        flow = self
        while True:
            names = {**dict(flow.inputs), **dict(flow.vars), **args, "trail": args["t"]}
            try:
                flow._walk(Frame(world, flow, names))
            except Over as over:
                if over.kind != "move":
                    return over
                flow, args = over.flow, over.given

    def _walk(self, frame):
        node = self.nodes[0]
        while True:
            frame.world.step()
            node = node.run(frame)


# Programs.

class Program:
    """A whole file, and tests of it."""

    def __init__(self, random, kinds, flows=4):
        self.random, self.tests, self.kinds = random, [], kinds
        self.flows = []
        for i in reversed(range(random.randint(1, flows))):
            flow = Flow(self, f"f{i}", list(self.flows))
            flow.build(self.kinds)
            self.flows.insert(0, flow)

    @property
    def text(self):
        head = 'endpoint e { url "http://e.example/v1" }\ntype Named { a: int }\n'
        return head + "\n".join([flow.text for flow in self.flows] + self.tests) + "\n"

    def add_test(self):
        """A run of the first flow, drawn and described as a test. False: it would be too long."""
        world = World(self.random)
        flow = self.flows[0]
        args = {"t": "", **{name: self.random.randint(-3, 9) for name, _ in flow.inputs
                            if self.random.random() < 0.5}}
        try:
            over = flow.run(world, args)
        except TooLong:
            return False
        given = ", ".join(f"{name}: {constant(v)}" for name, v in args.items())
        value = f" ({constant(over.value)})" if over.has_value else ""
        steps = [f"start {flow.name}({given})", *world.steps, f"expect {over.kind}{value}"]
        self.tests.append(f'test "t{len(self.tests)}" {{\n    ' + "\n    ".join(steps) + "\n}")
        return True

