"""Virtual banks over HTTP under test: `oncepay bank`, keys for both sides, and what stands in their books."""

import csv
import datetime
import hashlib
import hmac
import io
import os
import re
import socket
import ssl
import subprocess
import threading
import urllib.request

from server import DEADLINE_S, Server

WECHAT_KEY = "an API key of thirty-two letters"
ACCOUNT = {"wechat-v2": "1900", "alipay": "2021"}


def signed_text(fields):
    """What both dialects sign of a message's fields, sign_type among them where it is given."""
    return "&".join(f"{key}={fields[key]}" for key in sorted(fields) if fields[key] and key != "sign")


def wechat_signature(fields, key=WECHAT_KEY):
    text = f"{signed_text(fields)}&key={key}".encode()
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest().upper()


def make_keys(directory):
    """Two RSA pairs, the bank's and the customer's, as files in PEM."""
    for side in ("bank", "customer"):
        private, public = (os.path.join(directory, f"{side}.{half}.pem") for half in ("private", "public"))
        for arguments in (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", private],
                          ["pkey", "-in", private, "-pubout", "-out", public]):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=DEADLINE_S)


def make_certificate(directory, name):
    """A self-signed one for localhost, which is its own authority: its file, with the key in it too."""
    file = os.path.join(directory, f"{name}.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=e2e",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{file}.key", "-out", file],
                   check=True, capture_output=True, timeout=DEADLINE_S)
    return file


class TlsDoor:
    """Stands before a bank and speaks TLS to the outside; with `visitors`, to who shows a certificate of theirs only."""

    def __init__(self, bank, certificate, visitors=None):
        host, port = bank.address.rsplit(":", 1)
        self._bank = (host, int(port))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, f"{certificate}.key")
        if visitors is not None:
            self._context.load_verify_locations(visitors)
            self._context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.refused = 0
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self._listener.close()

    def _run(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            try:
                inside = self._context.wrap_socket(plain, server_side=True)
            except (ssl.SSLError, OSError):
                self.refused += 1
                continue
            bank = socket.create_connection(self._bank, timeout=DEADLINE_S)
            for source, sink in ((inside, bank), (bank, inside)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pass_on(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()


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
        self.lies = "contradict" in faults
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
                if line.startswith("T "):
                    _, _, _, payment, amount, state, *_ = line.split()
                    found[payment] = (int(amount), state)
        return found

    def refunds(self):
        """(refund id, payment id, minor units) of each line of the book."""
        with open(self.book, encoding="utf-8") as book:
            lines = [line.split() for line in book if line.startswith("R ")]
        return [(refund, payment, int(minor)) for _, _, _, payment, refund, minor in lines]

    def asked(self):
        """Ids of payments and refunds that it was asked for, as often as it was: also where it did nothing."""
        with open(self.book, encoding="utf-8") as book:
            return [line.split()[3] for line in book if line.startswith("A ")]
