#!/usr/bin/python3
"""What whoever watches a server gets: metrics during a load, readiness with its reasons, a log that programs read."""

import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import time

from cases import case, contains, main, same
from configuration import channel, latency, toml
from server import DEADLINE_S, Program

USAGE = 2
ORDERS = 3_000

# The text format 0.0.4, as promtool reads it.
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ([-+0-9.eE]+|\+Inf|NaN)")
HELP = re.compile(rf"# HELP ({NAME}) [^\n]+")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)")


def watched(world, config, *options, **how):
    """A server with a port for its metrics, which may take any."""
    server = world.server(config, options=("--metrics", "127.0.0.1:0", *options), **how)
    server.start()
    server.metrics_port = int(server.wait_for(r"^oncepay: metrics on 127\.0\.0\.1:(\d+)$").group(1))
    return server


def get(server, path, method="GET", headers=None):
    """(status, type, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", server.metrics_port, timeout=DEADLINE_S)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), body


def raw(server, data):
    """What comes back for these bytes until the connection ends."""
    with socket.create_connection(("127.0.0.1", server.metrics_port), timeout=DEADLINE_S) as connection:
        connection.sendall(data)
        found = b""
        try:
            while chunk := connection.recv(65536):
                found += chunk
        except ConnectionResetError:
            pass
        return found


def parse(text):
    """{(name, labels): value}; fails over anything that a scraper would refuse."""
    samples, types = {}, {}
    assert text.endswith("\n"), "the last line isn't ended"
    for line in text.splitlines():
        if line.startswith("# HELP"):
            assert HELP.fullmatch(line), line
        elif line.startswith("#"):
            match = TYPE.fullmatch(line)
            assert match, line
            assert match.group(1) not in types, f"a family twice: {line}"
            types[match.group(1)] = match.group(2)
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"no sample: {line}"
            name, labels, value = match.groups()
            family = re.sub(r"_(bucket|sum|count)$", "", name) if name not in types else name
            assert family in types, f"without a type: {line}"
            assert (name, labels or "") not in samples, f"a sample twice: {line}"
            assert types[family] != "counter" or family.endswith("_total"), f"a counter isn't called so: {line}"
            samples[name, labels or ""] = float(value)
    buckets = {}
    for (name, labels), value in samples.items():
        if name.endswith("_bucket"):
            of, bound = re.fullmatch(r'(.*?),?le="([^"]*)"', labels).groups()
            buckets.setdefault((name[:-len("_bucket")], of), []).append((float(bound), value))
    assert buckets, "no histogram"
    for (family, of), found in buckets.items():
        counts = [count for _, count in sorted(found)]
        same(counts, sorted(counts), f"buckets of {family}{{{of}}} grow")
        same(counts[-1], samples[family + "_count", of], f"the last bucket of {family}{{{of}}}")
    return samples


def scrape(server):
    status, kind, body = get(server, "/metrics")
    same((status, kind), (200, "text/plain; version=0.0.4; charset=utf-8"), "status and type")
    return parse(body), body


def scrape_until(server, values):
    """Until these are so; who counts them needn't be done when a client has its answer."""
    until = time.monotonic() + DEADLINE_S
    while True:
        found, text = scrape(server)
        if all(found[key] == value for key, value in values.items()):
            return found, text
        assert time.monotonic() < until, f"{values} was expected in\n{text}"


@case
def metrics_during_a_load(world):
    """Scrapes during a load are well-formed and never go back; afterwards they tell what happened, and nobody's name."""
    server = watched(world, toml([channel(concurrency=300)]))
    with open(world.path("many.csv"), "w", encoding="utf-8") as file:
        file.write("merchant,order,amount,payer\n")
        file.writelines(f"shop,B-{i},10.00,wang-xiaoming\n" for i in range(ORDERS))
    load = world.program.start("submit", world.path("many.csv"), "--connect", server.address, "--order-column", "order",
                               "--payer-column", "payer", "--currency", "CNY", "--method", "card", "--in-flight", "500")
    before = {}
    scrapes = 0
    while load.poll() is None:
        now, _ = scrape(server)
        scrapes += 1
        for key in before:
            assert not key[0].endswith("_total") or now[key] >= before[key], f"{key} went back"
        assert now["oncepay_channel_permits_out", 'channel="alpha"'] <= 300, "more permits than granted"
        before = now
    Program.finish(load, 0)
    assert scrapes > 0, "the load was over before a scrape"
    alpha = 'channel="alpha"'
    now, text = scrape_until(server, {
        ("oncepay_channel_outcomes_total", alpha + ',outcome="succeeded"'): ORDERS,
        ("oncepay_channel_permits_out", alpha): 0,
        ("oncepay_tickets_in_use", ""): 0})
    same(now["oncepay_orders_accepted_total", ""], ORDERS, "orders")
    same(now["oncepay_answers_total", 'operation="pay",code="ok"'], ORDERS, "payments answered ok")
    same(now["oncepay_answer_seconds_count", 'operation="pay"'], ORDERS, "latencies")
    same(now["oncepay_log_position", ""], server.head(), "the log's position")
    same(now["oncepay_commit_decisions_sum", ""], server.head(), "decisions in commits")
    same(now["oncepay_ready", ""], 1, "ready")
    server.stop()
    for said in (text, server.stdout(), server.stderr()):
        assert "wang" not in said, "a payer is named"
    assert "shop" not in text and "B-1" not in text, "a merchant or an order is named"


