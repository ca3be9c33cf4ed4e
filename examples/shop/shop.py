#!/usr/bin/env python3
"""The demo shop: a small HTTP API for the examples, the tests and for trying flows by hand.

    examples/shop/shop.py [--port N] [--key KEY] [--retry-after SECONDS]

Prints `shop: listening on http://127.0.0.1:PORT` and serves until it is stopped. It listens on the
loopback only. Every route is in README.md beside this file.
"""

import argparse
import json
import re
import signal
import socket
import struct
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from till import Switched, Till, Trouble

LIMIT_BODY = 1 << 20
STALL_SECONDS = 60

ORDERS = {
    "AB123456": {"id": "AB123456", "status": "shipped", "total": 4200, "eta": "on Friday",
                 "tracking": "TRK-1001",
                 "items": [{"sku": "MUG-1", "title": "Blue mug", "qty": 2, "price": 1200},
                           {"sku": "TEA-7", "title": "Green tea", "qty": 1, "price": 1800}]},
    "CD234567": {"id": "CD234567", "status": "packing", "total": 5900, "eta": None,
                 "tracking": None,
                 "items": [{"sku": "LMP-2", "title": "Desk lamp", "qty": 1, "price": 4900},
                           {"sku": "BLB-9", "title": "Light bulb", "qty": 2, "price": 500}]},
    "EF345678": {"id": "EF345678", "status": "shipped", "total": 700, "eta": None,
                 "tracking": None,
                 "items": [{"sku": "PEN-3", "title": "Pencil", "qty": 7, "price": 100}]},
}

# Orders whose look-up shows one kind of trouble each, so that every arm of a flow can be tried.
TROUBLE = {
    "BR400000": (400, "this order number cannot be right"),
    "UA401000": (401, "the key is not good for this order"),
    "FB403000": (403, "this order belongs to another shop"),
    "TP418000": (418, "the order desk is a teapot today"),
    "IE500000": (500, "the order desk fell over"),
    "MM503000": (503, "the shop is closed for maintenance"),
}


