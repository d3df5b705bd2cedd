#!/usr/bin/env python3
"""Compares the documents with the code: links, keys of the configuration, metrics, events, steps, alerts, error codes.

Usage: documents.py SOURCE_FOLDER
"""

import pathlib
import re
import subprocess
import sys

SKIPPED = {"build", "node_modules", ".git"}
READS = "Text|SecretPath|SecretListPath|ExistingPath|Url|Texts|Choice|Path|Paths|Flag|Duration|TextLists|Each|Items|Section|IsText|Only"


def slug(heading):
    """The anchor that forges make of a heading."""
    plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return plain.replace(" ", "-")


def without_code(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    found = set()
    for heading in re.findall(r"^#+\s+(.*)$", without_code(text), re.MULTILINE):
        name = slug(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading))
        number = 0
        while (name if number == 0 else f"{name}-{number}") in found:
            number += 1
        found.add(name if number == 0 else f"{name}-{number}")
    return found


def links(root):
    problems = []
    for path in sorted(root.rglob("*.md")):
        if SKIPPED & set(path.relative_to(root).parts):
            continue
        name = path.relative_to(root)
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            there = (path.parent / file).resolve() if file else path
            if not there.exists():
                problems.append(f"{name}: {target} leads nowhere")
            elif anchor and there.suffix == ".md" and anchor not in anchors(there.read_text()):
                problems.append(f"{name}: {target}: there is no such heading")
    return problems


def first_cells(text):
    return [cell for line in text.splitlines() if line.startswith("|") for cell in re.findall(r"`([^`]+)`", line.split("|")[1])]


def both_ways(what, code, documented):
    return [f"{what} '{name}' is in the code and not documented" for name in sorted(code - documented)] + [
        f"{what} '{name}' is documented and not in the code" for name in sorted(documented - code)
    ]


def keys(root):
    code = (root / "config" / "settings.cc").read_text()
    read = set(re.findall(rf'\b(?:{READS})\("(\w+)"', code))
    page = (root / "docs" / "configuration.md").read_text()
    documented = set()
    for cell in first_cells(page):
        if re.fullmatch(r"[a-z_]+(\[\])?(\.[a-zA-Z_]+)+|tenants_dir", cell):
            documented |= {part for part in re.split(r"[.\[\]]+", cell) if part and part != "NAME"}
    sources = set(re.findall(r'"([\w-]+)"', re.search(r"kNames\{(.*?)\}", code, re.DOTALL).group(1)))
    rows = set(first_cells(page[page.index("### Sources") : page.index("## catalogue")]))
    return both_ways("key", read, documented) + both_ways("source", sources, rows)


def metrics(root):
    code = set()
    for path in (root / "daemon" / "metrics").glob("*.cc"):
        code |= set(re.findall(r'"(assayd_\w+)"', path.read_text()))
    page = (root / "docs" / "metrics.md").read_text()
    rows = [cell for cell in first_cells(page) if cell.startswith("assayd_")]
    problems = both_ways("metric", code, set(rows))
    problems += [f"docs/metrics.md: {name} has several rows" for name in sorted(set(rows)) if rows.count(name) > 1]
    for path in [*(root / "deploy" / "prometheus").glob("*.yaml"), *(root / "deploy" / "grafana").glob("*.json"), root / "docs" / "metrics.md"]:
        for name in set(re.findall(r"(?<![\w:])assayd_\w+", path.read_text())):
            if name not in code and re.sub(r"_(bucket|sum|count)$", "", name) not in code:
                problems.append(f"{path.relative_to(root)}: there is no metric {name}")
    return problems


def events(root):
    code = (root / "domain" / "event.cc").read_text()
    types = re.findall(r'\{"([a-z_]+\.[a-z_]+)", (\d+)\}', code)
    names = re.findall(r"^  k(\w+),", re.search(r"enum class EventType.*?\{(.*?)\};", (root / "domain" / "event.h").read_text(), re.DOTALL).group(1), re.MULTILINE)
    payloads = (root / "domain" / "payloads.cc").read_text()
    page = (root / "docs" / "event-format.md").read_text()
    problems = both_ways("event", {text for text, _ in types}, set(re.findall(r"^### `([^`]+)`", page, re.MULTILINE)))
    for (text, version), name in zip(types, names, strict=True):
        body = re.search(rf"const {name}\*\) \{{\n(.*?)\n\}}", payloads, re.DOTALL).group(1)
        fields = re.findall(r"io(?:\.Bytes)?\(p\.(\w+)\)", body)
        section = re.search(rf"^### `{re.escape(text)}`\n(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL)
        rows = re.findall(r"^\| (\w+) \|", section.group(1), re.MULTILINE) if section else []
        rows = [row for row in rows if row != "field"]
        # A type may have more tables below its own; its own comes first.
        if rows[: len(fields)] != fields or (fields == [] and rows):
            problems.append(f"docs/event-format.md: {text} has the fields {' '.join(fields)} and not {' '.join(rows)}")
        if version != "1" and f"version {version}" not in (section.group(1) if section else ""):
            problems.append(f"docs/event-format.md: {text} has version {version}")
    return problems


def lists(root):
    """Steps of a start, alerts, error codes: each in the page where people look for it."""
    problems = []
    architecture = (root / "docs" / "architecture.md").read_text()
    steps = re.findall(r'\{"(\w+)",\s+"', (root / "daemon" / "serve_steps.cc").read_text())
    start = architecture[architecture.index("## Start") : architecture.index("## Stop")]
    if [step for step in first_cells(start)] != steps:
        problems.append(f"docs/architecture.md: the steps of a start are {' '.join(steps)}")
    operating = (root / "docs" / "operating.md").read_text()
    alerts = set(re.findall(r"alert: (\w+)", (root / "deploy" / "prometheus" / "rules.yaml").read_text()))
    problems += both_ways("alert", alerts, set(re.findall(r"^### (Assayd\w+)", operating, re.MULTILINE)))
    codes = set(re.findall(r'ASSAYD_ERROR\(\w+, \d+, "(\w+)"', (root / "base" / "error_codes.def").read_text()))
    table = operating[operating.index("## Errors") :]
    problems += both_ways("error code", codes, {cell for cell in first_cells(table) if re.fullmatch(r"[a-z_]+", cell)})
    return problems


def example(root):
    """The reader of the example reads the example."""
    folder = root / "docs" / "examples"
    run = subprocess.run(
        [sys.executable, folder / "read_log.py", "--group", folder / "group-0.hex", "--position", "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    good = run.returncode == 0 and '"type": "catalogue.adopted"' in run.stdout
    return [] if good else [f"docs/examples/read_log.py: {run.stdout}{run.stderr}"]


def self_test():
    assert slug("Start, and `stop`") == "start-and-stop"
    assert anchors("# A\n## A\n```\n# no\n```\n") == {"a", "a-1"}
    assert first_cells("| `a`, `b` | `c` |") == ["a", "b"]
    assert len(both_ways("x", {"a", "b"}, {"b", "c"})) == 2


def main() -> int:
    self_test()
    root = pathlib.Path(sys.argv[1]).resolve()
    problems = links(root) + keys(root) + metrics(root) + events(root) + lists(root) + example(root)
    print("\n".join(problems) or "the documents say what the code says")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
