"""The README's tables of codes say what the headers say."""

import re

_ENUMERATOR = re.compile(r"^\s*(\w+)\s*=\s*(\d+)\s*,", re.M)


def enumerators(header, enum):
    """(number, name) of every enumerator, from a header's text."""
    body = re.search(r"enum class " + enum + r"\b[^{]*\{(.*?)\n\};", header, re.S)
    if body is None:
        return []
    return [(int(number), name) for name, number in _ENUMERATOR.findall(re.sub(r"//[^\n]*", "", body.group(1)))]


def advices(source):
    """name -> advice, from the switch of advice_for in schema/error.cpp."""
    body = re.search(r"^advice advice_for\(errc \w+\) \{(.*?)^\}", source, re.S | re.M)
    found = {}
    for cases, advice in re.findall(r"((?:\s*case errc::\w+:)+)\s*return advice::(\w+);", body.group(1) if body else ""):
        for name in re.findall(r"errc::(\w+)", cases):
            found[name] = advice
    return found


def rows(readme, heading):
    """Cells of the first table below a heading, without its head."""
    section = re.search(r"^#+ " + re.escape(heading) + r"\n(.*?)(?=^#+ |\Z)", readme, re.S | re.M)
    if section is None:
        return []
    lines = [line for line in section.group(1).splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip().strip("|").split("|")] for line in lines[2:]]


def violations(readme, heading, expected):
    """`expected`: the cells every row must begin with, in order."""
    width = len(expected[0]) if expected else 0
    found = [tuple(row[:width]) for row in rows(readme, heading)]
    wanted = [tuple(str(cell) for cell in cells) for cells in expected]
    if not wanted:
        return [f"README.md, '{heading}': the header to compare with has no such enum"]
    problems = [f"README.md, '{heading}': lacks {row}" for row in wanted if row not in found]
    problems += [f"README.md, '{heading}': {row} isn't in the header" for row in found if row not in wanted]
    if not problems and found != wanted:
        problems = [f"README.md, '{heading}': not in the header's order"]
    return problems


_KEY_READ = re.compile(r'\bread(?:_percent|_texts|_table|_tables)?\(\s*"(\w+)"')


def undocumented_keys(readme, sources):
    """Keys that the configuration's sources read and the README's chapter doesn't name in code type."""
    chapter = re.search(r"^## Configuration\n(.*?)(?=^## |\Z)", readme, re.S | re.M)
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", chapter.group(1) if chapter else ""))))
    keys = sorted({key for source in sources for key in _KEY_READ.findall(source)})
    if not keys:
        return ["the configuration reads no key that this check can see"]
    return [f"README.md, 'Configuration': doesn't name the key '{key}'" for key in keys if key not in named]
