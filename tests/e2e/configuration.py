"""Configurations for servers under test, as TOML."""

import json

# Quick, and never wrong: what a test doesn't talk about shouldn't happen in it.
CHANNEL = {
    "methods": ["card"],
    "currencies": ["CNY"],
    "cost": "0.20%",
    "concurrency": 1000,
    "queue": 10000,
    "queue_wait_ms": 10000,
    "submit_within_ms": 10000,
    "reply_within_ms": 10000,
    "enquire_after_ms": 3600000,
}
LATENCY = {"min": 100, "p50": 500, "p99": 5000, "max": 10000}


def latency(us):
    """Always the same."""
    return {"min": us, "p50": us, "p99": us, "max": us}


def merchant(name="shop", **terms):
    return {"id": name, "fee": "0.60%", **terms}


def channel(name="alpha", bank=None, **terms):
    return {"id": name, **CHANNEL, **terms, "bank": {"seed": 1, "latency_us": LATENCY, **(bank or {})}}


def wallet_channel(name="purse", **terms):
    """One inside the house: customers' wallets pay."""
    return {"id": name, **CHANNEL, "methods": ["wallet"], "cost": "0%", **terms, "in_house": "wallet"}


def outside_channel(name, http, **terms):
    """One that is spoken to over HTTP."""
    return {"id": name, **CHANNEL, **terms, "http": http}


def _value(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value)


def _lines(table):
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def toml(channels=None, merchants=None, environment="e2e", map_gib=16, server=None):
    lines = [f"environment = {_value(environment)}", "", "[server]", *_lines(server or {}), "", "[store]",
             f"map_gib = {map_gib}"]
    for m in merchants if merchants is not None else [merchant()]:
        lines += ["", "[[merchant]]", *_lines(m)]
    for c in channels if channels is not None else [channel()]:
        lines += ["", "[[channel]]", *_lines({key: value for key, value in c.items() if key not in ("bank", "http")})]
        for behind in ("http", "bank"):
            if behind in c:
                lines += ["", f"[channel.{behind}]", *_lines(c[behind])]
    return "\n".join(lines) + "\n"
