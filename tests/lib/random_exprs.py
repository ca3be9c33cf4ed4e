"""Random expressions: the text of each, and a function that computes it as the language says.

An expression is (text, compute); compute(names) takes the values of all names, a dict. Knows nothing of
nodes. Every expression can be computed: no overflow, no division, no value of a wrong type.
"""

import json


def constant(value):
    """A constant of the language, as written in a file."""
    if isinstance(value, str):
        return '"' + "".join("\\" + c if c in '"\\{}' else c for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(constant, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {constant(v)}" for key, v in value.items()) + " }"
    return json.dumps(value)


def compact(value):
    """What `json(…)` and a hole of a text make of a list or an object."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def shown(value):
    """What a hole of a text makes of a value."""
    if value is None:
        return ""
    return value if isinstance(value, str) else compact(value)


def literal(value):
    return constant(value), lambda names: value


def name_of(name):
    return name, lambda names: names[name]


def _remainder(a, b):
    return abs(a) % b * (1 if a >= 0 else -1)


class Expressions:
    """Draws expressions over these int and text names."""

    def __init__(self, random, ints, texts):
        self.random, self.ints, self.texts = random, ints, texts

    def int(self, depth=2):
        draw = self.random.random()
        if depth == 0 or draw < 0.35:
            if self.ints and self.random.random() < 0.6:
                return name_of(self.random.choice(self.ints))
            return literal(self.random.randint(-5, 300))
        if draw < 0.7:
            return self._arithmetic(depth)
        if draw < 0.85:
            condition, yes, no = self.bool(depth - 1), self.int(depth - 1), self.int(depth - 1)
            return (f"(if {condition[0]} then {yes[0]} else {no[0]})",
                    lambda names: (yes if condition[1](names) else no)[1](names))
        text = self.text(depth - 1)
        return f"len({text[0]})", lambda names: len(text[1](names))

    def _arithmetic(self, depth):
        left, right = self.int(depth - 1), self.int(depth - 1)
        sign = self.random.choice("+-*")
        apply = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}[sign]
        return (f"({left[0]} {sign} {right[0]}) % 997",
                lambda names: _remainder(apply(left[1](names), right[1](names)), 997))

    def small_int(self):
        """An int that stays small however often it is put into a variable."""
        value = self.int()
        return f"({value[0]}) % 50", lambda names: _remainder(value[1](names), 50)

    def bool(self, depth=2):
        draw = self.random.random()
        if depth == 0 or draw < 0.5:
            return self._comparison(max(depth - 1, 0))
        if draw < 0.6:
            inner = self.bool(depth - 1)
            return f"not ({inner[0]})", lambda names: not inner[1](names)
        if draw < 0.9:
            left, right = self.bool(depth - 1), self.bool(depth - 1)
            if self.random.random() < 0.5:
                return (f"({left[0]} and {right[0]})",
                        lambda names: left[1](names) and right[1](names))
            return f"({left[0]} or {right[0]})", lambda names: left[1](names) or right[1](names)
        return literal(self.random.random() < 0.5)

    def _comparison(self, depth):
        if self.random.random() < 0.2:
            value = self.int(depth)
            items = [self.random.randint(-2, 9) for _ in range(3)]
            return f"{value[0]} in {constant(items)}", lambda names: value[1](names) in items
        left, right = self.int(depth), self.int(depth)
        sign = self.random.choice(["==", "!=", "<", "<=", ">", ">="])
        apply = {"==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__,
                 ">": int.__gt__, ">=": int.__ge__}[sign]
        return (f"{left[0]} {sign} {right[0]}",
                lambda names: apply(left[1](names), right[1](names)))

    def text(self, depth=1):
        draw = self.random.random()
        if depth == 0 or draw < 0.4:
            if self.texts and self.random.random() < 0.5:
                return name_of(self.random.choice(self.texts))
            return literal(self.random.choice(["", "a", "bc", "{}", 'q"\\', "é"]))
        if draw < 0.6:
            left, right = self.text(depth - 1), self.text(depth - 1)
            return f"({left[0]} + {right[0]})", lambda names: left[1](names) + right[1](names)
        parts = [self.int(depth - 1) for _ in range(self._part_count())]
        return ('"' + "-".join("{" + part[0] + "}" for part in parts) + '"',
                lambda names: "-".join(shown(part[1](names)) for part in parts))

    def _part_count(self):
        return self.random.choice([16, 17, 33, 49]) if self.random.random() < 0.03 else \
            self.random.randint(1, 3)
