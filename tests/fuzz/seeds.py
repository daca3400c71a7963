#!/usr/bin/python3
"""Writes the first inputs of every fuzz target from the golden bytes: seeds.py GOLDEN_DIR CORPUS_DIR.

To be run by hand when golden bytes were added; what is there already is kept.
"""

import pathlib
import sys

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
    for name, content in seeds.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)


if __name__ == "__main__":
    main()
