#!/usr/bin/python3
"""Each thing that can happen to a command from outside gets its documented code, and the advice that goes with it."""

import hashlib
import hmac

from cases import answered, case, contains, main, same, until
from configuration import channel, latency, merchant, toml
from server import Program

TICKETS = 32_768  # limits::tickets_total
CONNECTION_TICKETS = 1_024  # limits::tickets_per_connection


@case
def processing_at_the_reply_limit(world):
    """A bank that takes longer than the reply limit: processing, and a repeat gets the fate."""
    slow = channel(reply_within_ms=60_000, bank={"latency_us": latency(42_000_000)})
    server = world.server(toml([slow])).start()
    first = server.start_pay("A-1")
    answered(Program.finish(first, 1).json(), 502, "processing", "ask")
    # The same command again waits for the same outcome: the bank's answer, two seconds away.
    again = answered(server.pay("A-1", expect=0), 0, "ok", "done")
    assert again["duplicate"] and again["order"]["state"] == "paid", again
    same(len(again["order"]["attempts"]), 1, "attempts")
    server.stop()


@case
def the_duplicate(world):
    """The same command again is answered from the order: a duplicate, paid once."""
    server = world.server(toml([channel(bank={"book": "alpha.book"})])).start()
    first = answered(server.pay("A-1", expect=0), 0, "ok", "done")
    second = answered(server.pay("A-1", expect=0), 0, "ok", "done")
    same((first["duplicate"], second["duplicate"]), (False, True), "duplicate")
    same(second["order"], first["order"], "the order")
    server.stop()
    same(len(open(world.path("alpha.book"), encoding="utf-8").readlines()), 1, "requests at the bank")


@case
def the_double_click(world):
    """Twenty clicks at once pay once, and each is told so."""
    server = world.server(toml([channel(bank={"book": "alpha.book", "latency_us": latency(300_000)})])).start()
    clicks = [server.start_pay("A-1") for _ in range(20)]
    replies = [answered(Program.finish(click, 0).json(), 0, "ok", "done") for click in clicks]
    same(sum(not reply["duplicate"] for reply in replies), 1, "answers that aren't duplicates")
    same({reply["order"]["attempts"][0]["attempt_id"] for reply in replies},
         {replies[0]["order"]["attempts"][0]["attempt_id"]}, "attempts")
    server.stop()
    same(len(open(world.path("alpha.book"), encoding="utf-8").readlines()), 1, "requests at the bank")


@case
def the_conflict(world):
    """The same number with other content is a conflict, whichever field differs, and changes nothing."""
    server = world.server(toml([channel(methods=["card", "wallet"], currencies=["CNY", "USD"])])).start()
    server.pay("A-1", "10.00", expect=0)
    for other in ({"amount": "10.01"}, {"currency": "USD"}, {"method": "wallet"}):
        answered(server.pay("A-1", expect=1, **{"amount": "10.00", **other}), 300, "order_conflict", "do_not")
    same(server.order("A-1", expect=0)["order"]["amount"]["minor"], 1000, "the amount")
    server.stop()


@case
def refusals_leave_the_number_free(world):
    """Unknown and suspended merchants, an unserved method: refused, nothing written, the number stays free."""
    config = toml([channel()], [merchant(), merchant("asleep", suspended=True)])
    server = world.server(config).start()
    before = server.head()
    answered(server.pay("A-1", merchant="nobody", expect=1), 302, "unknown_merchant", "do_not")
    answered(server.pay("A-1", merchant="asleep", expect=1), 303, "merchant_suspended", "do_not")
    answered(server.pay("A-1", method="cash", expect=1), 402, "no_channel", "retry")
    answered(server.pay("A-1", currency="EUR", expect=1), 402, "no_channel", "retry")
    answered(server.order("A-1", expect=1), 301, "unknown_order", "do_not")
    same(server.head(), before, "the log's head")
    answered(server.pay("A-1", expect=0), 0, "ok", "done")
    server.stop()


