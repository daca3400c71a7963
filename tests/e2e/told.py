#!/usr/bin/python3
"""Merchants are told of results over real sockets: signed as the README says, again until they acknowledge, under the
same id whatever dies in between."""

import http.server
import json
import os
import re
import threading
import time

import configuration
from cases import case, contains, main, same
from server import DEADLINE_S

KEY = "a key that two sides know"
README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
ACKNOWLEDGED = (200, b"success")


def function_of_readme():
    """The README's own way to see that what arrived is genuine: what integrators copy has to work."""
    with open(README, encoding="utf-8") as file:
        code = next(block for block in re.findall(r"```python\n(.*?)```", file.read(), re.S) if "def is_genuine" in block)
    names = {}
    exec(code, names)  # pylint: disable=exec-used
    return names["is_genuine"]


class Service:
    """A merchant's own service: remembers what it was told and answers as the test says."""

    def __init__(self, answers=lambda told, nth: ACKNOWLEDGED, port=0):
        self.answers = answers  # Of what it is told and for the how-many-eth time; None: the connection is cut.
        self.told = []
        self._news = threading.Condition()
        is_genuine = function_of_readme()
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = json.loads(body)
                told["genuine"] = is_genuine(self.headers, body, KEY.encode())
                told["tampered_with"] = is_genuine(self.headers, body + b" ", KEY.encode())
                told["path"] = self.path
                with service._news:
                    service.told.append(told)
                    nth = sum(known["id"] == told["id"] for known in service.told)
                    service._news.notify_all()
                answer = service.answers(told, nth)
                if answer is None:
                    self.close_connection = True
                    return
                status, text = answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # Whoever asked was killed meanwhile; that is what is tested.
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count):
        """The first so many things it was told."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.told) >= count, DEADLINE_S), f"was told only {self.told}"
            return self.told[:count]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def told_merchant(world, port, name="shop"):
    with open(world.path("notify.key"), "w", encoding="utf-8") as file:
        file.write(KEY + "\n")
    return configuration.merchant(name, notify_url=f"http://127.0.0.1:{port}/told", notify_key={"file": "notify.key"})


def events(server, order_no, merchant="shop"):
    """The names of an order's events, as its audit shows them."""
    out = server.audit(order_no, merchant).out
    return re.findall(r'"(merchant_to_tell|merchant_told|merchant_not_told|telling_given_up)"', out)


def wait_until(met, what):
    """Asks the log again; each question is a process of its own, so this spins at no great pace."""
    until = time.monotonic() + DEADLINE_S
    while not met():
        assert time.monotonic() < until, f"not within {DEADLINE_S} s: {what}"


@case
def told_once(world):
    """Each result is told once, genuine, and the key is nowhere in the log."""
    service = Service()
    failing = configuration.channel("beta", priority=1, methods=["points"],
                                    bank={"failures": [{"code": "STOLEN", "share": "100%", "try_another": False}]})
    server = world.server(configuration.toml([configuration.channel(), failing],
                                             [told_merchant(world, service.port), configuration.merchant("cafe")]))
    server.start()
    same(server.pay("A-1")["code"], 0, "a payment")
    same(server.pay("A-2", method="points")["code"], 500, "a payment that fails")
    same(server.pay("A-3", merchant="cafe")["code"], 0, "a payment of a merchant who isn't told")
    service.wait_for(2)
    same(server.ask("refund", "shop", "A-1", "R-1", "4.00", "CNY")["code"], 0, "a refund")
    told = {(t["order_no"], t["result"]): t for t in service.wait_for(3)}
    same(set(told), {("A-1", "paid"), ("A-2", "failed"), ("A-1", "refund_succeeded")}, "what was told")
    for t in told.values():
        assert t["genuine"] and not t["tampered_with"], f"its signature: {t}"
        same((t["merchant"], t["amount_minor"], t["currency"], t["path"]), ("shop", "1000", "CNY", "/told"), "told")
    refund = told["A-1", "refund_succeeded"]
    same((refund["refund_no"], refund["refund_amount_minor"], refund["number"]), ("R-1", "400", "2"), "of the refund")
    same(len({t["id"] for t in told.values()}), 3, "ids")
    wait_until(lambda: events(server, "A-1").count("merchant_told") == 2, "two acknowledgements in the log")
    contains(server.program.run("order", "shop", "A-1", "--connect", server.address, "--trajectory").out,
             "merchant_told", "the trajectory")
    same(events(server, "A-3", "cafe"), [], "of a merchant who isn't told")
    server.stop()
    server.log("verify")
    for folder, _, files in os.walk(world.path("data")):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                assert KEY.encode() not in file.read(), f"the key is in {name}"
    same(len(service.told), 3, "tellings in all")
    service.close()


@case
def killed_before_the_record(world):
    """Killed between a delivery and its record, the server tells it again under the same id, and then never again."""
    killed = threading.Event()
    service = Service(lambda told, nth: ACKNOWLEDGED if killed.wait(DEADLINE_S) else None)
    server = world.server(configuration.toml(merchants=[told_merchant(world, service.port)])).start()
    same(server.pay("K-1")["code"], 0, "a payment")
    service.wait_for(1)
    server.kill()
    killed.set()
    server.start()
    first, second = service.wait_for(2)
    same(first, second, "what is told again")
    wait_until(lambda: "merchant_told" in events(server, "K-1"), "the acknowledgement in the log")
    server.kill()
    server.start()
    same(server.pay("K-2")["code"], 0, "a payment after another restart")
    same([t["order_no"] for t in service.wait_for(3)], ["K-1", "K-1", "K-2"], "what was told")
    server.stop()
    same(len(service.told), 3, "tellings in all")
    service.close()


@case
def only_an_acknowledgement_counts(world):
    """Who can't be reached, or answers something else, is told again, and holds nobody up meanwhile."""
    gone = Service()
    gone.close()
    odd = Service(lambda told, nth: (200, b"thanks") if nth == 1 else ACKNOWLEDGED)
    hanging = Service(lambda told, nth: threading.Event().wait(DEADLINE_S) and None)
    good = Service()
    services = {"shop": gone, "cafe": odd, "taxi": hanging, "park": good}
    server = world.server(configuration.toml(
        merchants=[told_merchant(world, service.port, name) for name, service in services.items()])).start()
    for name in services:
        same(server.pay("N-1", merchant=name)["code"], 0, "a payment")
    good.wait_for(1)
    wait_until(lambda: "merchant_not_told" in events(server, "N-1", "shop"), "shop wasn't reached")
    wait_until(lambda: "merchant_not_told" in events(server, "N-1", "cafe"), "cafe answered something else")
    untold = server.program.run("orders", "--data", server.data, "--state", "untold", "--json", cwd=server.directory)
    same({o["merchant"] for o in untold.json()["orders"]}, {"shop", "cafe", "taxi"}, "who isn't told yet")
    back = Service(port=gone.port)
    first, second = odd.wait_for(2)
    same(first, second, "what is told again")
    back.wait_for(1)
    for name in ("shop", "cafe"):
        wait_until(lambda name=name: events(server, "N-1", name)[-1] == "merchant_told", f"{name} was told")
        same(events(server, "N-1", name), ["merchant_to_tell", "merchant_not_told", "merchant_told"], name)
    server.stop()
    for service in (odd, hanging, good, back):
        service.close()


if __name__ == "__main__":
    main()
