#!/usr/bin/python3
"""Cards over real sockets: bound, withheld by, unbound, authenticated; through kills; and no number of one anywhere."""

import os

import oncepay_client as client
from cases import answered, case, contains, main, same, until
from configuration import channel, toml
from server import Program

NUMBER = "4111111111111111"
SHOWN = (NUMBER, "4111 1111 1111 1111", "4111-1111-1111-1111")
TOKEN = "tok_5f2a_of_the_channel"


def binding(name="alpha", bank=None, **terms):
    return channel(name, bank={"book": f"{name}.book", **(bank or {})}, card_methods=["card"], **terms)


def bind(server, order_no, expect=0, token=TOKEN, method="card"):
    return server.ask("bind", "shop", order_no, "CNY", "--method", method, "--token", token, "--payer", "alice",
                      expect=expect)


def withhold(server, order_no, bound_by, expect=0, amount="10.00"):
    return server.ask("pay", "shop", order_no, amount, "CNY", "--method", "card", "--agreement", bound_by, expect=expect)


def unbind(server, order_no, number, expect=0):
    return server.ask("unbind", "shop", order_no, number, expect=expect)


def booked(world, name="alpha"):
    """What the bank did: amount and what stands at the end of its line, of what it moved or did."""
    with open(world.path(f"{name}.book"), encoding="utf-8") as book:
        lines = [line.split() for line in book]
    return [(int(line[2]), line[7] if len(line) > 7 else "") for line in lines if line[5] == "1"]


@case
def a_card_and_what_is_paid_by_it(world):
    """A card is bound, pays without its payer, and is unbound; what comes after is refused, also after a kill -9."""
    server = world.server(toml([binding(), channel("beta", cost="0.01%")])).start()
    bound = answered(bind(server, "B-1"), 0, "ok", "done")
    card = bound["order"]["card"]
    same((bound["order"]["kind"], bound["order"]["label"], card["stands"]), ("bind", "bound", True), "the binding")
    assert card["mask"].startswith("6222****"), card
    same([a["channel"] for a in bound["order"]["attempts"]], ["alpha"], "where it is bound")
    assert answered(bind(server, "B-1"), 0, "ok", "done")["duplicate"]
    answered(bind(server, "B-1", 1, token="another"), 300, "order_conflict", "do_not")
    answered(withhold(server, "W-0", "B-0", 1), 671, "unknown_agreement", "do_not")
    answered(unbind(server, "W-0", "U-0", 1), 301, "unknown_order", "do_not")
    taken = answered(withhold(server, "W-1", "B-1"), 0, "ok", "done")
    same((taken["order"]["card"]["bound_by"], taken["order"]["attempts"][0]["channel"]), ("B-1", "alpha"), "the payment")
    answered(unbind(server, "W-1", "U-0", 1), 672, "not_bound", "do_not")
    server.kill()
    server.start()
    assert answered(withhold(server, "W-1", "B-1"), 0, "ok", "done")["duplicate"]
    answered(withhold(server, "W-2", "B-1"), 0, "ok", "done")
    same(answered(unbind(server, "B-1", "U-1"), 0, "ok", "done")["order"]["label"], "unbound", "the binding")
    answered(withhold(server, "W-3", "B-1", 1), 673, "agreement_ended", "do_not")
    answered(server.order("W-3", expect=1), 301, "unknown_order", "do_not")
    server.kill()
    server.start()
    answered(withhold(server, "W-3", "B-1", 1), 673, "agreement_ended", "do_not")
    assert answered(unbind(server, "B-1", "U-1"), 0, "ok", "done")["duplicate"]
    answered(unbind(server, "B-1", "U-2", 1), 673, "agreement_ended", "do_not")
    server.stop()
    same(booked(world), [(0, "bind"), (1000, "withhold"), (1000, "withhold"), (0, "unbind")], "what the bank did")
    server.log("verify")
    contains(world.program.run("audit", "--data", world.path("data"), "shop", "B-1", expect=0).out, "withhold_granted",
             "the audit")