@case
def the_switch(world):
    """A channel that is off takes nothing, on again it does, and a restart forgets neither."""
    server = world.server(toml()).start()
    switch = ["--operator", "lin", "--reason", "the bank reports time-outs"]
    answered(server.ask("channel", "off", "nowhere", *switch, expect=1), 304, "unknown_channel", "do_not")
    answered(server.ask("channel", "off", "alpha", *switch, expect=0), 0, "ok", "done")
    answered(server.pay("A-1", expect=1), 402, "no_channel", "retry")
    server.kill()
    server.start()
    answered(server.pay("A-1", expect=1), 402, "no_channel", "retry")
    answered(server.ask("channel", "on", "alpha", *switch, expect=0), 0, "ok", "done")
    answered(server.pay("A-1", expect=0), 0, "ok", "done")
    contains(server.log("dump", "--stream", "channel/alpha").out, '"operator_name":"lin"', "who switched")
    server.stop()


@case
def degraded(world):
    """A merchant or method that is off opens nothing, also after a restart; what exists is answered, and on again it pays."""
    server = world.server(toml([channel()], [merchant(), merchant("other")])).start()
    why = ["--operator", "lin", "--reason", "chargebacks"]
    answered(server.pay("A-1", expect=0), 0, "ok", "done")
    answered(server.ask("switch", "off", "merchant", "nobody", *why, expect=1), 302, "unknown_merchant", "do_not")
    answered(server.ask("switch", "off", "method", "crad", *why, expect=1), 632, "unknown_method", "do_not")
    answered(server.ask("switch", "off", "merchant", "shop", *why, expect=0), 0, "ok", "done")
    answered(server.pay("A-2", expect=1), 631, "switched_off", "retry")
    assert answered(server.pay("A-1", expect=0), 0, "ok", "done")["duplicate"]
    answered(server.pay("B-1", merchant="other", expect=0), 0, "ok", "done")
    answered(server.ask("switch", "off", "method", "card", *why, expect=0), 0, "ok", "done")
    server.kill()
    server.start()
    answered(server.pay("B-2", merchant="other", expect=1), 631, "switched_off", "retry")
    answered(server.ask("switch", "on", "method", "card", *why, expect=0), 0, "ok", "done")
    answered(server.pay("B-2", merchant="other", expect=0), 0, "ok", "done")
    answered(server.pay("A-2", expect=1), 631, "switched_off", "retry")
    answered(server.ask("switch", "on", "merchant", "shop", *why, expect=0), 0, "ok", "done")
    answered(server.pay("A-2", expect=0), 0, "ok", "done")
    contains(server.log("dump", "--stream", "method/card").out, '"reason":"chargebacks"', "why it was switched")
    server.stop()


@case
def beyond_the_quota(world):
    """A merchant beyond its quota is told so and when to come again; another one doesn't notice."""
    server = world.server(toml([channel()], [merchant(requests_per_second=1, requests_burst=2), merchant("other")]))
    server.start()
    replies = [Program.finish(p).json() for p in [server.start_pay(f"A-{i}") for i in range(12)]]
    refused = [r for r in replies if r["code"] == 630]
    assert refused, replies
    for reply in refused:
        answered(reply, 630, "quota_exceeded", "retry")
        assert 0 < reply["retry_after_ms"] <= 1001, reply
    answered(server.pay("B-1", merchant="other", expect=0), 0, "ok", "done")
    until(lambda: server.pay("A-0"), lambda reply: reply["code"] == 0)
    server.stop()


def proof(key, merchant_id, order_no, amount_minor, currency="CNY"):
    text = f"{merchant_id}\n{order_no}\n{amount_minor}\n{currency}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


