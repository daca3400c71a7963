#!/usr/bin/python3
"""Writes the first inputs of every fuzz target, most from the golden bytes: seeds.py GOLDEN_DIR CORPUS_DIR.

To be run by hand when golden bytes were added; what is there already is kept.
"""

import hashlib
import json
import pathlib
import struct
import sys
import urllib.parse

PREFIX_BYTES = 4


def read(path):
    return bytes.fromhex(path.read_text(encoding="ascii").replace("\n", ""))


def unpacked(packed):
    """What schema/packing.hpp packed: the record as FlatBuffers laid it out."""
    out, at = bytearray(), 0
    while at < len(packed):
        tag = packed[at]
        at += 1
        word = bytearray(8)
        for i in range(8):
            if tag >> i & 1:
                word[i] = packed[at]
                at += 1
        out += word
        if tag in (0x00, 0xFF):
            run = packed[at]
            at += 1
            out += packed[at:at + 8 * run] if tag else bytes(8 * run)
            at += 8 * run if tag else 0
    return bytes(out)


# What the bank of channel_replies.cpp says, before it signs: the outcomes, and what readers stumble over.
SAID = {
    "paid": {"return": "OK", "result": "OK", "no": "7z", "fee": "14780", "ref": "4200001"},
    "poor": {"return": "OK", "result": "FAIL", "error": "POOR"},
    "denied": {"return": "OK", "result": "FAIL", "error": "DENIED", "no": "7z"},
    "typing": {"return": "OK", "result": "FAIL", "error": "TYPING"},
    "none": {"return": "OK", "result": "FAIL", "error": "NONE"},
    "unmapped": {"return": "OK", "result": "FAIL", "error": "NEWLY_INVENTED"},
    "paid-and-poor": {"app": "wx1", "return": "OK", "result": "OK", "error": "POOR", "no": "7z", "fee": "14780"},
    "another-order": {"return": "OK", "result": "OK", "no": "8z", "fee": "14780"},
    "another-amount": {"return": "OK", "result": "OK", "no": "7z", "fee": "1"},
    "refused-at-the-door": {"return": "FAIL"},
    "told": {"app": "wx1", "return": "OK", "result": "OK", "pay": "7zzzzzzzzzzzzzzzzzzzzzzzzz", "fee": "14780",
             "order": "shop.QS0x", "ref": "4200001"},
    "told-of-a-failure": {"app": "wx1", "return": "OK", "result": "FAIL", "error": "POOR",
                          "pay": "7zzzzzzzzzzzzzzzzzzzzzzzzz"},
    "with-a-signature": {"return": "OK", "result": "OK", "no": "7z", "fee": "14780", "sign": "0123456789ABCDEF"},
}
ODD = {
    "xml-cdata": b"<xml><fee><![CDATA[147]]>80</fee><no>&#55;z</no></xml>",
    "xml-doctype": b'<!DOCTYPE x [<!ENTITY a "b">]><xml><no>&a;</no></xml>',
    "xml-twice": b"<xml><no>7z</no><no>8z</no></xml>",
    "json-escaped": rb'{"n\u006f":"\u0037z","fee":147.8,"more":[1,{"x":null}],"answer":{"no":"8z"}}',
    "json-twice": b'{"no":"7z","no":"8z"}',
    "form-escaped": b"n%6F=7z&fee=147+80&x=%26result%3DOK",
}


def channel_replies():
    """The first byte says how: xml, json, form; the ways of signing are three times as far apart."""
    seeds = {}
    for name, fields in SAID.items():
        decimals = {**fields, **({"fee": "147.80"} if fields.get("fee") == "14780" else {})}
        bodies = ("<xml>" + "".join(f"<{key}>{value}</{key}>" for key, value in fields.items()) + "</xml>",
                  json.dumps(decimals), urllib.parse.urlencode(fields))
        for number, (form, body) in enumerate(zip(("xml", "json", "form"), bodies)):
            for way, signing in enumerate(("hmac", "md5", "rsa")):
                if name in ("paid", "told") or way == 0:
                    seeds[f"{form}-{signing}-{name}"] = bytes([3 * way + number]) + body.encode()
    for name, body in ODD.items():
        seeds[name] = bytes([("xml", "json", "form").index(name.partition("-")[0])]) + body
    return seeds


def chained(decisions):
    """The chain's head after decisions 1, 2, ..., as in schema/hash.hpp."""
    head = bytes(32)
    for position, stored in enumerate(decisions, 1):
        head = hashlib.blake2b(head + struct.pack("<Q", position) + stored, digest_size=32).digest()
    return head


def commit_frames(decisions):
    """A frame whose check the target makes, as store/commit_frame.hpp lays it out; and decisions that it damages."""
    seeds = {}
    for name, count in ("one", 1), ("three", 3), ("twenty", 20):
        some = decisions[:count]
        content = b"".join(struct.pack("<I", len(stored)) + stored for stored in some)
        header = struct.pack("<16sQQIIq", b"opening", 1, len(content), count, 0, 1) + chained(some) + bytes(8)
        seeds[f"frame-of-{name}"] = header + content
        seeds[f"damaged-{name}"] = struct.pack("<IBI", 99, 1, 1) + b"".join(
            struct.pack("<H", len(stored)) + stored for stored in some)
    return seeds


def main():
    golden, corpus = map(pathlib.Path, sys.argv[1:3])
    seeds = {}
    for kind, target in (("command", "frames"), ("reply", "replies"), ("decision", "records")):
        for path in sorted(golden.glob(f"{kind}_*.hex")):
            whole = read(path)
            seeds[f"{target}/{path.stem}"] = whole
            # The target makes the envelope itself: the prefix of a frame, the packing of a record.
            seeds[f"{target}/{path.stem}-bare"] = unpacked(whole) if kind == "decision" else whole[PREFIX_BYTES:]
    commands = [read(path) for path in sorted(golden.glob("command_*.hex"))]
    seeds["frames/stream"] = b"".join(commands)
    seeds["frames/stream-cut"] = b"".join(commands)[:-1]
    decisions = [read(path) for path in sorted(golden.glob("decision_*.hex"))]
    seeds |= {f"commit_frames/{name}": content for name, content in commit_frames(decisions).items()}
    seeds |= {f"channel_replies/{name}": content for name, content in channel_replies().items()}
    for name, content in seeds.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)


if __name__ == "__main__":
    main()
