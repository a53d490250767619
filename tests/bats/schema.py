#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates the JSON on stdin against a schema of tests/data/schema: schema.py state-schema.json.

With --exact the schema is held against the document as well: it must not take it with one member more, at any depth,
nor without one of those that it has, but for places ("/data/cpuset/cpus") that the expression MAY-BE-ABSENT matches:
schema.py --exact mcrun-event.json '/data/cpuset/.*'. Members of annotations and of memory.stat may be any.
"""
import copy
import json
import os
import re
import sys
import warnings

warnings.simplefilter("ignore")		# newer versions of the library know newer ways to say this
import jsonschema

FREE = r".*/(annotations|raw)(/.*)?"


def objects(value, place=""):
    """Each object in it, with its place: (place, object)."""
    if isinstance(value, dict):
        yield place, value
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from objects(inner, f"{place}/{key}")


def inexact(document, valid, may_be_absent):
    """What the schema takes and must not."""
    for n, (place, original) in enumerate(objects(document)):
        for key in [*original, "nosuch"]:
            changed = copy.deepcopy(document)
            _, value = list(objects(changed))[n]
            if key in value:
                del value[key]
            else:
                value[key] = 1
            if re.fullmatch(FREE if key == "nosuch" else f"{FREE}|{may_be_absent}", f"{place}/{key}"):
                continue
            if valid(changed):
                yield f"{place}: the schema takes it {'with one more' if key == 'nosuch' else 'without ' + key}"


def main():
    exact = sys.argv[1] == "--exact"
    name, *more = sys.argv[2 if exact else 1:]
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "schema")
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft4Validator(schema, resolver=jsonschema.RefResolver(f"file://{folder}/{name}", schema))
    document = json.load(sys.stdin)
    errors = ["/".join(map(str, e.absolute_path)) + ": " + e.message for e in validator.iter_errors(document)]
    if exact and not errors:
        errors = list(inexact(document, validator.is_valid, more[0] if more else "(?!)"))
    for error in errors:
        print(error)
    return bool(errors)


sys.exit(main())