@case
def ready_or_not(world):
    """A server is ready while it serves, and tells that it is stopping while it finishes; it lives all the time."""
    server = watched(world, toml([channel(bank={"latency_us": latency(700_000), "book": "alpha.book"})]))
    same(get(server, "/healthz"), (200, "text/plain; charset=utf-8", "alive\n"), "health")
    same(get(server, "/readyz"), (200, "text/plain; charset=utf-8", "ready\n"), "readiness")
    payment = server.start_pay("A-1")
    scrape_until(server, {("oncepay_channel_permits_out", 'channel="alpha"'): 1})
    server.terminate()
    server.wait_for("stopping: finishing what is under way")
    status, _, said = get(server, "/readyz")
    same((status, said.split(":")[0]), (503, "stopping"), "readiness")
    status, kind, said = get(server, "/readyz?json")
    same((status, kind, json.loads(said)["ready"]), (503, "application/json", False), "readiness as JSON")
    same(get(server, "/healthz", headers={"Accept": "application/json"})[2], '{"alive":true}\n', "health as JSON")
    same(Program.finish(payment, 0).json()["order"]["state"], "paid", "the order")
    same(server.wait_end(), 0, "the exit code")
    server.log("backup", "copy")
    shutil.copytree(world.path("data/keys"), world.path("copy/keys"))
    copy = watched(world, toml(), data="copy")
    status, _, said = get(copy, "/readyz")
    same((status, said.split(":")[0]), (503, "restored"), "readiness of a restored log")
    same(scrape(copy)[0]["oncepay_ready", ""], 0, "ready")
    copy.stop()


@case
def the_address_of_metrics(world):
    """An address that can't be listened on is one line and exit code 2, and nothing is left locked or half started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        in_use = "127.0.0.1:%d" % taken.getsockname()[1]
        for wrong, why in ((in_use, "choose another with --metrics"), (":7401", "no IP address"),
                           ("127.0.0.1", "give HOST:PORT")):
            server = world.server(toml(), options=("--metrics", wrong))
            said = server.refused(USAGE)
            contains(said, f"oncepay: can't listen on {wrong}: ", "which address")
            contains(said, why, "what to do")
            same(len(said.splitlines()), 1, "lines")
    server = world.server(toml()).start()
    assert "metrics on" not in server.stdout(), "it is off where nobody asked for it"
    server.stop()


@case
def strangers_at_the_door(world):
    """Whoever asks for something else, too much, or nothing at all for long, gets little and harms nobody."""
    server = watched(world, toml())
    same(get(server, "/")[0], 404, "another path")
    same(get(server, "/metrics", method="POST")[0], 405, "another method")
    same(get(server, "/metrics", method="HEAD")[2], "", "the body of a HEAD")
    contains(raw(server, b"\x16\x03\x01 something else\r\n\r\n").decode(), "400 Bad Request", "bytes that aren't HTTP")
    contains(raw(server, b"GET /healthz HTTP/1.0\r\n\r\n").decode(), "200 OK", "the old HTTP")
    twice = raw(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n" * 2).decode()
    same(twice.count("200 OK"), 1, "answers of one connection")
    contains(twice, "Connection: close", "how it ends")
    long = raw(server, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n")
    assert b" 200 " not in long, "headers beyond the bound"
    server.stop()


@case
def a_crowd_at_the_door(world):
    """A thousand connections that say nothing cost sixteen places for five seconds, and no payment."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, max(files, 4_096)), most))
    server = watched(world, toml())
    crowd = [socket.create_connection(("127.0.0.1", server.metrics_port), timeout=DEADLINE_S) for _ in range(1_000)]
    server.pay("A-1", expect=0)
    # Those beyond are closed unread, at once. What was accepted before them was counted before them.
    for connection in crowd[16:]:
        same(connection.recv(1), b"", "what the next ones get")
    # Who trickles gets no longer: it is the exchange that has its time, not the single read.
    crowd[0].sendall(b"GET /met")
    for connection in crowd[:16]:
        same(connection.recv(1), b"", "what the silent ones get")
    now, _ = scrape(server)
    assert now["process_open_fds", ""] < 100, "their files are left open"
    server.pay("A-2", expect=0)
    server.stop()


@case
def a_log_for_programs(world):
    """With --log-format json every line of stderr is an object, and what is said on stdout stands there too."""
    server = watched(world, toml(), "--log-format", "json")
    server.pay("A-1", expect=0)
    server.stop()
    lines = [json.loads(line) for line in server.stderr().splitlines()]
    for line in lines:
        same(sorted(line), ["level", "text", "time", "topic"], "fields")
    same([line["text"] for line in lines], [line.removeprefix("oncepay: ") for line in server.stdout().splitlines()],
         "what was said")
    quiet = world.server(None, options=("--log-format", "json", "--log-level", "warning"))
    quiet.config = server.config
    quiet.start().stop()
    same(quiet.stderr(), "", "what doesn't matter")
    # A failure that ends the process is an object too.
    broken = world.server(toml([channel(bank={"book": "alpha.book"})]), options=("--log-format", "json"))
    os.mkdir(world.path("alpha.book"))
    said = [json.loads(line) for line in broken.refused(70).splitlines()]
    # Who fails doesn't wait for who says that all is ready: whichever comes first.
    same([line["topic"] for line in said if line["level"] == "alarm"], ["lifecycle"], "alarms")
    contains(next(line["text"] for line in said if line["level"] == "alarm"), "stopped: ", "why it stopped")
    same(world.program.run("serve", "--data", "data", "--config", server.config, "--log-level", "loud",
                           cwd=world.directory).code, USAGE, "the exit code over an unknown level")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    main()
