"""A well-behaved client that goes on paying while others misbehave, and what it must find afterwards."""

import threading
import time

import oncepay_client as client
from oncepay.fb.OrderState import OrderState
from server import DEADLINE_S
from truth import PAID, Log

BUSY = 400
IN_FLIGHT = 16


class Customer:
    """Pays `merchant` without a pause, `IN_FLIGHT` payments at a time; each must be answered, and answered paid."""

    def __init__(self, server, name="customer", merchant="shop"):
        host, port = server.address.rsplit(":", 1)
        self._connection = client.Connection(host, int(port), timeout_s=DEADLINE_S)
        self.name, self.merchant = name, merchant
        self.paid = []  # Order numbers, in the order of their answers.
        self.trouble = None
        self._stop = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self.pays_on()
        return self

    def stop(self):
        """Sends no more, and waits for the answers."""
        with self._news:
            self._stop = True
        self._thread.join(DEADLINE_S)

    def __exit__(self, kind, *_):
        self.stop()
        self._connection.close()
        if kind is None:
            assert not self._thread.is_alive(), f"{self.name}: payments are still unanswered after {DEADLINE_S} s"
            assert self.trouble is None, f"{self.name}: {self.trouble}"

    def pays_on(self, more=50):
        """Waits until so many more payments were answered: whatever others do, its rate isn't zero."""
        with self._news:
            until = len(self.paid) + more
            arrived = self._news.wait_for(lambda: len(self.paid) >= until or self.trouble, DEADLINE_S)
            assert self.trouble is None, f"{self.name}: {self.trouble}"
            assert arrived, f"{self.name}: only {len(self.paid) + more - until} of {more} payments within {DEADLINE_S} s"

    def pays_until_said(self, server, part):
        """Goes on until the server's log for operators holds that."""
        until = time.monotonic() + DEADLINE_S
        while part not in server.stderr():
            self.pays_on(10)
            assert time.monotonic() < until, f"{part!r} wasn't said within {DEADLINE_S} s"

    def _pay(self, number, waiting):
        order_no = f"{self.name}-{number}"
        waiting[self._connection.send(client.pay(self.merchant, order_no, 1000 + number, "CNY", "card"))] = order_no

    def _run(self):
        try:
            waiting, sent = {}, 0
            for sent in range(IN_FLIGHT):
                self._pay(sent, waiting)
            while waiting:
                reply = self._connection.receive()
                order_no = waiting.pop(reply.requestId)
                if reply.code == BUSY:  # A slow machine under siege may rightly say so; its customers ask again.
                    self._pay(int(order_no.rpartition("-")[2]), waiting)
                    continue
                assert reply.code == client.OK and reply.body.state == OrderState.Paid, \
                    f"{order_no} was answered with code {reply.code}, {reply.text}"
                with self._news:
                    self.paid.append(order_no)
                    self._news.notify_all()
                    stop = self._stop
                if not stop:
                    sent += 1
                    self._pay(sent, waiting)
        except Exception as problem:  # pylint: disable=broad-except
            with self._news:
                self.trouble = f"{type(problem).__name__}: {problem}"
                self._news.notify_all()

    def finds_all_paid(self, server):
        """On a stopped server's log: it is sound, its books balance, what was told paid is paid there, and today's
        rules agree."""
        server.log("verify")
        known = Log().read(server).orders
        paid = {name for name, order in known.items() if order.state == PAID}
        lost = [number for number in self.paid if f"{self.merchant}/{number}" not in paid]
        assert not lost, f"{len(lost)} payments were acknowledged and the log doesn't know them as paid: {lost[:5]}"
        for order_no in (self.paid[0], self.paid[-1]):
            server.audit(order_no, merchant=self.merchant, expect=0)