@case
def signed_and_paid_in_one(world):
    """A payment binds as well; a card is authenticated; people read what stands."""
    server = world.server(toml([binding()])).start()
    paid = answered(server.ask("pay", "shop", "A-1", "10.00", "CNY", "--method", "card", "--bind", TOKEN, expect=0), 0,
                    "ok", "done")
    same((paid["order"]["kind"], paid["order"]["state"], paid["order"]["card"]["stands"]), ("payment", "paid", True),
         "the order")
    answered(withhold(server, "W-1", "A-1"), 0, "ok", "done")
    yes = answered(server.ask("authenticate", "shop", "V-1", "CNY", "--method", "card", "--token", TOKEN, expect=0), 0,
                   "ok", "done")
    same((yes["order"]["label"], yes["order"]["card"]["agreement"]), ("authenticated", ""), "the authentication")
    text = world.program.run("order", "shop", "A-1", "--connect", server.address, expect=0).out
    contains(text, "agreement", "the order, for people")
    contains(text, ", stands", "the order, for people")
    contains(text, "6222****", "the order, for people")
    answered(unbind(server, "A-1", "U-1"), 0, "ok", "done")
    contains(world.program.run("order", "shop", "A-1", "--connect", server.address, expect=0).out, "nothing is withheld",
             "the order, for people")
    server.stop()
    same(booked(world), [(1000, "sign-and-pay"), (1000, "withhold"), (0, "authenticate"), (0, "unbind")],
         "what the bank did")


@case
def in_doubt_until_it_is_known(world):
    """A binding and an unbinding that nobody answers are in doubt and sent once; an enquiry brings them to an end."""
    silent = binding(reply_within_ms=300, enquire_after_ms=1000, bank={"timeout_money_moved": "100%"})
    server = world.server(toml([silent])).start()
    answered(bind(server, "B-1", 1), 501, "in_doubt", "ask")
    answered(withhold(server, "W-1", "B-1", 1), 672, "not_bound", "do_not")
    answered(until(lambda: server.order("B-1"), lambda reply: reply["code"] == 0), 0, "ok", "done")
    answered(unbind(server, "B-1", "U-1", 1), 675, "unbind_in_doubt", "ask")
    answered(withhold(server, "W-1", "B-1", 1), 673, "agreement_ended", "do_not")
    server.kill()
    server.start()
    answered(until(lambda: unbind(server, "B-1", "U-1", None), lambda reply: reply["code"] == 0), 0, "ok", "done")
    server.stop()
    same(booked(world), [(0, "bind"), (0, "unbind")], "what the bank did")


@case
def an_unbinding_that_fails(world):
    """What its bank refuses to unbind stays bound and is withheld by."""
    server = world.server(toml([binding()])).start()
    answered(bind(server, "B-1"), 0, "ok", "done")
    server.stop()
    refusing = binding(bank={"failures": [{"code": "NOT_TODAY", "share": "100%", "try_another": False}]})
    server = world.server(toml([refusing])).start()
    answered(unbind(server, "B-1", "U-1", 1), 674, "unbind_failed", "do_not")
    assert server.order("B-1", expect=0)["order"]["card"]["stands"]
    answered(withhold(server, "W-1", "B-1", 1), 500, "payment_failed", "do_not")  # granted, and refused by its bank
    server.stop()


