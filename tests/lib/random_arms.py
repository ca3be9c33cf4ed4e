"""Random arms of random_flows: labels, `as`, `when`, actions, arrows; and which of them is taken."""

from random_exprs import compact, constant
from random_flows import Actions

LATE = ("error", "timeout", "max-connection")


def is_reply(label):
    return label not in LATE


class Type:
    """A type after `as`, and whether a value fits it."""

    def __init__(self, text, fits, member=None):
        self.text, self.fits, self.member = text, fits, member
        self.is_int = fits is _has_int


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _has_int(value):
    return isinstance(value, dict) and _is_int(value.get("a"))


def _has_text(value):
    return isinstance(value, dict) and isinstance(value.get("a"), (str, type(None)))


TYPES = [
    Type("Named", _has_int, "a"), Type("{ a: int }", _has_int, "a"),
    Type("{ a: text? }", _has_text), Type("any", lambda value: True, "a"),
    Type("[int]", lambda value: isinstance(value, list) and all(map(_is_int, value))),
    Type("text", lambda value: isinstance(value, str)),
    Type("text?", lambda value: value is None or isinstance(value, str)),
]


class Arm:
    def __init__(self, node, mark, labels, guarded, draw):
        self.labels, self.arrow = labels, node.arrow()
        self.type = draw.type(labels)
        self.guard = draw.guard(labels, self.type) if guarded else None
        more = draw.actions(labels, self.type)
        self.actions = Actions(node.flow, f"/{mark}", draw.seen(labels), more)

    @property
    def text(self):
        parts = [", ".join(self.labels)]
        if self.type:
            parts.append(f"as {self.type.text}")
        if self.guard:
            parts.append(f"when {self.guard[0]}")
        return " ".join(parts + ["{", self.actions.text, "}", self.arrow.text])


class Arms:
    """All arms of a node: one or more of each label, the last of those that are needed without a guard.
    draw says of what an arm is made: type, guard, actions and seen of its labels."""

    def __init__(self, node, labels, needed, draw):
        self.node, self.random, self.draw, self.arms = node, node.random, draw, []
        opened = list(labels)
        for _ in range(self.random.choice([0, 1, 2, 3, 5])):
            if opened:
                chosen = self.random.sample(opened, self.random.randint(1, min(3, len(opened))))
                guarded = self.random.random() < 0.6
                self._add(chosen, guarded)
                opened = opened if guarded else [label for label in opened if label not in chosen]
        for label in labels:
            if label not in needed and not self.of(label):
                self._add([label], self.random.random() < 0.6)
        self._close([label for label in needed if label in opened])

    def _add(self, labels, guarded):
        self.arms.append(Arm(self.node, len(self.arms), labels, guarded, self.draw))

    def _close(self, labels):
        self.random.shuffle(labels)
        while labels:
            count = self.random.randint(1, len(labels))
            self._add(labels[:count], False)
            labels = labels[count:]

    def of(self, label):
        return [arm for arm in self.arms if label in arm.labels]

    @property
    def text(self):
        return "\n".join(f"        {arm.text}" for arm in self.arms)

    def follow(self, frame, label, seen):
        """Leads on from the arm that this outcome takes, which sees these names."""
        frame.names.update(seen)
        arm = self._find(frame.names, label)
        arm.actions.run(frame.names)
        return arm.arrow.follow(frame)

    def _find(self, names, label):
        for tried in self._chain(label):
            for arm in self.of(tried):
                if arm.type and is_reply(tried) and not arm.type.fits(names["body"]):
                    names["error.kind"] = "shape"
                    return self._find(names, "error")
                if not arm.guard or arm.guard[1](names):
                    return arm
        raise AssertionError(f"no arm for {label}")

    def _chain(self, label):
        return [label, f"{label[0]}xx", "other"] if label.isdigit() else [label]


class Plainly:
    """Of what the arms of a node that calls no API are made; seen shows what they know."""

    def __init__(self, flow, seen):
        self.flow, self.seen = flow, seen

    def type(self, labels):
        return None

    def guard(self, labels, type):
        return self.flow.expressions.bool()

    def actions(self, labels, type):
        return []


