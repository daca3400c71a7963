#!/usr/bin/python3
"""The comparison of log and books finds each loss it is there for: planted ones, one at a time."""

import unittest

from truth import Attempt, Books, Log, Order, check


def world():
    """One paid order that failed over, one failed, one in doubt, and the books that belong to them."""
    log, books = Log(), Books(".", [])
    log.balances.update({("channel/beta/receivable", "CNY"): 1000, ("merchant/m/pending", "CNY"): -1000})
    for name, state, attempts in (
            ("m/paid", "paid", [("a1", "alpha", "failed", False), ("a2", "beta", "succeeded", True)]),
            ("m/failed", "failed", [("b1", "alpha", "failed", False)]),
            ("m/doubt", "open", [("c1", "beta", "in_doubt", True)])):
        order = log.orders[name] = Order(name, 1000)
        order.state = state
        for number, (identity, channel, outcome, moved) in enumerate(attempts, 1):
            order.attempts.append(identity)
            log.attempts[identity] = Attempt(order, number, channel)
            log.attempts[identity].state = outcome
            books.requests[identity] = (channel, 1000, moved)
    return log, books


def decision(position, events, **what):
    return {"position": position, "stream": "order/m/1", "input": what, "events": events}


def intended(number, identity):
    return {"event": "attempt_intended", "number": number, "attempt_id": identity}


class TheComparison(unittest.TestCase):
    def setUp(self):
        self.log, self.books = world()

    def finds(self, what, settled=True):
        with self.assertRaisesRegex(AssertionError, what):
            check(self.log, self.books, settled)

    def test_what_is_right_passes(self):
        check(self.log, self.books, settled=True)

    def test_money_moved_twice(self):
        self.books.requests["a1"] = ("alpha", 1000, True)
        self.log.attempts["a1"].state = "in_doubt"
        self.finds("paid twice")

    def test_paid_without_money(self):
        self.books.requests["a2"] = ("beta", 1000, False)
        self.finds("paid although no money moved")

    def test_failed_with_money(self):
        self.books.requests["b1"] = ("alpha", 1000, True)
        self.finds("money moved on b1, and it counts as failed")
        self.log.attempts["b1"].state = "in_doubt"
        self.finds("told failed although paid")

    def test_a_request_nobody_intended(self):
        self.books.requests["zz"] = ("alpha", 1000, False)
        self.finds("never intended")

    def test_another_channel_or_amount_than_decided(self):
        self.books.requests["b1"] = ("beta", 1000, False)
        self.finds("went to beta")
        self.books.requests["b1"] = ("alpha", 1001, False)
        self.finds("asked for 1001")

    def test_an_order_left_open(self):
        self.log.attempts["c1"].state = "intended"
        check(self.log, self.books, settled=False)
        self.finds("money moved, and it is open")
        self.books.requests.pop("c1")
        self.finds("neither final nor in doubt")

    def test_a_ledger_that_does_not_sum_to_zero(self):
        self.log.balances["platform/fees", "CNY"] = -1
        self.finds("doesn't sum to zero")

    def test_a_bank_that_contradicts_itself(self):
        self.log.contradictions = 1
        self.finds("contradicted")

    def test_a_request_sent_twice(self):
        line = "1 a1 1000 CNY OK 1 0"
        self.books.requests.clear()
        self.books._line("alpha", line)
        with self.assertRaisesRegex(AssertionError, "twice"):
            self.books._line("alpha", line)


