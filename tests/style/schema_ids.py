"""Every field of every table carries its number: without it, a field inserted in the middle would renumber the rest. And
a name is one table's: all schemas make one namespace, where two of a name link to either."""

import re

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
_TABLE = re.compile(r"\btable\s+(\w+)\s*\{(.*?)\}", re.S)
_FIELD = re.compile(r"(\w+)\s*:\s*([^;]*);")


def violations(path, text):
    found = []
    plain = _COMMENT.sub("", text)
    # A union takes two numbers: its type has the one before its own.
    unions = set(re.findall(r"\bunion\s+(\w+)", plain))
    for table, body in _TABLE.findall(plain):
        numbers = []
        for field, rest in _FIELD.findall(body):
            explicit = re.search(r"\(\s*[^)]*\bid\s*:\s*(\d+)", rest)
            if explicit is None:
                found.append(f"{path}: {table}.{field} has no (id: N)")
                continue
            number = int(explicit.group(1))
            element = re.match(r"\s*\[?\s*(\w+)", rest).group(1)
            if element in unions:
                numbers.append(number - 1)
            numbers.append(number)
        if sorted(numbers) != list(range(len(numbers))):
            found.append(f"{path}: {table}'s ids are {sorted(numbers)}: from 0, none left out, none twice")
    return found


def named_twice(texts):
    """Of all schemas at once, by path."""
    first, found = {}, []
    for path, text in sorted(texts.items()):
        for name in re.findall(r"\b(?:table|struct|enum|union)\s+(\w+)", _COMMENT.sub("", text)):
            if name in first:
                found.append(f"{path}: {name} is a name of {first[name]} already")
            first.setdefault(name, path)
    return found
