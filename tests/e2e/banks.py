"""Virtual banks over HTTP under test: `oncepay bank`, keys for both sides, and what stands in their books."""

import csv
import datetime
import io
import os
import re
import subprocess
import urllib.request

from server import DEADLINE_S, Server

WECHAT_KEY = "an API key of thirty-two letters"
ACCOUNT = {"wechat-v2": "1900", "alipay": "2021"}


def make_keys(directory):
    """Two RSA pairs, the bank's and the customer's, as files in PEM."""
    for side in ("bank", "customer"):
        private, public = (os.path.join(directory, f"{side}.{half}.pem") for half in ("private", "public"))
        for arguments in (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", private],
                          ["pkey", "-in", private, "-pubout", "-out", public]):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=DEADLINE_S)


def keys(dialect, side):
    """The lines of a configuration that name the keys of one side."""
    if dialect == "wechat-v2":
        return 'key = { env = "E2E_WECHAT_KEY" }\n'
    other = "customer" if side == "bank" else "bank"
    return f'private_key = {{ file = "{side}.private.pem" }}\npublic_key = {{ file = "{other}.public.pem" }}\n'


def bank_toml(dialect, book, faults=""):
    top = faults if faults.startswith("seed") else "\n" + faults
    seed, rest = top.split("\n", 1)
    return (f'book = "{book}"\n{seed}\n[[account]]\ndialect = "{dialect}"\naccount = "{ACCOUNT[dialect]}"\n'
            f'{keys(dialect, "bank")}{rest}')


class Bank(Server):
    """One `oncepay bank`; a restart takes the same port and the same book."""

    READY = re.compile(r"^oncepay bank: ready on (.+):(\d+), (?:\d+) trades")

    def __init__(self, program, directory, name, dialect, faults=""):
        super().__init__(program, directory, None)
        self.name, self.dialect = name, dialect
        self.environment = {"E2E_WECHAT_KEY": WECHAT_KEY}
        self.book = os.path.join(directory, f"{name}.book")
        self.configure(faults)

    def configure(self, faults):
        """From the next start on."""
        self.config = os.path.join(self.directory, f"{self.name}.toml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(bank_toml(self.dialect, f"{self.name}.book", faults))

    def command(self):
        return [self.program.path, "bank", "--config", self.config, "--listen", self.listen]

    def statement(self):
        """The rows of today's, and of the day that began or ended while the test ran."""
        rows = []
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
        for day in (today - datetime.timedelta(days=1), today):
            url = f"http://{self.address}/statement?account={ACCOUNT[self.dialect]}&day={day}"
            with urllib.request.urlopen(url, timeout=DEADLINE_S) as answer:
                rows += csv.DictReader(io.StringIO(answer.read().decode()))
        return rows

    def trades(self):
        """payment id -> (minor units, state), from the book itself: the last line of each counts."""
        found = {}
        with open(self.book, encoding="utf-8") as book:
            for line in book:
                kind, _, _, payment, amount, state, *_ = line.split()
                if kind == "T":
                    found[payment] = (int(amount), state)
        return found
