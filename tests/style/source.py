"""What the checks of style read: the tracked files, and C++ without its comments and texts."""

import os
import re
import subprocess

SOURCE_ENDINGS = (".cpp", ".hpp")


def tracked_files(root):
    """Paths below `root` that are under version control or would be; without git, all but what a build makes."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True
    ) if os.path.exists(os.path.join(root, ".git")) else None
    if listed is not None and listed.returncode == 0:
        paths = listed.stdout.decode().split("\0")
        return sorted(p for p in paths if p and os.path.isfile(os.path.join(root, p)))
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in (".git", "build", ".cache", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, f), root) for f in files]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S
)


def code_only(text):
    """The text with comments and the content of literals blanked; lines keep their numbers. Includes keep their path."""

    def blank(match):
        token = match.group(0)
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if token.startswith('"') and re.fullmatch(r"\s*#\s*include\s*", before):
            return token
        # A digit separator (1'000'000) isn't the start of a character.
        if token.startswith("'") and match.start() > 0 and text[match.start() - 1].isalnum():
            return token
        return re.sub(r"[^\n]", " ", token)

    return _TOKEN.sub(blank, text)


_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(text):
    """(line, path, is_quoted) of every include."""
    code = code_only(text)
    return [(code.count("\n", 0, m.start(2)) + 1, m.group(2), m.group(1) == '"') for m in _INCLUDE.finditer(code)]