class TheExplanation(unittest.TestCase):
    def explained(self, name, taken, kept_minor):
        log, _ = world()
        log.attempts["c1"].state = "manual"
        return log.explained(log.orders[name], taken, kept_minor)

    def test_what_log_and_banks_agree_on(self):
        self.assertEqual(self.explained("m/paid", ["a2"], 1000), "paid")
        self.assertEqual(self.explained("m/paid", ["a2"], 0), "paid, given back")
        self.assertEqual(self.explained("m/failed", [], 0), "failed")
        self.assertEqual(self.explained("m/doubt", ["c1"], 1000), "manual")

    def test_a_bank_that_takes_its_word_back(self):
        log, _ = world()
        log.attempts["a2"].contradicted = True
        self.assertEqual(log.explained(log.orders["m/paid"], [], 0), "paid on a word that its bank took back")
        self.assertEqual(log.explained(log.orders["m/paid"], ["a2"], 1000), "paid")
        log.attempts["b1"].contradicted = True
        self.assertIsNone(log.explained(log.orders["m/failed"], ["b1"], 1000))

    def test_a_surplus_is_no_payment_and_its_order_failed_all_the_same(self):
        log, _ = world()
        log.attempts["b1"].state, log.attempts["b1"].is_surplus = "succeeded", True
        self.assertEqual(log.explained(log.orders["m/failed"], ["b1"], 0), "failed")

    def test_a_success_that_was_told_is_known_by_its_evidence(self):
        for evidence, by_notice in (("notice", True), ("reply", False)):
            log = Log()
            opened = {"event": "order_opened"}
            log._fold(decision(1, [opened, intended(1, "x1")], amount={"minor": 5}, route={"chosen": "alpha"}))
            log._fold(decision(2, [{"event": "attempt_succeeded", "number": 1}], evidence=evidence))
            self.assertIs(log.attempts["x1"].by_notice, by_notice)

    def test_what_nothing_explains(self):
        self.assertIsNone(self.explained("m/paid", [], 0))
        self.assertIsNone(self.explained("m/paid", ["a1", "a2"], 2000))
        self.assertIsNone(self.explained("m/failed", ["b1"], 1000))

    def test_what_is_still_in_doubt(self):
        log, _ = world()
        self.assertIsNone(log.explained(log.orders["m/doubt"], ["c1"], 1000))


class TheFold(unittest.TestCase):
    def setUp(self):
        self.log = Log()
        self.pay = {"input": "pay", "amount": {"minor": 5}, "route": {"chosen": "alpha"}}
        self.log._fold(decision(1, [{"event": "order_opened"}, intended(1, "a1")], **self.pay))

    def refuses(self, what, position, events, **fields):
        with self.assertRaisesRegex(AssertionError, what):
            self.log._fold(decision(position, events, **fields))

    def test_a_gap(self):
        self.refuses("position 3 follows 1", 3, [])

    def test_an_order_opened_twice(self):
        self.refuses("opened a second time", 2, [{"event": "order_opened"}], **self.pay)

    def test_a_second_attempt_while_the_first_is_in_doubt(self):
        self.log._fold(decision(2, [{"event": "attempt_in_doubt", "number": 1}]))
        self.refuses("goes on although attempt a1 is in_doubt", 3, [intended(2, "a2")], **self.pay)

    def test_a_final_order_that_changes(self):
        self.log._fold(decision(2, [{"event": "attempt_failed", "number": 1}, {"event": "order_failed"}]))
        self.refuses("final and changes", 3, [{"event": "order_paid", "postings": []}])
        self.log.position = 2
        self.refuses("a final attempt changes", 3, [{"event": "attempt_succeeded", "number": 1}])

    def test_refunds_beyond_what_was_paid_twice_or_of_nothing(self):
        def refund(number, identity, minor):
            event = {"event": "refund_requested", "number": number, "attempt_number": 1, "operation_id": identity}
            return [event], {"input": "refund", "amount": {"minor": minor}}
        events, wish = refund(1, "r1", 3)
        self.refuses("gives back what a1 didn't take", 2, events, **wish)
        self.log._fold(decision(3, [{"event": "attempt_succeeded", "number": 1}]))
        self.log._fold(decision(4, events, **wish))
        self.refuses("requested a second time", 5, events, **wish)
        events, wish = refund(2, "r2", 3)
        self.refuses("6 of 5 would go back", 6, events, **wish)
        self.log._fold(decision(7, [{"event": "refund_failed", "number": 1}, {"event": "refund_failed", "number": 2}]))
        self.refuses("a final refund changes", 8, [{"event": "refund_succeeded", "number": 1}])

    def test_a_one_sided_posting(self):
        posting = {"account": "platform/fees", "amount": {"minor": -1, "currency": "CNY"}}
        self.refuses("don't sum to zero", 2, [{"event": "order_paid", "postings": [posting]}])


if __name__ == "__main__":
    unittest.main()
