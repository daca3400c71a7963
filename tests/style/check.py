#!/usr/bin/python3
"""Runs one check of style over the source tree: check.py NAME SOURCE_DIR BUILD_DIR. Exit code 77: skipped."""

import shutil
import subprocess
import sys

import floors
import forbidden
import layout
import reach
import readme
import schema_ids
from source import SOURCE_ENDINGS, read, tracked_files

FORMATTERS = ("clang-format-14", "clang-format")
FORMATTER_VERSION = "version 14."
SKIPPED = 77


def cpp_sources(root):
    return {p: read(root, p) for p in tracked_files(root) if p.endswith(SOURCE_ENDINGS)}


def check_floors(root, _):
    return [v for path, text in cpp_sources(root).items() for v in floors.violations(path, text)]


def check_forbidden(root, _):
    return [v for path, text in cpp_sources(root).items() for v in forbidden.code_violations(path, text)]


def check_text(root, _):
    found = []
    for path in tracked_files(root):
        try:
            found += forbidden.text_violations(path, read(root, path))
        except UnicodeDecodeError:
            continue  # Golden bytes and the like hold no prose.
    return found


def check_reach(root, build):
    return reach.violations(cpp_sources(root), reach.compiled_paths(root, build))


def check_layout(root, _):
    return layout.top_violations(tracked_files(root)) + layout.size_violations(cpp_sources(root))


def check_schema_ids(root, _):
    schemas = [p for p in tracked_files(root) if p.endswith(".fbs")]
    found = [v for path in schemas for v in schema_ids.violations(path, read(root, path))]
    found += schema_ids.named_twice({path: read(root, path) for path in schemas if "/released/" not in path})
    return found if schemas else ["no schema was found"]


def check_readme(root, _):
    text = read(root, "README.md")
    errors = readme.enumerators(read(root, "schema/error.hpp"), "errc")
    advice = readme.advices(read(root, "schema/error.cpp"))
    exits = readme.enumerators(read(root, "cli/exit_code.hpp"), "exit_code : int")
    found = readme.violations(text, "Reply codes", [(n, name, advice.get(name, "?")) for n, name in errors])
    found += readme.violations(text, "Exit codes", exits)
    configuration = [source for path, source in cpp_sources(root).items() if path.startswith("cli/config")]
    found += readme.undocumented_keys(text, configuration)
    help_text = read(root, "cli/dispatch.cpp")
    found += [f"cli/dispatch.cpp: --help lacks exit code {n} ({name})" for n, name in exits if f'"  {n} ' not in help_text]
    return found


def check_format(root, _):
    formatter = next((f for f in FORMATTERS if shutil.which(f)), None)
    version = subprocess.run([formatter, "--version"], capture_output=True, text=True).stdout if formatter else ""
    if FORMATTER_VERSION not in version:
        print("skipped: clang-format 14 isn't installed, and other versions lay code out differently")
        sys.exit(SKIPPED)
    paths = sorted(cpp_sources(root))
    run = subprocess.run([formatter, "--dry-run", "-Werror", *paths], cwd=root, capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "-Wclang-format-violations" in line})
    found = [f"{path}: run 'make format'" for path in wrong]
    return found if run.returncode == 0 or found else [run.stderr]


CHECKS = {
    "floors": check_floors,
    "forbidden": check_forbidden,
    "text": check_text,
    "reach": check_reach,
    "layout": check_layout,
    "schema_ids": check_schema_ids,
    "readme": check_readme,
    "format": check_format,
}


def main():
    name, root, build = sys.argv[1:4]
    found = CHECKS[name](root, build)
    for violation in found:
        print(violation)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
