#!/usr/bin/env python3
"""Validates the catalogue's YAML files against their published schemas, and the schemas against mistakes.

Usage: catalogue_schema.py CATALOGUE_FOLDER. Needs python3-jsonschema and python3-yaml.
"""

import copy
import json
import pathlib
import sys

import jsonschema
import yaml

KINDS = {"action": "actions", "setting": "settings", "template": "templates"}

# What an author may get wrong: (kind, how to spoil an entry). Every one has to be refused.
MISTAKES = [
    ("action", lambda e: e.update(stepps=["turn the key"])),
    ("action", lambda e: e.update(purpose="preventive")),
    ("action", lambda e: e.update(freshness="two hours")),
    ("action", lambda e: e.update(fails_as="severe")),
    ("action", lambda e: e.update(links={"configure": "http://insecure"})),
    ("action", lambda e: e.update(params={"allowed": "everybody"})),
    ("action", lambda e: e.pop("action")),
    ("action", lambda e: e.update(passes_when={"setting": "s", "equals": 1})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "at": "/x", "equal": 1})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "at": "x", "equals": 1})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "at": "/x", "equals": 1, "exists": True})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "at": "/x", "any": [{"at": "/y", "equals": 1}]})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "some": []})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "at": "/x", "in": 7})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "count": {"where": [{"at": "/x", "exists": True}]}})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "all": [{"setting": "t", "at": "/x", "exists": True}]})),
    ("action", lambda e: e.update(passes_when={"setting": "s", "share": {"covered": "/x"}})),
    ("action", lambda e: e.update(passes_when={"any": []})),
    ("action", lambda e: e.update(passes_when={"secure_score": "X", "any": [{"secure_score": "Y"}]})),
    ("action", lambda e: e.update(points=0)),
    ("action", lambda e: e.update(points=100)),
    ("template", lambda e: e.update(status="old")),
    ("template", lambda e: e.update(source="http://insecure")),
    ("template", lambda e: e.update(replaces={"controls": {}})),
    ("setting", lambda e: e.update(interval="often")),
    ("setting", lambda e: e.update(shape="list")),
    ("setting", lambda e: e.update(fields={"/x": {"type": "text"}})),
    ("setting", lambda e: e.update(fields={"/x": {"type": "string", "secret": True}})),
    ("setting", lambda e: e.update(fields={"x": {"type": "string"}})),
    ("template", lambda e: e.update(controls=[])),
    ("template", lambda e: e["controls"][0].pop("family")),
    ("template", lambda e: e["controls"][0].update(actions=[{"id": "a", "relation": "vague"}])),
    ("template", lambda e: e.update(edition=2026.1)),
]


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    problems = []
    samples = {}
    validators = {}
    for kind in [*KINDS, "manifest"]:
        schema = json.loads((folder / "schema" / f"{kind}.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[kind] = jsonschema.Draft202012Validator(schema)

    def check(kind, path):
        document = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        entries = document if isinstance(document, list) else [document]
        samples.setdefault(kind, entries[0])
        for entry in entries:
            for error in validators[kind].iter_errors(entry):
                cause = jsonschema.exceptions.best_match([error])
                problems.append(f"{path}: {entry.get(kind, '')}: {cause.json_path}: {cause.message[:200]}")

    check("manifest", folder / "manifest.yaml")
    for kind, name in KINDS.items():
        for path in sorted((folder / name).glob("*.yaml")):
            check(kind, path)
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if len(line) > 200:
                    problems.append(f"{path}:{number}: is longer than 200 columns")

    for number, (kind, spoil) in enumerate(MISTAKES):
        spoilt = copy.deepcopy(samples[kind])
        spoil(spoilt)
        if validators[kind].is_valid(spoilt):
            problems.append(f"mistake {number} ({kind}) is not refused by its schema")

    print("\n".join(problems) or "the catalogue's files fit their schemas")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
