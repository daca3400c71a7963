#!/usr/bin/python3
"""What is settled is asked about again over real sockets: once where it was drawn, at will by an operator; a bank that
denies it is recorded and changes nothing."""

import datetime
import json
import os
import time
import urllib.request

from cases import case, contains, main, same
from server import DEADLINE_S
from town import TERMS, Town

ORDERED = ["--operator", "lin", "--reason", "incident"]


def until(ask, what):
    """Each question is a process of its own, so this spins at no great pace."""
    end = time.monotonic() + DEADLINE_S
    while not what(found := ask()):
        assert time.monotonic() < end, f"not within {DEADLINE_S} s: {found}"
    return found


def decisions(world):
    out = world.program.run("log", "dump", "--data", world.path("data"), expect=0).out
    return [json.loads(line) for line in out.splitlines()]


def events(world, kind):
    return [(d["stream"], e) for d in decisions(world) for e in d["events"] if e["event"] == kind]


def let_not_found_count(world):
    """A channel's "not found" counts so long after the last moment at which a request may have left. Asking before that uses
    up the few checks that an attempt has, so it is the log that is asked when that is."""
    def past_it():
        sent = [e for kind in ("attempt_intended", "refund_requested") for _, e in events(world, kind)]
        left_by = max(datetime.datetime.fromisoformat(e["submit_before"]) for e in sent)
        counts_from = left_by + datetime.timedelta(milliseconds=TERMS["not_found_after_ms"])
        return datetime.datetime.now(datetime.timezone.utc) - counts_from
    until(past_it, lambda past: past > datetime.timedelta())


def mismatched(world):
    return world.program.run("orders", "--data", world.path("data"), "--state", "mismatched", "--json", expect=0).json()


def forget(bank):
    """A bank that has lost its book, and is sure of it: the payment never happened."""
    bank.stop()
    os.rename(bank.book, bank.book + ".lost")
    bank.start()


@case
def drawn_and_asked_once(world):
    """What was drawn is asked about once, whatever is killed; a bank that says the same leaves a line of the trajectory."""
    town = Town(world, terms={"check": "100%", "check_after_ms": 1500})
    same(town.pay("A-1", 100)["state"], "paid", "the order")
    town.server.kill()
    town.server.start()
    until(lambda: events(world, "attempt_checked"), lambda found: len(found) == 1)
    same(town.server.order("A-1")["order"]["state"], "paid", "the order, checked")
    town.server.kill()
    town.server.start()
    same(town.pay("A-2", 100)["state"], "paid", "another order")
    until(lambda: events(world, "attempt_checked"), lambda found: len(found) == 2)
    same(len(events(world, "check_begun")), 2, "checks that began: one an order")
    same({e["result"] for _, e in events(world, "attempt_checked")}, {"agrees"}, "what they brought")
    same(mismatched(world)["matching"], 0, "mismatches")
    contains(world.program.run("orders", "--data", world.path("data"), expect=0).out, "0 orders", "what isn't settled")
    town.server.stop()
    contains(world.program.run("audit", "--data", world.path("data"), "shop", "A-1", expect=0).out, "attempt_checked",
             "the audit")
    town.compare()


@case
def denied(world):
    """A bank that says the payment never happened: recorded and alarmed, and the order and the books stay."""
    town = Town(world, options=("--metrics", "127.0.0.1:0"))
    port = town.server.wait_for(r"^oncepay: metrics on 127\.0\.0\.1:(\d+)$").group(1)
    same(town.pay("A-1", 100)["state"], "paid", "the order")
    agreed = town.server.ask("check", "shop", "A-1", *ORDERED, expect=0)
    same((agreed["agree"], agreed["disagree"]), (1, 0), f"a bank that remembers: {agreed}")
    balances = until(lambda: town.server.ask("balances", expect=0)["balances"], bool)
    forget(town.wechat)
    let_not_found_count(world)
    found = town.server.ask("check", "shop", "A-1", *ORDERED)
    same((found["disagree"], found["not_agreeing"]),
         (1, [{"merchant": "shop", "order_no": "A-1", "code": "check_disagrees"}]), f"a bank that forgot: {found}")
    same(town.server.order("A-1", expect=0)["order"]["state"], "paid", "the order")
    same(town.server.ask("balances", expect=0)["balances"], balances, "the books")
    contains(town.server.stderr(), "ALARM order shop/A-1, attempt 1: asked again, its channel contradicts", "the alarm")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=DEADLINE_S) as page:
        text = page.read().decode()
    contains(text, 'oncepay_checks_total{result="agrees"} 1', "what was counted")
    contains(text, 'oncepay_checks_total{result="disagrees"} 1', "what was counted")
    listed = mismatched(world)["mismatches"]
    same([(m["order"], m["about"], m["channel"], m["recorded"], m["by_check"]) for m in listed],
         [("shop/A-1", "attempt 1", "wx", "succeeded", True)], "the mismatches")
    contains(listed[0]["said"], "enquiry not_found", "what the bank said")
    town.server.stop()
    contains(world.program.run("orders", "--data", world.path("data"), "--state", "mismatched", expect=0).out,
             "1 mismatch at", "what people read")


@case
def after_an_incident(world):
    """All that a channel had in some time is asked about; what isn't settled, or was paid elsewhere, is not."""
    town = Town(world, '[faults]\n[[faults.script]]\namount_minor = 200\ndo = "refuse"\n')
    from_time = datetime.datetime.now(datetime.timezone.utc)
    for n in range(6):
        town.pay(f"A-{n}", 100)
    same([a["channel"] for a in town.pay("B-1", 200)["attempts"]], ["wx", "ali"], "an order that moved on")
    to_time = datetime.datetime.now(datetime.timezone.utc)
    town.pay("C-1", 100)
    forms = [t.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for t in (from_time, to_time)]
    span = ["--from", forms[0], "--to", forms[1], "--data", world.path("data")]
    let_not_found_count(world)  # What the bank refused it doesn't know.
    found = town.server.ask("check", "--channel", "wx", *span, *ORDERED, expect=0)
    same((found["orders"], found["agree"]), (7, 7), f"of WeChat's orders: {found}")
    found = town.server.ask("check", "--channel", "ali", *span, *ORDERED, expect=0)
    same((found["orders"], found["agree"]), (1, 1), f"of Alipay's: {found}")
    town.server.program.run("check", "--channel", "nobody", *span, *ORDERED, "--connect", town.server.address, expect=2)
    town.refund("A-0", "R-1", 100)
    town.refunded("A-0", 1)
    found = town.server.ask("check", "shop", "A-0", *ORDERED, expect=0)
    same(found["agree"], 1, f"an order whose money went back is asked about by its refund: {found}")
    let_not_found_count(world)
    forget(town.wechat)
    found = town.server.ask("check", "--channel", "wx", *span, *ORDERED, expect=1)
    same((found["agree"], found["disagree"], found["nothing_to_check"]), (1, 6, 0), f"a bank that forgot: {found}")
    same(mismatched(world)["matching"], 6, "mismatches")
    for mistake in (["check", *ORDERED], ["check", "--channel", "wx", *ORDERED], ["check", "shop", "A-1"],
                    ["check", "shop", "A-1", "--from", forms[0], *ORDERED]):
        world.program.run(*mistake, expect=2)
    town.server.stop()
    world.program.run("check", "shop", "A-1", "--connect", town.server.address, *ORDERED, expect=5)


if __name__ == "__main__":
    main()
