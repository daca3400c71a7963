#!/usr/bin/python3
"""Payment codes over real sockets: known by their digits, sent to their own wallet's channels alone, and never kept."""

import os
import urllib.request

import configuration
from banks import WECHAT_KEY, Bank, make_keys
from cases import case, contains, main, same
from server import DEADLINE_S
from town import TERMS, http

WECHAT = "134567890123456789"
ALIPAY = "281234567890123456"
STRANGE = "991234567890123456"
FAULTS = '[faults]\n[[faults.script]]\namount_minor = 200\ndo = "refuse"\n'


def opened(world):
    """A bank of each wallet, and a server before them that tells metrics."""
    make_keys(world.directory)
    banks = [Bank(world.program, world.directory, "wx", "wechat-v2", FAULTS),
             Bank(world.program, world.directory, "ali", "alipay")]
    world.servers += banks
    for bank in banks:
        bank.start()
    channels = [configuration.outside_channel(bank.name, http(bank), **{**TERMS, "methods": [method]})
                for bank, method in zip(banks, ("wechat-code", "alipay-code"))]
    server = world.server(configuration.toml(channels), options=("--metrics", "127.0.0.1:0"))
    server.environment = {"E2E_WECHAT_KEY": WECHAT_KEY}
    server.start()
    port = server.wait_for(r"^oncepay: metrics on 127\.0\.0\.1:(\d+)$").group(1)

    def metrics():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=DEADLINE_S) as page:
            return page.read().decode()
    return server, banks, metrics


def pay(server, order_no, method, shown, fen=100, expect=0):
    return server.ask("pay", "shop", order_no, f"{fen / 100:.2f}", "CNY", "--method", method, "--payer-code", shown,
                      expect=expect)


def where(reply):
    return reply["order"]["state"], reply["order"]["method"], [a["channel"] for a in reply["order"]["attempts"]]


@case
def each_to_its_wallet(world):
    """A code goes to its wallet's channel, named or not; where that refuses it, no other wallet's is tried with it."""
    server, _, _ = opened(world)
    same(where(pay(server, "A-1", "payer-code", WECHAT)), ("paid", "wechat-code", ["wx"]), "a WeChat code")
    same(where(pay(server, "A-2", "payer-code", ALIPAY)), ("paid", "alipay-code", ["ali"]), "an Alipay code")
    same(where(pay(server, "A-3", "wechat-code", WECHAT)), ("paid", "wechat-code", ["wx"]), "one whose wallet is named")
    same(where(pay(server, "A-4", "payer-code", WECHAT, 200, expect=1)), ("failed", "wechat-code", ["wx"]),
         "one that WeChat refuses")
    # The next minute's code of the same wallet is the same payment; another wallet's is another one.
    again = pay(server, "A-1", "payer-code", "1512" + WECHAT[4:])
    same((again["duplicate"], again["order"]["state"]), (True, "paid"), "the next code")
    same(pay(server, "A-1", "payer-code", ALIPAY, expect=1)["code_name"], "order_conflict", "another wallet's code")
    # What would be refused is answered from the order where that is known.
    same(pay(server, "A-3", "wechat-code", STRANGE)["order"]["state"], "paid", "a known order, and a code of nobody")
    server.stop()


@case
def refused_and_forgotten(world):
    """A code of another wallet, or of none, opens nothing; no code lies anywhere, is told or counted."""
    server, banks, metrics = opened(world)
    for method, shown, number, name in (("wechat-code", ALIPAY, 653, "other_wallets_code"),
                                        ("alipay-code", WECHAT, 653, "other_wallets_code"),
                                        ("wechat-code", STRANGE, 654, "unknown_payer_code"),
                                        ("payer-code", STRANGE, 654, "unknown_payer_code"),
                                        ("payer-code", WECHAT[:-1], 654, "unknown_payer_code")):
        reply = pay(server, "A-1", method, shown, expect=1)
        same((reply["code"], reply["code_name"], reply["advice"]), (number, name, "do_not"), f"{method}, {shown}")
        assert shown not in str(reply), f"the answer holds the code: {reply}"
    same(server.order("A-1", expect=1)["code_name"], "unknown_order", "the order")
    same([bank.asked() for bank in banks], [[], []], "what the banks were asked for")
    same(where(pay(server, "A-1", "payer-code", WECHAT))[0], "paid", "the number is free")
    same(where(pay(server, "A-2", "payer-code", ALIPAY))[0], "paid", "another")
    shown = metrics()
    contains(shown, 'oncepay_answers_total{operation="pay",code="other_wallets_code"} 2', "what was counted")
    told = [shown, str(server.order("A-1")), server.ask("order", "shop", "A-1", "--trajectory", expect=0)]
    server.stop()
    told += [server.stdout(), server.stderr(), server.log("dump").out,
             world.program.run("audit", "--data", world.path("data"), "shop", "A-1", expect=0).out]
    for secret in (WECHAT, ALIPAY, STRANGE):
        for text in told:
            assert secret not in str(text), f"{secret} was told:\n{text}"
        for folder, _, files in os.walk(world.path("data")):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    assert secret.encode() not in file.read(), f"{secret} lies open in {name}"


if __name__ == "__main__":
    main()