class Refused(Exception):
    """A response that is not a success; the handler turns it into a status and a JSON message."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


class Shop:
    """What the shop knows and remembers: orders, returns, hand-overs. Knows nothing of HTTP."""

    def __init__(self):
        self._lock = threading.Lock()
        self._tickets = 0
        self._returned = {}

    def order(self, number):
        if not re.fullmatch("[A-Z]{2}[0-9]{6}", number):
            raise Refused(400, "an order number is two capital letters and six digits")
        if number in TROUBLE:
            raise Refused(*TROUBLE[number])
        if number not in ORDERS:
            raise Refused(404, f"there is no order {number}")
        return ORDERS[number]

    def hand_over(self, asked):
        """An agent takes over; urgent cases are taken at once (200), others wait in line (201)."""
        if not isinstance(asked, dict) or not isinstance(asked.get("customer"), str):
            raise Refused(400, "customer is missing, or is not a text")
        with self._lock:
            self._tickets += 1
            ticket = f"T{self._tickets:04d}"
        urgent = asked.get("priority") == "high"
        return (200 if urgent else 201), {"ticket": ticket, "customer": asked["customer"],
                                          "agent": "Grace", "waiting": 0 if urgent else 3}

    def take_back(self, form):
        """A return of an order: once per order, and only of what was shipped."""
        order = self.order(form.get("order", [""])[-1])
        if order["status"] != "shipped":
            raise Refused(409, f"order {order['id']} has not been shipped")
        reason = form.get("reason", ["other"])[-1]
        with self._lock:
            known = order["id"] in self._returned
            label = self._returned.setdefault(order["id"], f"R-{order['id']}")
        return (200 if known else 201), {"label": label, "order": order["id"], "reason": reason,
                                         "refund": order["total"]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "shop"
    # A small reply is two writes (head, body); Nagle would hold the second for 40 ms.
    disable_nagle_algorithm = True

    ROUTES = [
        ("GET", r"/health", "health", False),
        ("GET", r"/greet/([^/]+)", "greet", False),
        ("GET", r"/v1/orders/([^/]*)", "order", True),
        ("POST", r"/v1/handover", "hand_over", True),
        ("POST", r"/v1/returns", "take_back", True),
        ("GET", r"/v1/orders/([^/]+)/books", "books", True),
        ("PUT", r"/v1/orders/([^/]+)/reservations/([^/]+)", "reserve", True),
        ("DELETE", r"/v1/orders/([^/]+)/reservations", "release", True),
        ("PUT", r"/v1/orders/([^/]+)/delivery", "deliver", True),
        ("POST", r"/v1/orders/([^/]+)/refund", "refund", True),
        ("POST", r"/v1/payments", "pay", True),
        ("GET", r"/v1/payments/([^/]+)", "look", True),
        ("GET", r"/v1/slow", "slow", True),
        ("GET", r"/v1/failing", "failing", True),
    ]

    def do_GET(self):
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def _serve(self):
        try:
            body = self._read_body()
            status, value = self._route(body)
        except Refused as why:
            status, value = why.status, {"message": why.message}
        except Trouble as why:
            status, value = why.status, {"message": why.message} | why.more
        except Switched as why:
            status, value = self._switched(why.what)
        if status is not None:
            self._answer(status, value)

    def _read_body(self):
        length = self.headers.get("Content-Length", "0")
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            self.close_connection = True
            raise Refused(411, "a body needs a Content-Length")
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > LIMIT_BODY:
            self.close_connection = True
            raise Refused(413, "a body has at most 1 MiB")
        return self.rfile.read(int(length))

    def _route(self, body):
        path, _, query = self.path.partition("?")
        method = "GET" if self.command == "HEAD" else self.command
        others = []
        for wanted, pattern, name, keyed in self.ROUTES:
            found = re.fullmatch(pattern, path)
            if found and wanted == method:
                if keyed:
                    self._check_key()
                parts = [urllib.parse.unquote(part) for part in found.groups()]
                return getattr(self, "_" + name)(*parts, body=body, query=query)
            if found:
                others.append(wanted)
        if others:
            raise Refused(405, f"only {', '.join(others)} here")
        raise Refused(404, f"there is nothing at {path}")

    def _check_key(self):
        if self.headers.get("Authorization") != f"Bearer {self.server.key}":
            raise Refused(401, "a good key is wanted: Authorization: Bearer KEY")

    def _health(self, **_):
        return 200, {"status": "ok"}

    def _greet(self, name, **_):
        return 200, {"message": f"Hello, {name}!"}

    def _order(self, number, **_):
        return 200, self.server.shop.order(number)

    @staticmethod
    def _json(body):
        try:
            return json.loads(body)
        except ValueError:
            raise Refused(400, "the body is not JSON") from None

    def _object(self, body):
        value = self._json(body)
        if not isinstance(value, dict):
            raise Refused(400, "the body is no JSON object")
        return value

    def _switched(self, what):
        """Does what a switch of an order number says."""
        if what == "stall":
            return self._slow()
        if what == "reset":
            return self._failing()
        if what == "odd":
            return 200, {"odd": "this is not what was promised"}
        return what, {"message": f"the order number asked for a {what}"}

    def _hand_over(self, body, **_):
        return self.server.shop.hand_over(self._json(body))

    def _books(self, order, **_):
        return self.server.till.books(order)

    def _reserve(self, order, sku, body, **_):
        return self.server.till.reserve(order, sku, self._object(body).get("qty"))

    def _release(self, order, **_):
        return self.server.till.release(order)

    def _deliver(self, order, **_):
        return self.server.till.deliver(order)

    def _refund(self, order, **_):
        if not self.headers.get("Idempotency-Key"):
            raise Refused(400, "a refund wants the header Idempotency-Key")
        return self.server.till.refund(order)

    def _pay(self, body, **_):
        asked = self._object(body)
        if not isinstance(asked.get("order"), str):
            raise Refused(400, "order is missing, or is not a text")
        return self.server.till.pay(asked["order"], asked.get("amount"),
                                    self.headers.get("Idempotency-Key"))

    def _look(self, number, **_):
        return self.server.till.look(number)

    def _take_back(self, body, **_):
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Refused(415, "a form is wanted: application/x-www-form-urlencoded")
        form = urllib.parse.parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        return self.server.shop.take_back(form)

    def _slow(self, **_):
        """Sends nothing until the caller has closed the connection, for at most STALL_SECONDS."""
        self.connection.settimeout(STALL_SECONDS)
        try:
            self.connection.recv(1)
        except OSError:
            pass
        self.close_connection = True
        return None, None

    def _failing(self, **_):
        """Promises more than it sends, then resets the connection."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 1000\r\n\r\n{\"half\":")
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        return None, None

    def _answer(self, status, value):
        data = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status == 503:
            self.send_header("Retry-After", str(self.server.retry_after))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, form, *values):
        if self.server.verbose:
            print("shop: " + form % values, file=sys.stderr, flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port=0, key="demo-key", verbose=False, retry_after=1):
        super().__init__(("127.0.0.1", port), Handler)
        self.shop, self.till = Shop(), Till()
        self.key, self.verbose, self.retry_after = key, verbose, retry_after
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def shutdown_request(self, request):
        # The stock version shuts the sending side down first, which would spoil the reset of /failing.
        request.close()

    def handle_error(self, request, client_address):
        """A caller that closed the connection is not reported."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser(description="The demo shop API, on the loopback.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--key", default="demo-key", help="the API key (demo-key)")
    parser.add_argument("--retry-after", type=int, default=1, metavar="SECONDS",
                        help="what a 503 says (1)")
    parser.add_argument("--verbose", action="store_true", help="print each request on stderr")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server = Server(arguments.port, arguments.key, arguments.verbose, arguments.retry_after)
    except OSError as why:
        sys.exit(f"shop: cannot listen on port {arguments.port}: {why.strerror}")
    print(f"shop: listening on {server.url}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
