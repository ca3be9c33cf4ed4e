"""Stock, delivery vans and payments of the demo shop. Knows nothing of HTTP.

An order number may carry switches, so that every way through a flow can be tried at will:
`A1+pay:402` is declined, `A1+pay:503x2` fails twice and then works, `A1+capture:pending` is never
captured. README.md beside this file has the table.
"""

import re
import threading

ARTICLES = {
    "MUG-1": {"title": "Blue mug", "price": 1200, "stock": 20},
    "TEA-7": {"title": "Green tea", "price": 1800, "stock": 8},
    "LMP-2": {"title": "Desk lamp", "price": 4900, "stock": 2},
    "PEN-3": {"title": "Pencil", "price": 100, "stock": 1000000},
}
SWITCH = re.compile(r"(reserve|deliver|pay|look|refund|release):([1-5]\d\d|stall|reset|odd)(?:x(\d+))?"
                    r"|capture:(pending|rejected|at-once)")
POLLS_UNTIL_CAPTURED = 2


class Switched(Exception):
    """What the shop does instead of responding, as a switch says: a status, "stall", "reset", "odd"."""

    def __init__(self, what):
        super().__init__(what)
        self.what = what


class Trouble(Exception):
    """A response that is not a success: a status, and the members of its body besides the message."""

    def __init__(self, status, message, **more):
        super().__init__(message)
        self.status, self.message, self.more = status, message, more


class Till:
    """What was reserved, planned and paid for each order, until the program ends."""

    def __init__(self):
        self._lock = threading.Lock()
        self._reserved = {}   # (order, sku): quantity
        self._vans = {}       # order: day
        self._called_off = set()  # cancelled orders: later reservations for them are refused
        self._payments = {}   # id: payment
        self._keys = {}       # Idempotency-Key: (order, amount, id)
        self._refunded = {}   # order: amount
        self._times = {}      # (order, step): how often it was asked for

    def _switch(self, order, step):
        """Raises Switched if the order's number says so for this step."""
        _, *words = order.split("+")
        for word in words:
            found = SWITCH.fullmatch(word)
            if not found:
                raise Trouble(400, f"the order number has an unknown switch: {word}")
            if found[1] != step:
                continue
            times = self._times[order, step] = self._times.get((order, step), 0) + 1
            if not found[3] or times <= int(found[3]):
                raise Switched(int(found[2]) if found[2].isdigit() else found[2])

    def _check_open(self, order):
        if order in self._called_off:
            raise Trouble(410, f"the order {order} was called off")

    def reserve(self, order, sku, quantity):
        """(status, body): 201 the first time, 200 when the same was reserved before."""
        with self._lock:
            self._switch(order, "reserve")
            self._check_open(order)
            if sku not in ARTICLES:
                raise Trouble(404, f"there is no article {sku}")
            if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
                raise Trouble(400, "qty is a whole number from 1")
            taken = sum(n for (whose, what), n in self._reserved.items()
                        if what == sku and whose != order)
            left = ARTICLES[sku]["stock"] - taken
            if quantity > left:
                raise Trouble(409, f"only {left} of {sku} are left", left=left)
            known = self._reserved.get((order, sku)) == quantity
            self._reserved[order, sku] = quantity
        article = ARTICLES[sku]
        return (200 if known else 201), {"sku": sku, "title": article["title"], "qty": quantity,
                                         "price": quantity * article["price"]}

    def deliver(self, order):
        with self._lock:
            self._switch(order, "deliver")
            self._check_open(order)
            known = order in self._vans
            self._vans[order] = "on Friday"
            return (200 if known else 201), {"order": order, "day": self._vans[order]}

    def release(self, order):
        """Cancels the order and releases everything that was reserved for it. A reservation that arrives
        later is refused, so that none is left over."""
        with self._lock:
            self._switch(order, "release")
            self._called_off.add(order)
            mine = [key for key in self._reserved if key[0] == order]
            for key in mine:
                del self._reserved[key]
            self._vans.pop(order, None)
            return 200, {"order": order, "released": len(mine)}

    def pay(self, order, amount, key):
        """One payment per key: a request that comes again gets the payment of the first."""
        if not key:
            raise Trouble(400, "a payment wants the header Idempotency-Key")
        if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
            raise Trouble(400, "amount is a whole number from 1")
        with self._lock:
            self._switch(order, "pay")
            if key in self._keys:
                known_order, known_amount, number = self._keys[key]
                if (known_order, known_amount) != (order, amount):
                    raise Trouble(409, "this Idempotency-Key belongs to another payment")
                return 200, self._payments[number]
            number = f"P{len(self._payments) + 1:04d}"
            status = "captured" if "+capture:at-once" in order else "pending"
            self._keys[key] = order, amount, number
            self._payments[number] = {"id": number, "order": order, "amount": amount,
                                      "status": status, "looks": 0, "reason": None}
            return 201, self._payments[number]

    def look(self, number):
        """A payment is captured at the second look, unless its order says otherwise."""
        with self._lock:
            if number not in self._payments:
                raise Trouble(404, f"there is no payment {number}")
            payment = self._payments[number]
            order = payment["order"]
            self._switch(order, "look")
            payment["looks"] += 1
            if "+capture:rejected" in order:
                payment.update(status="rejected", reason="the card has expired")
            elif "+capture:pending" not in order and payment["looks"] >= POLLS_UNTIL_CAPTURED:
                payment["status"] = "captured"
            return 200, payment

    def refund(self, order):
        """Refunds what was paid for the order, once; cancels pending payments."""
        with self._lock:
            self._switch(order, "refund")
            known = order in self._refunded
            amount = sum(payment["amount"] for payment in self._payments.values()
                         if payment["order"] == order and payment["status"] != "rejected")
            self._refunded[order] = amount
            return (200 if known or not amount else 201), {"order": order, "refunded": amount}

    def books(self, order):
        """What is on record for the order."""
        with self._lock:
            reserved = {sku: n for (whose, sku), n in self._reserved.items() if whose == order}
            payments = [p["id"] for p in self._payments.values() if p["order"] == order]
            return 200, {"order": order, "reserved": reserved, "delivery": self._vans.get(order),
                         "payments": payments, "refunded": self._refunded.get(order, 0)}