@case
def stopped_by_risk_rules(world):
    """Blocked is final; a step-up waits, also across a kill -9, and goes on upon a proof; a proof leaves no trace."""
    key = "a key that payers' banks have"
    with open(world.path("confirm.key"), "w", encoding="utf-8") as file:
        file.write(key + "\n")
    with open(world.path("risk.toml"), "w", encoding="utf-8") as file:
        file.write(f'''version = "v1"
confirm_key = {{ file = "{world.path("confirm.key")}" }}
confirm_within_ms = 600000
wrong_confirmations = 2
[[rule]]
id = "stolen"
then = "block"
listed = {{ of = "card", names = ["tok_13"] }}
[[rule]]
id = "large"
then = "step_up"
above = {{ amount_minor = 100000, currency = "CNY" }}
''')
    server = world.server(f'risk_rules = "{world.path("risk.toml")}"\n' + toml()).start()
    answered(server.pay("A-1", expect=0), 0, "ok", "done")
    pay = ["pay", "shop"]
    by_card = ["CNY", "--method", "card", "--card"]
    blocked = answered(server.ask(*pay, "A-2", "10.00", *by_card, "tok_13", expect=1), 633, "risk_blocked", "do_not")
    same((blocked["order"]["state"], blocked["order"]["attempts"]), ("failed", []), "the order")
    server.program.run(*pay, "A-3", "10.00", *by_card, "4111 1111 1111 1111", "--connect", server.address, expect=2)
    for number in ("A-4", "A-5"):
        waits = answered(server.pay(number, "2000.00", expect=1), 634, "step_up_required", "ask")
        same((waits["order"]["state"], waits["order"]["risk_rule"]), ("confirming", "large"), "the order")
    server.kill()
    server.start()
    confirm = lambda number, by: server.ask("confirm", "shop", number, "2000.00", "CNY", "--proof", by)
    wrong = proof(key, "shop", "A-4", 199_999)
    answered(confirm("A-4", wrong), 637, "wrong_confirmation", "do_not")
    right = proof(key, "shop", "A-4", 200_000)
    answered(confirm("A-4", right), 0, "ok", "done")
    assert answered(confirm("A-4", right), 0, "ok", "done")["duplicate"]
    answered(confirm("A-5", right), 637, "wrong_confirmation", "do_not")
    answered(confirm("A-5", "guess"), 636, "step_up_failed", "do_not")
    answered(confirm("A-1", right), 638, "nothing_to_confirm", "do_not")
    server.stop()
    contains(server.log("dump", "--stream", "order/shop/A-2").out, '"rule":"stolen"', "why it was stopped")
    everything = server.log("dump").out
    for secret in (key, right, wrong, "tok_13"):
        assert secret not in everything, f"{secret} is in the log"


@case
def the_full_queue(world):
    """One at the bank, one in its queue, the third is told channel_busy at once."""
    slow = channel(concurrency=1, queue=1, queue_wait_ms=30_000, reply_within_ms=60_000,
                   bank={"latency_us": latency(3_000_000)})
    server = world.server(toml([slow])).start()
    payments = [server.start_pay(f"A-{i}") for i in range(4)]
    replies = [Program.finish(p).json() for p in payments]
    same(sorted(r["code"] for r in replies), [0, 0, 401, 401], "codes")
    for refused in (r for r in replies if r["code"] == 401):
        answered(refused, 401, "channel_busy", "retry")
    server.stop()


@case
def failover(world):
    """A proven failure is tried on the next channel, a final one and a time-out are not."""
    declined = {"code": "DECLINED", "share": "100%", "try_another": True}
    stolen = {"code": "CARD_STOLEN", "share": "100%", "try_another": False}
    channels = [
        channel("declines", methods=["m1"], priority=1, bank={"failures": [declined]}),
        channel("refuses", methods=["m2"], priority=1, bank={"failures": [stolen]}),
        channel("silent", methods=["m3"], priority=1, reply_within_ms=200, bank={"timeout": "100%"}),
        channel("good", methods=["m1", "m2", "m3"], priority=2, bank={"book": "good.book"}),
    ]
    server = world.server(toml(channels)).start()
    moved_on = answered(server.pay("A-1", method="m1", expect=0), 0, "ok", "done")
    same([a["channel"] for a in moved_on["order"]["attempts"]], ["declines", "good"], "attempts")
    final = answered(server.pay("A-2", method="m2", expect=1), 500, "payment_failed", "do_not")
    same([a["channel"] for a in final["order"]["attempts"]], ["refuses"], "attempts")
    unknown = answered(server.pay("A-3", method="m3", expect=1), 501, "in_doubt", "ask")
    same([a["channel"] for a in unknown["order"]["attempts"]], ["silent"], "attempts")
    answered(server.pay("A-3", method="m3", expect=1), 501, "in_doubt", "ask")
    server.stop()
    same(len(open(world.path("good.book"), encoding="utf-8").readlines()), 1, "requests at the last resort")


@case
def the_late_answer(world):
    """A bank that answers late: in doubt first, paid when the answer has come."""
    server = world.server(toml([channel(reply_within_ms=300, bank={"late": "100%"})])).start()
    doubted = answered(server.pay("A-1", expect=1), 501, "in_doubt", "ask")
    assert doubted["order"]["in_doubt"] and doubted["order"]["state"] == "open", doubted
    paid = until(lambda: server.order("A-1"), lambda reply: reply["code"] != 501)
    answered(paid, 0, "ok", "done")
    same(paid["order"]["attempts"][0]["evidence"], "late_reply", "the evidence")
    server.stop()


