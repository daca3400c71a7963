"""Nothing dead: every source is compiled by a target, every header is included by a source that is."""

import json
import os

from source import SOURCE_ENDINGS, includes


def compiled_paths(root, build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    real_root = os.path.realpath(root) + os.sep
    files = [os.path.realpath(os.path.join(c["directory"], c["file"])) for c in commands]
    return {f[len(real_root):] for f in files if f.startswith(real_root)}


def violations(sources, compiled):
    """`sources`: path -> text of every C++ file; `compiled`: paths that a target compiles."""
    found = [f"{p}: no target compiles it" for p in sorted(sources) if p.endswith(".cpp") and p not in compiled]
    reached = set()
    waiting = [p for p in sources if p in compiled]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        for _, target, is_quoted in includes(sources[path]):
            if is_quoted and target in sources:
                waiting.append(target)
    for path in sorted(sources):
        if path.endswith(SOURCE_ENDINGS) and not path.endswith(".cpp") and path not in reached:
            found.append(f"{path}: nothing that is compiled includes it")
    return found
