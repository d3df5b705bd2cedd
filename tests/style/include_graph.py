#!/usr/bin/env python3
"""Compares the include tables of docs/architecture.md with every #include outside of tests/.

Usage: include_graph.py SOURCE_FOLDER
"""

import pathlib
import re
import sys

OURS = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
THEIRS = re.compile(r"^\s*#\s*include\s*<([^>]+)>", re.MULTILINE)
# Made by the build: files as bytes.
GENERATED = {"embedded"}
NOT_CHECKED = {"tests", "build", "bench"}


def table(text, heading):
    """Rows of the table with that heading: [cells], each cell the list of names in backquotes."""
    lines = text.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith(f"| {heading}")), None)
    if begin is None:
        return []
    rows = []
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([re.findall(r"`([^`]+)`", cell) for cell in line.strip().strip("|").split("|")])
    return rows


def governing(path, names):
    """The longest of `names` that is the path itself or a folder above it."""
    fits = [name for name in names if path == name or path.startswith(name.rstrip("/") + "/")]
    return max(fits, key=len, default=None)


def sources(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix in (".h", ".cc") and relative.parts[0] not in NOT_CHECKED and len(relative.parts) > 1:
            yield relative.as_posix(), path.read_text()


def check(allowed, libraries, files):
    problems = []
    used = set()
    for name, text in files:
        folder = governing(name, allowed)
        if folder is None:
            problems.append(f"{name}: its folder is not in the table")
            continue
        for target in OURS.findall(text):
            top = target.split("/")[0]
            if top in GENERATED or governing(target, [folder]):
                continue
            permitted = governing(target, allowed[folder])
            if permitted is None and top != name.split("/")[0]:
                problems.append(f'{name}: includes "{target}", which {folder} may not')
            elif permitted:
                used.add((folder, permitted))
        for target in THEIRS.findall(text):
            library = next((each for each in libraries if target.startswith(each)), None)
            if library and governing(name, libraries[library]) is None:
                problems.append(f"{name}: includes <{target}>, which belongs in {', '.join(libraries[library])}")
    for folder, targets in allowed.items():
        for target in targets:
            if (folder, target) not in used:
                problems.append(f"docs/architecture.md: {folder} may include {target}, but does not")
    return problems


def cycles(allowed):
    """Folders that may reach themselves."""

    def reaches(start, at, seen):
        return any(
            target == start or (target not in seen and reaches(start, target, seen | {target}))
            for target in allowed.get(at, [])
        )

    return [f"docs/architecture.md: {folder} may include itself through others" for folder in allowed if reaches(folder, folder, set())]


def self_test():
    """A checker that finds nothing would pass for ever."""
    allowed = {"low": [], "high": ["low"]}
    libraries = {"big/": ["low/big.cc"]}
    wrong = [
        [("low/a.h", '#include "high/b.h"\n'), ("high/c.h", '#include "low/a.h"\n')],
        [("high/a.cc", '#include <big/x.h>\n#include "low/a.h"\n')],
        [("other/a.cc", ""), ("high/c.h", '#include "low/a.h"\n')],
        [("high/a.cc", "")],
    ]
    right = [("low/big.cc", "#include <big/x.h>\n"), ("high/c.h", '#include "low/a.h"\n#include "high/d.h"\n')]
    assert all(check(allowed, libraries, files) for files in wrong)
    assert not check(allowed, libraries, right)
    assert cycles({"a": ["b"], "b": ["a"]}) and not cycles(allowed)


def main() -> int:
    self_test()
    root = pathlib.Path(sys.argv[1])
    text = (root / "docs" / "architecture.md").read_text()
    allowed = {row[0][0]: row[1] for row in table(text, "folder | may include")}
    libraries = {row[0][0]: row[1] for row in table(text, "library header")}
    if not allowed or not libraries:
        print("docs/architecture.md: a table is missing")
        return 1
    files = list(sources(root))
    problems = check(allowed, libraries, files) + cycles(allowed)
    print("\n".join(problems) or f"{len(files)} files include what docs/architecture.md says")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
