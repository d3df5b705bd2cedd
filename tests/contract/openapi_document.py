"""The OpenAPI document as the daemon serves it: daemon/api/openapi.yaml and its parts, put together."""

import json
import pathlib
import sys

import yaml


def merge(document, part, place):
    """Adds what `part` says to `document`; nothing may be said twice."""
    for name, value in part.items():
        if name not in document:
            document[name] = value
        elif isinstance(document[name], dict) and isinstance(value, dict):
            merge(document[name], value, f"{place}/{name}")
        else:
            sys.exit(f"{place}/{name} is there twice")


def load(folder):
    """`folder` is daemon/api."""
    folder = pathlib.Path(folder)
    document = yaml.safe_load((folder / "openapi.yaml").read_text(encoding="utf-8"))
    for path in sorted((folder / "openapi").glob("*.yaml")):
        merge(document, yaml.safe_load(path.read_text(encoding="utf-8")), "")
    return document


if __name__ == "__main__":
    json.dump(load(sys.argv[1]), sys.stdout, indent=1)
