#!/usr/bin/env python3
"""Holds recorded answers of the API against its document.

    validate_answers.py DAEMON_API_FOLDER ANSWERS_FOLDER

Each file of ANSWERS_FOLDER is one answer: {method, route, target, status, headers, body}, as the API tests
record them with ASSAYD_RECORD_ANSWERS. Wrong are: routes, statuses, media types and members that the document
does not have, required headers and members that the answer does not have, operations that no test touched,
successes of them that no test saw, and a served document that is another than the files'.
"""

import collections
import json
import pathlib
import sys

from jsonschema import Draft202012Validator, FormatChecker

import openapi_document

# What is wrong is shown so many times for one operation and status.
SHOWN = 3


class Contract:
    """The document, and what of it was seen."""

    def __init__(self, document):
        self.document = document
        self.formats = FormatChecker()
        self.validators = {}
        self.touched = set()

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in ("get", "post", "put", "patch", "delete"):
                if method in item:
                    yield method.upper(), path, item[method]

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            # References lead into the whole document.
            rooted = {"components": self.document["components"], "allOf": [schema]}
            self.validators[key] = Draft202012Validator(rooted, format_checker=self.formats)
        return self.validators[key]

    def faults_of_value(self, schema, value):
        for error in self.validator(schema).iter_errors(value):
            deepest = error
            while deepest.context:
                deepest = max(deepest.context, key=lambda each: (len(each.absolute_path), -len(each.schema_path)))
            place = "/" + "/".join(str(part) for part in deepest.absolute_path)
            yield f"{place}: {deepest.message[:300]}"

    def faults_of_answer(self, answer):
        """What is wrong with one answer, sentence by sentence."""
        method = "GET" if answer["method"] == "HEAD" else answer["method"]
        if answer["route"] == "other":
            yield from self.faults_of_refusal(answer)
            return
        operation = self.document["paths"].get(answer["route"], {}).get(method.lower())
        if operation is None:
            yield "the document does not have this operation"
            return
        self.touched.add((method, answer["route"], str(answer["status"])))
        response = operation["responses"].get(str(answer["status"]))
        if response is None:
            yield "the document does not have this status"
            return
        response = self.resolve(response)
        yield from self.faults_of_headers(response, answer["headers"])
        if answer["method"] != "HEAD":
            yield from self.faults_of_body(response, answer)

    def faults_of_refusal(self, answer):
        """Where no route fits there is a problem, or it is one of the listener."""
        if answer["status"] not in (400, 404, 405):
            yield "paths and methods that are not there are 400, 404 or 405"
        yield from self.faults_of_body(self.document["components"]["responses"]["NotFound"], answer)

    def faults_of_headers(self, response, headers):
        for name, header in response.get("headers", {}).items():
            header = self.resolve(header)
            value = headers.get(name.lower())
            if value is None:
                if header.get("required"):
                    yield f"the header {name} is missing"
                continue
            typed = int(value) if header["schema"].get("type") == "integer" and value.isdigit() else value
            yield from (f"header {name}{fault}" for fault in self.faults_of_value(header["schema"], typed))

    def faults_of_body(self, response, answer):
        content = response.get("content")
        if not content:
            if answer["body"]:
                yield "there is a body where the document has none"
            return
        media_type = answer["headers"].get("content-type", "").split(";")[0].strip()
        described = content.get(media_type)
        if described is None:
            yield f"the document does not have the media type '{media_type}'"
        elif media_type == "text/event-stream":
            yield from self.faults_of_stream(described["x-event-data"], answer["body"])
        elif media_type.endswith("json"):
            yield from self.faults_of_value(described["schema"], json.loads(answer["body"]))

    def faults_of_stream(self, schema, body):
        for block in body.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            unknown = fields.keys() - {"id", "event", "data", "retry"}
            if unknown:
                yield f"an event has the fields {sorted(unknown)}"
            if "data" not in fields:
                continue
            event = json.loads(fields["data"])
            if event["type"] != fields.get("event") or not fields.get("id"):
                yield "an event's fields do not tell its type and a cursor"
            yield from self.faults_of_value(schema, event)

    def untouched(self):
        """Operations, and successes of operations, that no answer came from."""
        for method, path, operation in self.operations():
            seen = {status for m, p, status in self.touched if (m, p) == (method, path)}
            for status in operation["responses"]:
                if status < "300" and status not in seen:
                    yield f"{method} {path}: no test saw the status {status}"


def faults_of_served_document(document, answers):
    served = [a for a in answers if a["route"] == "/api/v1/openapi.json" and a["status"] == 200 and a["body"]]
    if not served:
        return ["no test asked for the document itself"]
    wanted = json.loads(json.dumps(document))
    given = json.loads(served[0]["body"])
    wanted["info"].pop("version"), given["info"].pop("version")
    return [] if given == wanted else ["the served document is another than that of the files"]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    document = openapi_document.load(sys.argv[1])
    answers = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(pathlib.Path(sys.argv[2]).glob("*.json"))]
    contract = Contract(document)
    faults = collections.defaultdict(list)
    for answer in answers:
        for fault in contract.faults_of_answer(answer):
            faults[(answer["method"], answer["route"], answer["status"])].append((fault, answer["target"]))
    for (method, route, status), found in sorted(faults.items()):
        print(f"{method} {route} {status}: {len(found)} faults")
        for fault, target in found[:SHOWN]:
            print(f"    {fault}\n        in the answer to {target}")
    others = list(contract.untouched()) + faults_of_served_document(document, answers)
    print("\n".join(others))
    operations = len(list(contract.operations()))
    wrong = sum(len(found) for found in faults.values()) + len(others)
    print(f"{len(answers)} answers, {operations} operations, {wrong} faults")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
