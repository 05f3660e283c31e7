#!/usr/bin/env python3
"""Checks every file of a report against query/report/report.schema.json: check_report.py SCHEMA FOLDER [ATTRIBUTES].

Of a file of lines, the first 200 and the last 100 are checked. Exit code 77: there is no jsonschema.
"""

import csv
import glob
import gzip
import json
import os
import re
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

FIRST, LAST = 200, 100
schema_path, folder = sys.argv[1:3]
with open(schema_path, encoding="utf-8") as stream:
    SCHEMA = json.load(stream)
FILES = {"report.json", "report.html", "report.md", "entries.jsonl", "entries.csv", "summary.csv", "contaminated-docs.jsonl"}
found = []


def check(name, kind, values):
    schema = {"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], "$ref": "#/$defs/" + kind}
    validator = jsonschema.Draft202012Validator(schema)
    values = list(values)
    for value in values[:FIRST] + values[FIRST:][-LAST:]:
        for error in validator.iter_errors(value):
            found.append(f"{name}: {error.json_path}: {error.message:.200}")


def path(name):
    return os.path.join(folder, name)


def lines(name, opener=open):
    with opener(name, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def rows(name):
    with open(path(name), encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


if set(os.listdir(folder)) != FILES:
    found.append(f"other files: {sorted(set(os.listdir(folder)) ^ FILES)}")
with open(path("report.json"), encoding="utf-8") as stream:
    report = json.load(stream)
jsonschema.Draft202012Validator.check_schema(SCHEMA)
check("report.json", "report", [report])
entries = lines(path("entries.jsonl"))
check("entries.jsonl", "entry", entries)
documents = lines(path("contaminated-docs.jsonl"))
check("contaminated-docs.jsonl", "contaminated_document", documents)
check("summary.csv", "summary_csv", rows("summary.csv"))
with open(path("report.html"), encoding="utf-8") as stream:
    data = json.loads(re.search(r'id="data">(.*?)</script>', stream.read(), re.DOTALL)[1])
check("report.html", "page", [{**data, "entries": data["entries"][:FIRST]}])
if data["summary"] != report:
    found.append("report.html: its summary is not report.json")
if len(entries) != len(rows("entries.csv")):
    found.append("entries.csv: another number of entries than entries.jsonl")
for document in documents:
    spans = document["spans"]
    if any(a["end_byte"] > b["begin_byte"] or a["end_char"] > b["begin_char"] for a, b in zip(spans, spans[1:])):
        found.append(f"contaminated-docs.jsonl: spans of document {document['doc']} overlap")
for attributes in sys.argv[3:]:
    for name in glob.glob(attributes + "/**/*.gz", recursive=True):
        check(name, "attributes", lines(name, gzip.open))
print("\n".join(found[:20]))
sys.exit(1 if found else 0)