@case
def the_ruling(world):
    """What no channel settles one person proposes and another approves; nobody alone, nothing else, nothing final."""
    silent = channel(submit_within_ms=1000, reply_within_ms=500, bank={"timeout": "100%"})
    server = world.server(toml([silent])).start()
    answered(server.pay("A-1", expect=1), 501, "in_doubt", "ask")
    said = ["--evidence", "alpha's statement, line 17", "--reason", "amount and number agree"]

    def propose(outcome, who, code, *about):
        return server.ask("rule", "propose", "shop", "A-1", outcome, *(about or ("--attempt", "1")), *said, "--operator",
                          who, expect=code)

    def approve(ruling, who, code):
        return server.ask("rule", "approve", "shop", "A-1", "--proposal", ruling, "--operator", who, expect=code)

    answered(propose("failed", "lin", 1, "--refund", "1"), 608, "nothing_to_rule", "do_not")
    # What its bank may still be at work on isn't ruled on yet.
    proposed = answered(until(lambda: propose("succeeded", "lin", None), lambda reply: reply["code"] != 608), 0, "ok",
                        "done")["order"]
    assert proposed["in_doubt"] and proposed["state"] == "open", proposed
    ruling = proposed["ruling"]["ruling"]
    answered(propose("failed", "mei", 1), 609, "ruling_waits", "do_not")
    answered(approve(ruling, "Lin", 1), 610, "second_person", "do_not")
    answered(approve("0" * 25 + "1", "mei", 1), 307, "unknown_ruling", "do_not")
    server.kill()
    listed = world.program.run("orders", "--data", world.path("data"), "--state", "to-approve", "--json", expect=0).json()
    same([o["ruling"]["ruling"] for o in listed["orders"]], [ruling], "what waits for approval")
    server.start()  # A proposal outlives the process that took it.
    same(answered(approve(ruling, "mei", 0), 0, "ok", "done")["order"]["state"], "paid", "the order")
    assert approve(ruling, "mei", 0)["duplicate"], "an approval that is sent again changes nothing"
    answered(approve(ruling, "kim", 1), 611, "ruling_over", "do_not")
    answered(propose("failed", "kim", 1), 608, "nothing_to_rule", "do_not")
    paid = answered(server.order("A-1", expect=0), 0, "ok", "done")["order"]
    same(paid["attempts"][0]["evidence"], "ruling", "the evidence")
    same(paid["ruling"], None, "what waits")
    server.stop()
    told = world.program.run("audit", "--data", world.path("data"), "shop", "A-1", expect=0).out
    for part in ("ruling_proposal", '"lin"', "statement, line 17", "ruling_approved", '"mei"', "all 4 decisions"):
        contains(told, part, "the audit")