class Replies:
    """Of what the arms of a call are made."""

    def __init__(self, flow):
        self.flow, self.random = flow, flow.random

    def type(self, labels):
        return self.random.choice(TYPES) if self.random.random() < 0.35 else None

    def seen(self, labels):
        names = ["status", "body"] + ["error.kind"] * (not all(map(is_reply, labels)))
        return f"json([{', '.join(names)}])", lambda values: compact([values[n] for n in names])

    def guard(self, labels, type):
        draw = self.random.random()
        kinds = [label for label in labels if not is_reply(label)]
        if draw < 0.3:
            return self.flow.expressions.bool()
        if draw < 0.5 and kinds:
            kind = self.random.choice(["shape", "network", "timeout"])
            return f'error.kind == "{kind}"', lambda names: names["error.kind"] == kind
        if draw < 0.8 and (not type or type.member):
            return "body.a == 1", self._member_is_one
        status = self.random.choice([200, 404, 503])
        return f"status == {status}", lambda names: names["status"] == status

    def actions(self, labels, type):
        """What `as` promises goes into a variable that takes ints only."""
        if not type or not type.is_int or "error" in labels:
            return []
        other = "" if all(map(is_reply, labels)) else " ?? 7"
        return [(f"k = body.a{other}", lambda names: names.update(
            k=names["body"]["a"] if names["body"] is not None else 7))]

    def _member_is_one(self, names):
        return isinstance(names["body"], dict) and names["body"].get("a") == 1


STATUSES = ["200", "201", "204", "299", "301", "304", "404", "409", "429", "500", "503", "599"]
BODIES = [None, {"a": 1}, {"a": "s"}, {"a": None}, {"b": 2}, [1, 2], ["x"], [], "txt",
          {"a": {"b": 2}}]


class Server:
    """What a call of a node comes to: draws replies until one is not tried again."""

    def __init__(self, node):
        self.node, self.random = node, node.random
        self.method = self.random.choice(["GET", "GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"])
        self.retries = self.random.choice([0, 0, 0, 1, 2])
        labels = ["503", "429", "max-connection"] if self.method in ("POST", "PATCH") else \
            STATUSES + ["2xx", "4xx", "5xx", "other", *LATE]
        self.retried = self.random.sample(labels, self.random.randint(1, 3))

    @property
    def text(self):
        retry = f"\n        retry {self.retries} on {', '.join(self.retried)} backoff 1ms"
        return f'{self.method} e "/x/{{k}}"' + (retry if self.retries else "")

    def outcome(self, frame, arms):
        """The label, and what its arm knows."""
        for attempt in range(self.retries + 1):
            label, seen = self._reply(frame, arms)
            if not self._is_retried(label, arms):
                break
        return label, seen

    def _label(self, arms):
        """Most often one that has an arm of its own, or whose class has one."""
        named = [label for label in STATUSES if arms.of(label) or arms.of(f"{label[0]}xx")]
        if named and self.random.random() < 0.6:
            return self.random.choice(named)
        return self.random.choice(STATUSES + ["206", "418"] + 2 * list(LATE))

    def _reply(self, frame, arms):
        label = self._label(arms)
        body = self.random.choice(BODIES) if is_reply(label) else None
        written = f" {constant(body)}" if body is not None else ""
        frame.world.steps.append(f"reply {self.node.full_name}: {label}{written}")
        if self.method == "HEAD" or label in ("204", "304"):
            body = None
        kind = {"error": "network"}.get(label, label)
        return label, {"status": int(label) if is_reply(label) else None, "body": body,
                       "error.kind": None if is_reply(label) else kind}

    def _is_retried(self, label, arms):
        if not is_reply(label):
            return label in self.retried
        is_other = not arms.of(label) and not arms.of(f"{label[0]}xx")
        return label in self.retried or f"{label[0]}xx" in self.retried or \
            (is_other and "other" in self.retried)