@case
def no_number_of_a_card(world):
    """A card's number is refused wherever it stands, and lies nowhere: not in the log, nor in what the server says."""
    server = world.server(toml([binding()])).start()
    head = server.head()
    told = []
    for shown in SHOWN:
        for arguments in (("bind", "shop", "B-1", "CNY", "--method", "card", "--token", shown),
                          ("bind", "shop", "B-1", "CNY", "--method", "card", "--token", TOKEN, "--payer", shown),
                          ("unbind", "shop", "B-1", "U-1", "--reason", f"card {shown}"),
                          ("pay", "shop", "A-1", "1.00", "CNY", "--method", "card", "--bind", shown)):
            told.append(world.program.run(*arguments, "--connect", server.address, expect=2).err)
    # Whoever speaks the protocol himself is refused by the server.
    host, _, port = server.address.rpartition(":")
    with client.Connection(host, int(port)) as c:
        for shown in SHOWN:
            for body in (client.bind("shop", "B-1", "CNY", "card", shown),
                         client.bind("shop", "B-1", "CNY", "card", TOKEN, payer=f"alice {shown}"),
                         client.authenticate("shop", "V-1", "CNY", "card", shown),
                         client.unbind("shop", "B-1", "U-1", f"of {shown}"),
                         client.pay("shop", "A-1", 100, "CNY", "card", bind_token=shown),
                         client.pay("shop", "W-1", 100, "CNY", "card", payer=shown, agreement_order_no="B-1")):
                reply = c.call(body)
                same(reply.code, client.CARD_NUMBER, f"the code of {body[1].__class__.__name__}")
                told.append(reply.text.decode())
    same(server.head(), head, "the log's head")
    answered(bind(server, "B-1"), 0, "ok", "done")
    told.append(server.ask("order", "shop", "B-1", "--trajectory", expect=0))
    server.stop()
    told += [server.stdout(), server.stderr(), server.log("dump").out,
             world.program.run("audit", "--data", world.path("data"), "shop", "B-1", expect=0).out]
    for secret in (*SHOWN, TOKEN):
        for text in told:
            assert secret not in str(text), f"{secret} was told:\n{text}"
        for folder, _, files in os.walk(world.path("data")):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    assert secret.encode() not in file.read(), f"{secret} lies open in {name}"


@case
def channels_outside_bind_none(world):
    """A channel that is spoken to over HTTP can't be configured to bind cards: no dialect speaks of them."""
    http = {"id": "wx", "methods": ["card"], "card_methods": ["card"], "currencies": ["CNY"], "cost": "0%",
            "http": {"url": "http://127.0.0.1:1", "dialect": "wechat-v2",
                     "settings": {"app_id": "a", "merchant_id": "m", "body": "b"}, "key": {"env": "E2E_KEY"}}}
    with open(world.path("outside.toml"), "w", encoding="utf-8") as file:
        file.write(toml([http]))
    os.environ["E2E_KEY"] = "0123456789abcdef0123456789abcdef"
    refused = world.program.run("serve", "--data", world.path("data"), "--config", world.path("outside.toml"), expect=3)
    contains(refused.err, "card_methods", "what is wrong")
    contains(refused.err, "no dialect speaks of cards and agreements yet", "what is wrong")


@case
def two_at_once_with_an_unbinding(world):
    """Payments and an unbinding at once: each is told what became of it, and no money moves behind the unbinding."""
    server = world.server(toml([binding(bank={"latency_us": {"min": 20000, "p50": 20000, "p99": 20000, "max": 20000}})]))
    server.start()
    for number in range(4):
        answered(bind(server, f"B-{number}"), 0, "ok", "done")
        asked = [world.program.start("pay", "shop", f"W-{number}-{i}", "10.00", "CNY", "--method", "card", "--agreement",
                                     f"B-{number}", "--connect", server.address, "--json") for i in range(3)]
        ended = world.program.start("unbind", "shop", f"B-{number}", f"U-{number}", "--connect", server.address, "--json")
        asked += [world.program.start("pay", "shop", f"W-{number}-{i}", "10.00", "CNY", "--method", "card", "--agreement",
                                      f"B-{number}", "--connect", server.address, "--json") for i in range(3, 6)]
        answered(Program.finish(ended, 0).json(), 0, "ok", "done")
        fates = [Program.finish(one, None).json()["code"] for one in asked]
        assert set(fates) <= {0, 673, 500}, fates
        answered(withhold(server, f"W-{number}-9", f"B-{number}", 1), 673, "agreement_ended", "do_not")
    server.stop()
    with open(world.path("alpha.book"), encoding="utf-8") as book:
        lines = [line.split() for line in book]
    bound, moved = set(), 0
    for line in lines:
        if line[5] == "1" and line[7] == "bind":
            bound.add(line[1])
        elif line[5] == "1" and line[7] == "unbind":
            bound.remove(line[8])
        elif line[5] == "1" and line[7] == "withhold":
            moved += 1
    same(bound, set(), "what is bound at the end")
    same(moved, server.log("dump").out.count('"event":"order_paid"') - 4, "payments that were withheld")


if __name__ == "__main__":
    main()
