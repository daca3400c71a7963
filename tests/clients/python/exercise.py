"""Speaks to a running server as an integrator in another language would, and stops at the first wrong answer.

usage: exercise.py HOST:PORT MERCHANT [--method METHOD] [--pay-out-method METHOD] [--card-method METHOD]
                   [--currency CODE] [--run NAME]

The merchant must be open and served by a reliable channel for the method and currency. Order numbers begin with the
run's name, so that runs on one server don't meet each other; the same name again must find everything paid already.
"""

import argparse
import struct
import sys
import time

import oncepay_client as client
from oncepay.fb.OrderKind import OrderKind
from oncepay.fb.OrderState import OrderState
from oncepay.fb.ReplyBody import ReplyBody

PIPELINED = 200
DOUBLE_CLICKS = 20


class WrongAnswer(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise WrongAnswer(what)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def expect_code(reply, code):
    expect(reply.code == code, f"expected code {code}, got {reply.code} ({text(reply.text)})")


def expect_paid(reply, order_no):
    expect_code(reply, client.OK)
    expect(reply.bodyType == ReplyBody.OrderView, "a payment is answered with the order")
    order = reply.body
    expect(text(order.orderNo) == order_no, f"asked about {order_no}, answered about {text(order.orderNo)}")
    expect(order.state == OrderState.Paid, f"{order_no} is in state {order.state}")
    expect(len(order.attempts or []) >= 1, f"{order_no} is paid without an attempt")


class Exercise:
    def __init__(self, options):
        host, _, port = options.address.rpartition(":")
        self.address = (host, int(port))
        self.merchant = options.merchant
        self.method = options.method
        self.pay_out_method = options.pay_out_method
        self.card_method = options.card_method
        self.currency = options.currency
        self.run_name = options.run

    def connect(self):
        return client.Connection(*self.address)

    def number(self, label):
        return f"{self.run_name}-{label}"

    def pay(self, label, amount_minor=14780, **changes):
        fields = dict(merchant=self.merchant, order_no=self.number(label), amount_minor=amount_minor,
                      currency=self.currency, method=self.method, payer="13800")
        fields.update(changes)
        return client.pay(**fields)

    # Each of these is one scene; its first line is what is printed.

    def pays_once_however_often_it_is_asked(self):
        """a payment, its repetition, a conflict"""
        with self.connect() as c:
            first = c.call(self.pay("first"))
            expect_paid(first, self.number("first"))
            expect(first.position > 0, "a payment rests on a position of the log")
            again = c.call(self.pay("first", placed_at_ns=1))
            expect_paid(again, self.number("first"))
            expect(again.duplicate, "a repetition is a duplicate, whatever its time stamp says")
            expect(len(again.body.attempts) == len(first.body.attempts), "a repetition makes no further attempt")
            ids = [text(a.attemptId) for a in first.body.attempts]
            expect(ids == [text(a.attemptId) for a in again.body.attempts], "attempts keep their ids")
            expect_code(c.call(self.pay("first", amount_minor=14781)), client.ORDER_CONFLICT)
            expect_code(c.call(self.pay("first", payer="13801")), client.ORDER_CONFLICT)

    def answers_queries(self):
        """queries: the order, its trajectory, balances, an order that never was"""
        with self.connect() as c:
            paid = c.call(self.pay("first"))
            order = c.call(client.query_order(self.merchant, self.number("first")))
            expect_paid(order, self.number("first"))
            expect(order.body.amountMinor == 14780, "the order's amount")
            expect(text(order.body.currency) == self.currency, "the order's currency")
            told = c.call(client.query_order(self.merchant, self.number("first"), with_trajectory=True), paid.position)
            expect(len(told.body.trajectory or []) >= 2, "a paid order has a trajectory of at least two lines")
            expect_code(c.call(client.query_order(self.merchant, self.number("never"))), client.UNKNOWN_ORDER)
            prefix = f"merchant/{self.merchant}/"
            balances = c.call(client.query_balances(prefix), paid.position)
            expect_code(balances, client.OK)
            expect(balances.bodyType == ReplyBody.BalanceList, "balances are answered with a list")
            lines = balances.body.balances or []
            expect(len(lines) >= 1, "a merchant that was paid has a balance")
            expect(all(text(line.path).startswith(prefix) for line in lines), "only what the prefix asks for")
            expect(any(line.amountMinor < 0 for line in lines), "what is owed to the merchant is a credit, negative")

    def refunds_no_more_than_was_paid(self):
        """refunds: two of 60 on 100 at once, a repetition, a conflict; and closes"""
        with self.connect() as c:
            expect_paid(c.call(self.pay("returned", amount_minor=10000)), self.number("returned"))
            bodies = [
                client.refund(self.merchant, self.number("returned"), self.number(f"r{i}"), 6000, self.currency)
                for i in (1, 2)
            ]
            ids = [c.next_request_id() for _ in bodies]
            c.send_bytes(b"".join(client.frame(i, *body) for i, body in zip(ids, bodies)))
            codes = [c.wait(i).code for i in ids]
            expect(sorted(codes) == [client.OK, client.REFUND_TOO_LARGE], f"one refund passes, not {codes}")
            passed = bodies[codes.index(client.OK)]
            again = c.call(passed)
            expect_code(again, client.OK)
            expect(again.duplicate, "the same refund again is a duplicate")
            expect(again.body.refundedMinor == 6000, f"6000 were refunded, not {again.body.refundedMinor}")
            expect(len(again.body.refunds) == 1, "one refund is on the order")
            passed[1].amountMinor = 1
            expect_code(c.call(passed), client.REFUND_CONFLICT)
            expect_code(c.call(client.close(self.merchant, self.number("returned"))), client.ALREADY_PAID)
            expect_code(c.call(client.close(self.merchant, self.number("never"))), client.UNKNOWN_ORDER)

    def pays_out_what_was_topped_up(self):
        """pay-outs: of a top-up, once, and no more than there is"""
        if not self.pay_out_method:
            return "left out: no --pay-out-method was given"
        with self.connect() as c:
            topped = c.call(self.pay("topped-up", amount_minor=20000, top_up=True))
            expect_paid(topped, self.number("topped-up"))
            expect(topped.body.kind == OrderKind.TopUp, f"a top-up is one, not {topped.body.kind}")
            expect_code(c.call(self.pay("topped-up", amount_minor=20000)), client.ORDER_CONFLICT)
            wanted = client.pay_out(self.merchant, self.number("out"), 10000, self.currency, self.pay_out_method, "6222")
            out = c.call(wanted)
            expect_paid(out, self.number("out"))
            expect(out.body.kind == OrderKind.PayOut, f"a pay-out is one, not {out.body.kind}")
            again = c.call(wanted)
            expect_paid(again, self.number("out"))
            expect(again.duplicate, "the same pay-out again is a duplicate")
            wanted[1].amountMinor = 10001
            expect_code(c.call(wanted), client.ORDER_CONFLICT)
            wanted[1].orderNo, wanted[1].amountMinor = self.number("too-much"), 10 ** 12
            expect_code(c.call(wanted), client.INSUFFICIENT_FUNDS)
            expect_code(c.call(client.query_order(self.merchant, self.number("too-much"))), client.UNKNOWN_ORDER)
            expect_code(c.call(client.close(self.merchant, self.number("out"))), client.NOT_CLOSABLE)
        return None

    def pays_out_a_batch(self):
        """batches: each line once, repeats known by the batch's number, a result for each line"""
        if not self.pay_out_method:
            return "left out: no --pay-out-method was given"
        with self.connect() as c:
            expect_paid(c.call(self.pay("for-batch", amount_minor=20000, top_up=True)), self.number("for-batch"))
            lines = [(self.number(f"line-{i}"), 1000 + i, f"account-{i}") for i in range(3)]
            lines.append((self.number("line-large"), 10 ** 12, "account-9"))
            number = self.number("batch")
            wanted = client.pay_out_batch(self.merchant, number, self.currency, self.pay_out_method, lines)
            accepted = c.call(wanted)
            expect_code(accepted, client.OK)
            expect(accepted.bodyType == ReplyBody.BatchView, "a batch is answered with itself")
            expect(len(accepted.body.lines) == 4, f"4 lines, not {len(accepted.body.lines)}")
            expect(accepted.body.handedOut, "each line has its order, or was refused")
            # A line is a pay-out: sent by itself it is a repeat, and answered with its fate.
            for order_no, amount_minor, payee in lines[:3]:
                line = c.call(client.pay_out(self.merchant, order_no, amount_minor, self.currency, self.pay_out_method, payee))
                expect_paid(line, order_no)
                expect(line.duplicate, "a batch's line sent by itself is a duplicate")
            found = c.call(client.query_batch(self.merchant, number))
            codes = [line.code for line in found.body.lines]
            expect(codes == [client.OK] * 3 + [client.INSUFFICIENT_FUNDS], f"a result for each line, not {codes}")
            again = c.call(wanted)
            expect_code(again, client.OK)
            expect(again.duplicate, "the same batch again is a duplicate")
            wanted[1].lines.pop()
            expect_code(c.call(wanted), client.BATCH_CONFLICT)
            wanted[1].batchNo = self.number("cut")
            expect_code(c.call(wanted), client.BATCH_TOTAL_DIFFERS)
            expect_code(c.call(client.query_batch(self.merchant, self.number("cut"))), client.UNKNOWN_BATCH)
        return None

    def withholds_by_a_bound_card(self):
        """cards: bound by a token, withheld by, unbound; no number of one is taken"""
        if not self.card_method:
            return "left out: no --card-method was given"
        bound_by = self.number("bound")
        with self.connect() as c:
            wanted = client.bind(self.merchant, bound_by, self.currency, self.card_method, "tok_once", payer="alice")
            bound = c.call(wanted)
            expect_paid(bound, bound_by)
            expect(bound.body.kind == OrderKind.Bind, f"a binding is one, not {bound.body.kind}")
            expect(b"****" in bound.body.card.mask, "its mask is told")
            taken = self.pay("withheld", agreement_order_no=bound_by)
            expect_paid(c.call(taken), self.number("withheld"))
            expect_code(c.call(client.unbind(self.merchant, bound_by, self.number("unbind"))), client.OK)
            again = c.call(taken)
            expect_paid(again, self.number("withheld"))
            expect(again.duplicate, "the same payment again is a duplicate")
            expect_code(c.call(self.pay("too-late", agreement_order_no=bound_by)), client.AGREEMENT_ENDED)
            expect_code(c.call(self.pay("by-none", agreement_order_no="never")), client.UNKNOWN_AGREEMENT)
            wanted[1].cardToken = "4111 1111 1111 1111"
            expect_code(c.call(wanted), client.CARD_NUMBER)
        return None

    def refuses_what_breaks_its_form(self):
        """mistakes in content: refused by code, the number stays free, the connection stays"""
        with self.connect() as c:
            for changes, code in [
                (dict(merchant="never-opened"), client.UNKNOWN_MERCHANT),
                (dict(merchant="No Merchant"), client.INVALID_FIELD),
                (dict(order_no="with blank"), client.INVALID_FIELD),
                (dict(order_no="x" * 65), client.INVALID_FIELD),
                (dict(payer="x" * 65), client.INVALID_FIELD),
                (dict(wallet="No Wallet"), client.INVALID_FIELD),
                (dict(wallet="mine", payer_code="130"), client.INVALID_FIELD),
                (dict(to_wallet="of-a-top-up-only"), client.INVALID_FIELD),
                (dict(top_up=True, wallet="mine", to_wallet="mine"), client.SAME_WALLET),
                (dict(amount_minor=0), client.INVALID_AMOUNT),
                (dict(amount_minor=-1), client.INVALID_AMOUNT),
                (dict(currency="ZZZ"), client.UNKNOWN_CURRENCY),
            ]:
                expect_code(c.call(self.pay("mistaken", **changes)), code)
            expect_code(c.call(client.query_order(self.merchant, self.number("mistaken"))), client.UNKNOWN_ORDER)
            expect_paid(c.call(self.pay("after-mistakes")), self.number("after-mistakes"))

    def answers_pipelined_commands_by_their_ids(self):
        """pipelining: many commands in one write, answered each once, in any order"""
        with self.connect() as c:
            expected, data = {}, b""
            for i in range(PIPELINED):
                # A query of an order paid long ago overtakes the payments before it: it waits for no commit.
                label = "first" if i % 4 == 3 else f"pipelined-{i}"
                body = client.query_order(self.merchant, self.number(label)) if label == "first" else self.pay(label)
                request_id = c.next_request_id()
                expected[request_id] = self.number(label)
                data += client.frame(request_id, *body)
            c.send_bytes(data)
            order_of_arrival = []
            while expected:
                reply = c.receive()
                expect(reply.requestId in expected, f"request {reply.requestId} was answered twice or never asked")
                expect_paid(reply, expected.pop(reply.requestId))
                order_of_arrival.append(reply.requestId)
            overtakings = sum(a > b for a, b in zip(order_of_arrival, order_of_arrival[1:]))
            return f"{len(order_of_arrival)} replies, {overtakings} times out of order"

    def survives_double_clicks(self):
        """double clicks: one payment sent many times at once over two connections is made once"""
        with self.connect() as a, self.connect() as b:
            number = self.number("clicked")
            for c in (a, b):
                c.send_bytes(b"".join(client.frame(i + 1, *self.pay("clicked")) for i in range(DOUBLE_CLICKS)))
            replies = [c.receive() for c in (a, b) for _ in range(DOUBLE_CLICKS)]
            for reply in replies:
                expect_paid(reply, number)
            attempts = {tuple(text(x.attemptId) for x in reply.body.attempts) for reply in replies}
            expect(len(attempts) == 1, f"all speak of the same attempts, not of {attempts}")
            originals = sum(not reply.duplicate for reply in replies)
            expect(originals <= 1, f"{originals} replies claim to be the first")

    def tells_a_command_it_does_not_know(self):
        """a command of a newer client: told by its code, the connection stays"""
        with self.connect() as c:
            body_type, body = self.pay("first")
            data = bytearray(client.frame(77, body_type, body))
            newer = with_body_type(data, 200)
            c.send_bytes(newer)
            reply = c.receive()
            expect(reply.requestId == 77, "it is answered by its request id")
            expect_code(reply, client.UNSUPPORTED_COMMAND)
            expect_paid(c.call(self.pay("first")), self.number("first"))

    def closes_after_bytes_it_cannot_trust(self):
        """malformed frames: answered with a code, then closed; others are served on"""
        sound = client.frame(1, *self.pay("malformed"))
        for data, code in [
            (struct.pack("<I", 16) + b"sixteen bytes...", client.MALFORMED_FRAME),
            (sound[:8] + b"ONCX" + sound[12:], client.MALFORMED_FRAME),
            (sound[:4] + b"\xff\xff\xff\x7f" + sound[8:], client.MALFORMED_FRAME),
            (struct.pack("<I", 0), client.MALFORMED_FRAME),
            (struct.pack("<I", 0x7FFFFFFF) + b"whatever", client.FRAME_TOO_LARGE),
        ]:
            with self.connect() as c:
                c.send_bytes(data)
                expect_code(c.receive(), code)
                expect_closed(c)
        with self.connect() as c:
            c.send_bytes(sound[: len(sound) // 2])
        with self.connect() as c:
            expect_code(c.call(client.query_order(self.merchant, self.number("malformed"))), client.UNKNOWN_ORDER)

    def scenes(self):
        return [
            self.pays_once_however_often_it_is_asked,
            self.answers_queries,
            self.refunds_no_more_than_was_paid,
            self.pays_out_what_was_topped_up,
            self.withholds_by_a_bound_card,
            self.refuses_what_breaks_its_form,
            self.answers_pipelined_commands_by_their_ids,
            self.survives_double_clicks,
            self.tells_a_command_it_does_not_know,
            self.closes_after_bytes_it_cannot_trust,
        ]


def with_body_type(data, body_type):
    """The same frame with another number as its union's type (field 2 of the root table)."""
    root = client.PREFIX_BYTES + struct.unpack_from("<I", data, client.PREFIX_BYTES)[0]
    vtable = root - struct.unpack_from("<i", data, root)[0]
    (offset,) = struct.unpack_from("<H", data, vtable + 4 + 2 * 2)
    data[root + offset] = body_type
    return bytes(data)


def expect_closed(connection):
    try:
        connection.receive()
    except (client.Closed, ConnectionResetError):
        return
    raise WrongAnswer("the connection is still open after a frame that can't be trusted")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("address", metavar="HOST:PORT")
    parser.add_argument("merchant", metavar="MERCHANT")
    parser.add_argument("--method", default="card")
    parser.add_argument("--card-method", help="a method by which a channel binds cards; without it none is bound")
    parser.add_argument("--pay-out-method", help="a method by which a channel pays out; without it nothing is paid out")
    parser.add_argument("--currency", default="CNY")
    parser.add_argument("--run", default=f"py-{time.time_ns():x}", help="what order numbers begin with")
    options = parser.parse_args()
    print(f"run {options.run} against {options.address}", flush=True)
    exercise = Exercise(options)
    for scene in exercise.scenes():
        print(f"- {scene.__doc__}", end=" ... ", flush=True)
        try:
            remark = scene()
        except (WrongAnswer, client.Closed, client.BrokenReply, OSError) as error:
            print(f"WRONG\n  {type(error).__name__}: {error}")
            print(f"  again: exercise.py {options.address} {options.merchant} --method {options.method} "
                  f"--currency {options.currency} --run {options.run}")
            return 1
        print(f"ok ({remark})" if remark else "ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
