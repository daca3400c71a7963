"""How results read to people."""

import sys


def say(text):
    """Progress and faults; results alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


def grouped(number):
    return f"{number:,.0f}".replace(",", " ")


def table(rows):
    """The first row holds the titles."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)
