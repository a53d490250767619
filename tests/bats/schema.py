#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates the JSON on stdin against a schema of tests/data/schema: schema.py state-schema.json."""
import json
import os
import sys
import warnings

warnings.simplefilter("ignore")		# newer versions of the library know newer ways to say this
import jsonschema

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "schema")
with open(os.path.join(folder, sys.argv[1]), encoding="utf-8") as file:
    schema = json.load(file)
resolver = jsonschema.RefResolver(f"file://{folder}/{sys.argv[1]}", schema)
errors = list(jsonschema.Draft4Validator(schema, resolver=resolver).iter_errors(json.load(sys.stdin)))
for error in errors:
    print("/".join(map(str, error.absolute_path)) + ": " + error.message)
sys.exit(bool(errors))