@case
def the_pay_out(world):
    """A pay-out takes what there is, once; in doubt it is neither sent again nor followed by its like, kill -9 or not."""
    silent = channel("silent", methods=["none"], pay_outs=["slow"], reply_within_ms=300, bank={"timeout": "100%"})
    server = world.server(toml([channel(pay_outs=["transfer"], bank={"book": "alpha.book"}), silent])).start()

    def pay_out(order_no, amount, expect, method="transfer", payee="bob"):
        return server.ask("pay-out", "shop", order_no, amount, "CNY", "--method", method, "--payee", payee,
                          "--reason", "salary", expect=expect)

    def available(wanted):
        """The view of balances folds what is durable a moment later."""
        def of_shop():
            balances = server.ask("balances", "merchant/shop/available", expect=0)["balances"]
            return -sum(balance["amount"]["minor"] for balance in balances)
        until(of_shop, lambda minor: minor == wanted)

    topped = answered(server.ask("top-up", "shop", "T-1", "100.00", "CNY", "--method", "card", expect=0), 0, "ok", "done")
    same(topped["order"]["kind"], "top_up", "the kind")
    available(10_000)
    before = server.head()
    answered(pay_out("P-1", "100.01", 1), 600, "insufficient_funds", "do_not")
    answered(pay_out("P-1", "10.00", 1, method="cash"), 402, "no_channel", "retry")
    same(server.head(), before, "the log's head")
    paid = answered(pay_out("P-1", "50.00", 0), 0, "ok", "done")
    same((paid["order"]["kind"], paid["order"]["state"]), ("pay_out", "paid"), "the order")
    assert answered(pay_out("P-1", "50.00", 0), 0, "ok", "done")["duplicate"]
    answered(pay_out("P-1", "50.01", 1), 300, "order_conflict", "do_not")
    available(10_000 - 5_030)
    answered(pay_out("P-2", "10.00", 1, method="slow"), 501, "in_doubt", "ask")
    answered(pay_out("P-3", "10.00", 1, method="slow"), 406, "like_pay_out_open", "retry")
    answered(server.ask("close", "shop", "P-2", expect=1), 620, "not_closable", "do_not")
    server.kill()
    server.start()
    answered(pay_out("P-3", "10.00", 1), 406, "like_pay_out_open", "retry")
    answered(pay_out("P-2", "10.00", 1, method="slow"), 501, "in_doubt", "ask")
    answered(pay_out("P-3", "10.00", 0, payee="carol"), 0, "ok", "done")
    available(10_000 - 5_030 - 2 * 1_006)
    server.stop()
    lines = [line.split() for line in open(world.path("alpha.book"), encoding="utf-8")]
    same([line[2] for line in lines], ["10000", "-5000", "-1000"], "what the bank moved")
    dumped = server.log("dump").out
    assert "carol" not in dumped and "bob" not in dumped, "a payee lies open in the log"
    server.log("verify")


@case
def the_stop(world):
    """Stopped pay-outs are refused, also after kill -9; what was accepted waits with its claim, and goes out later."""
    slow = channel(pay_outs=["transfer"], concurrency=1, queue=10, queue_wait_ms=40_000, submit_within_ms=60_000,
                   reply_within_ms=20_000, bank={"book": "alpha.book", "latency_us": latency(4_000_000)})
    server = world.server(toml([slow])).start()
    who = ["--operator", "lin", "--reason", "payees have it twice"]

    def pay_out(order_no, expect, payee):
        return server.ask("pay-out", "shop", order_no, "10.00", "CNY", "--method", "transfer", "--payee", payee,
                          expect=expect)

    def moved():
        return [line.split()[2] for line in open(world.path("alpha.book"), encoding="utf-8")]

    answered(server.ask("top-up", "shop", "T-1", "100.00", "CNY", "--method", "card", expect=0), 0, "ok", "done")
    # The bank has room for one at a time: of those three some wait for it when they are stopped.
    waiting = [world.program.start("pay-out", "shop", f"P-{i}", "10.00", "CNY", "--method", "transfer", "--payee",
                                   f"payee-{i}", "--connect", server.address, "--json") for i in range(3)]
    # Configured: 2; topped up: 4; each opened and claimed: 6; and one of them is at the bank.
    until(server.head, lambda head: head >= 13)
    answered(server.ask("pay-outs", "off", *who, expect=0), 0, "ok", "done")
    at_the_stop = moved()
    answered(pay_out("P-9", 1, "dora"), 621, "pay_outs_stopped", "retry")
    fates = sorted(Program.finish(one, None).json()["code"] for one in waiting)
    assert fates[-1] == 502 and set(fates) <= {0, 502}, f"what became of those that were on their way: {fates}"
    server.kill()
    server.start()
    answered(pay_out("P-9", 1, "dora"), 621, "pay_outs_stopped", "retry")
    same(moved(), at_the_stop, "what the bank moved since the stop")
    answered(server.ask("pay-outs", "on", *who, expect=0), 0, "ok", "done")
    for i in range(3):
        answered(until(lambda i=i: server.order(f"P-{i}"), lambda reply: reply["code"] == 0), 0, "ok", "done")
    server.stop()
    same(moved(), ["10000", "-1000", "-1000", "-1000"], "what the bank moved")
    contains(server.log("dump").out, '"pay_out_switch"', "the log")
    server.log("verify")


