#!/usr/bin/env python3
"""Names every C function over 70 lines and every C file over 600.

A function may be longer where the comment right above it gives the reason, with the words "Long because".
Leans on the layout of the code: a definition starts in the first column and its last brace stands there.
"""

import pathlib
import re
import sys

FUNCTION_LINES = 70
FILE_LINES = 600
FOLDERS = ("common", "indexer", "query", "server", "tests")
STARTS = re.compile(r"[A-Za-z_]")
NO_FUNCTION = re.compile(r"(typedef|struct|enum|union)\b[^(]*\{|.*=\s*\{?$")


def comment_above(lines, first):
    """The comment that ends on the line before lines[first], as one string."""
    end = first
    while first > 0 and re.match(r"(/\*| \*|//)", lines[first - 1]):
        first -= 1
    return " ".join(lines[first:end])


def functions(lines):
    """Yields (name line, line count, comment) of each function definition."""
    first = None
    lines = [re.sub(r'"(\\.|[^"\\])*"', '""', line) for line in lines]
    for number, line in enumerate(lines):
        if first is None:
            if STARTS.match(line):
                first = number
        if first is None:
            continue
        if line.startswith("}"):
            signature = " ".join(lines[first : number + 1]).split("{")[0]
            if "(" in signature and not NO_FUNCTION.match(signature + "{"):
                yield first, number - first + 1, comment_above(lines, first)
            first = None
        elif line.rstrip().endswith(";") and not any("{" in above for above in lines[first : number + 1]):
            first = None
        elif line.rstrip().endswith("}") and number == first:
            first = None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    offences = 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]")):
            lines = path.read_text(encoding="utf-8").splitlines()
            name = path.relative_to(root)
            if len(lines) > FILE_LINES:
                print(f"{name}: {len(lines)} lines, over {FILE_LINES}")
                offences += 1
            for first, count, comment in functions(lines):
                if count > FUNCTION_LINES and "Long because" not in comment:
                    print(f"{name}:{first + 1}: function of {count} lines, over {FUNCTION_LINES}")
                    offences += 1
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
