"""What may lie at the top, and how large a file may grow before it is two."""

TOP = {
    # The product.
    "actors", "schema", "store", "cli", "sim", "tests", "README.md", "CMakeLists.txt",
    # What people and tools look for at the top.
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "CMakePresets.json",
    ".ci", ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore",
}
LINES_MAX = 450


def top_violations(paths):
    strangers = sorted({p.split("/")[0] for p in paths} - TOP)
    return [f"{name}: doesn't belong at the top; see tests/style/layout.py" for name in strangers]


def size_violations(sources):
    return [
        f"{path}: {text.count(chr(10))} lines; above {LINES_MAX} a file has two reasons to exist"
        for path, text in sorted(sources.items())
        if text.count("\n") > LINES_MAX
    ]