@case
def the_batch(world):
    """A file of pay-outs: each line is an order of its own with a result of its own, and running it again pays nothing."""
    server = world.server(toml([channel(pay_outs=["transfer"], bank={"book": "alpha.book"})])).start()
    answered(server.ask("top-up", "shop", "T-1", "30.00", "CNY", "--method", "card", expect=0), 0, "ok", "done")
    with open(world.path("salaries.csv"), "w", encoding="utf-8") as file:
        file.write("merchant,order,amount,account\nshop,S-1,10.00,anna\nshop,S-2,12.00,berta\nshop,S-3,50.00,carl\n"
                   "shop,S-4,1.00,\n")

    def run():
        world.program.run("submit", world.path("salaries.csv"), "--connect", server.address, "--order-column", "order",
                          "--payee-column", "account", "--currency", "CNY", "--method", "transfer", "--results",
                          world.path("results.csv"), "--json", expect=1)
        lines = open(world.path("results.csv"), encoding="utf-8").read().splitlines()[1:]
        return sorted((line.split(",")[0], line.split(",")[1], line.split(",")[-1]) for line in lines)

    same(run(), [("S-1", "0", "0"), ("S-2", "0", "0"), ("S-3", "600", "0")], "the first run")
    same(run(), [("S-1", "0", "1"), ("S-2", "0", "1"), ("S-3", "600", "0")], "the second run")
    server.stop()
    moved = [line.split()[2] for line in open(world.path("alpha.book"), encoding="utf-8")]
    same(sorted(moved), ["-1000", "-1200", "3000"], "what the bank moved")


@case
def restored_mode(world):
    """A restored log answers queries and refuses all else until it is released."""
    server = world.server(toml()).start()
    server.pay("A-1", expect=0)
    server.log("backup", "copy")
    server.stop()
    copy = world.server(toml(), data="copy")
    copy.take_keys("data")
    copy.start()
    answered(copy.order("A-1", expect=0), 0, "ok", "done")
    for order_no in ("A-1", "A-2"):
        answered(copy.pay(order_no, expect=1), 403, "restored_mode", "retry")
    switch = ["--operator", "lin", "--reason", "trying"]
    answered(copy.ask("channel", "off", "alpha", *switch, expect=1), 403, "restored_mode", "retry")
    copy.stop()


@case
def busy(world):
    """With every ticket of the server taken, the next command is told busy; a kill -9 then loses none of those taken."""
    # Nobody is answered, so that however slow the machine is, the tickets run out.
    # One channel's payments hold half of them at most, so there are two.
    silent = {"concurrency": 100_000, "queue": 65_536, "submit_within_ms": 60_000, "reply_within_ms": 120_000,
              "bank": {"timeout": "100%"}}
    server = world.server(toml([channel("alpha", **silent), channel("beta", **silent)])).start()
    # A connection has 1 024 tickets of its own; beyond that it isn't read. So each crowd has one, and fills it.
    crowds = []
    for name in (f"B{n}" for n in range(TICKETS // CONNECTION_TICKETS)):
        with open(world.path(f"{name}.csv"), "w", encoding="utf-8") as file:
            file.write("merchant,order,amount\n")
            file.writelines(f"shop,{name}-{i},10.00\n" for i in range(CONNECTION_TICKETS))
        crowds.append(world.program.start(
            "submit", world.path(f"{name}.csv"), "--connect", server.address, "--order-column", "order", "--currency",
            "CNY", "--method", "card", "--in-flight", str(CONNECTION_TICKETS), "--json"))
    answered(until(lambda: server.order("A-1"), lambda reply: reply["code"] != 301), 400, "busy", "retry")
    # What isn't durable yet would be paid anew after the kill, and wait for this bank once more.
    until(server.head, lambda head: head == TICKETS + 3)  # The configuration's three decisions, and one an order.
    server.kill()
    server.start()  # The crowds come back to it by themselves.
    reports = [Program.finish(crowd, 0).json() for crowd in crowds]
    fates = {(outcome["fate"], outcome["code"]) for report in reports for outcome in report["outcomes"]}
    same(fates, {("in doubt", "RESTARTED")}, "what the crowds were told")
    same(sum(report["accepted"] for report in reports), TICKETS, "payments that got their answer")
    answered(server.order("B0-0", expect=1), 501, "in_doubt", "ask")
    answered(server.order("A-1", expect=1), 301, "unknown_order", "do_not")
    server.stop()
    submitted = server.log("dump").out.count('"event":"attempt_intended"')
    same(submitted, TICKETS, "attempts: one an order, before and after the restart")


if __name__ == "__main__":
    main()
