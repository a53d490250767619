#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares libocispec/oci.def with the JSON schemas of the specification, property by property.

What one has and the other lacks must be listed below, with its reason; what is listed and has
become equal must go. Usage: test-oci-schema.py [SOURCE-DIR] (default: $srcdir or .)
"""
import json
import os
import re
import sys

SOURCE = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("srcdir", ".")

# In the schema, and rightly without a row.
OTHER_PLATFORMS = {"/windows", "/solaris", "/vm", "/zos", "/freebsd",
                   "/process/commandLine", "/process/user/username"}
# In the text of the specification, but forgotten in the schema.
TEXT_ONLY = {"/linux/memoryPolicy", "/linux/intelRdt/schemata", "/linux/intelRdt/monitoring"}
# Required by one and not the other: the reasons stand in oci.def.
REQUIRED_MORE = {"/linux/memoryPolicy/mode", "/linux/personality/domain"} | {
    f"/linux/resources/blockIO/throttle{way}Device/*/rate"
    for way in ("ReadBps", "WriteBps", "ReadIOPS", "WriteIOPS")}
REQUIRED_LESS = {"/linux/resources/pids/limit"}
# Narrower or wider than the schema, because of Linux: the reasons stand in oci.def.
OTHER_RANGE = {
    "/process/consoleSize/height", "/process/consoleSize/width", "/process/oomScoreAdj",
    "/linux/timeOffsets/*/nanosecs", "/linux/devices/*/major", "/linux/devices/*/minor",
    "/linux/devices/*/fileMode", "/linux/seccomp/syscalls/*/args/*/index",
    "/linux/resources/devices/*/major", "/linux/resources/devices/*/minor", "/pid",
} | {f"/hooks/{hook}/*/timeout" for hook in (
    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
} | {f"/linux/resources/blockIO/{device}Device/*/{number}" for number in ("major", "minor")
     for device in ("weight", "throttleReadBps", "throttleWriteBps", "throttleReadIOPS",
                    "throttleWriteIOPS")}

ROW = re.compile(r"^\t(BEGIN|\w+)\s*\((.*?)\)(?:\s*/\*.*)?$")
RANGES = {"U16": (0, 2**16 - 1), "U32": (0, 2**32 - 1), "U64": (0, 2**64 - 1),
          "I32": (-2**31, 2**31 - 1), "I64": (-2**63, 2**63 - 1)}
NAMED = {"UINT32_MAX": 2**32 - 1, "INT32_MAX": 2**31 - 1}


def read_rows():
    """{type: {key: (kind, child, flags, range)}} of oci.def."""
    types, rows = {}, None
    with open(f"{SOURCE}/libocispec/oci.def", encoding="utf-8") as f:
        for line in f:
            if begin := re.match(r"BEGIN\((\w+)\)", line):
                rows = types.setdefault(begin[1], {})
            elif (row := ROW.match(line.rstrip())) and row[1] != "KEY":
                args = [a.strip() for a in row[2].split(",")]
                child = args.pop(1) if row[1] in ("OBJ", "LIST", "OBJMAP") else None
                limits = args[3:]
                limits = RANGES.get(limits[0]) if len(limits) == 1 else tuple(
                    NAMED[x] if x in NAMED else int(x) for x in limits) or None
                rows[args[1].strip('"')] = (row[1], child, args[2], limits)
    return types


def flatten_rows(types, name, at=""):
    """{pointer: (type of value, required, range)}; * stands for any index or name."""
    found = {}
    for key, (kind, child, flags, limits) in types[name].items():
        here = f"{at}/{key}"
        required = "REQUIRED" in flags
        found[here] = (kind, required, limits if kind in ("INT", "UINT") else None)
        if kind == "UINTS":
            found[here + "/*"] = ("UINT", False, limits)
        if child:
            found.update(flatten_rows(types, child, here + ("" if kind == "OBJ" else "/*")))
    return found


class Schemas:
    def __init__(self):
        self.files = {}

    def load(self, name):
        if name not in self.files:
            with open(f"{SOURCE}/tests/data/schema/{name}", encoding="utf-8") as f:
                self.files[name] = json.load(f)
        return self.files[name]

    def resolve(self, node, name):
        """The node with all its references and allOf merged in, and the file that it is in."""
        merged = {k: v for k, v in node.items() if k not in ("$ref", "allOf", "anyOf")}
        parts = [(p, name) for p in node.get("allOf", []) + node.get("anyOf", [])]
        if "$ref" in node:
            target, _, path = node["$ref"].partition("#")
            target = target or name
            if not os.path.exists(f"{SOURCE}/tests/data/schema/{target}"):
                return {"type": "object"}, name     # another platform
            part = self.load(target)
            for step in path.strip("/").split("/"):
                part = part[step]
            parts.append((part, target))
        for part, file in parts:
            part, name = self.resolve(part, file)
            for key, value in part.items():
                if key == "properties":
                    merged.setdefault(key, {}).update({k: (v, name) for k, v in value.items()})
                elif key == "required":
                    merged[key] = merged.get(key, []) + value
                elif key in ("items", "additionalProperties") and isinstance(value, dict):
                    merged[key] = (value, name)
                else:
                    merged.setdefault(key, value)
        return merged, name

    def flatten(self, node, name, required=False, at=""):
        while isinstance(node, tuple):
            node, name = node
        node, name = self.resolve(node, name)
        found = {at: (node.get("type"), required, (node.get("minimum"), node.get("maximum")))}
        for key, child in node.get("properties", {}).items():
            found.update(self.flatten(child, name, key in node.get("required", []), f"{at}/{key}"))
        for word in ("items", "additionalProperties"):
            if word in node:
                found.update(self.flatten(node[word], name, False, f"{at}/*"))
        return found


KIND_TYPES = {"BOOL": "boolean", "INT": "integer", "UINT": "integer", "STR": "string",
              "STRS": "array", "UINTS": "array", "LIST": "array", "OBJ": "object",
              "MAP": "object", "OBJMAP": "object"}


def compare(types, name, schema, used):
    schemas = Schemas()
    rows = flatten_rows(types, name)
    props = schemas.flatten(schemas.load(schema), schema)
    # timeOffsets names its two clocks; a row of strings or objects says nothing of an element.
    props = {re.sub(r"/timeOffsets/(boottime|monotonic)", "/timeOffsets/*", p): v
             for p, v in props.items() if p}
    for at in [p for p in props if p.endswith("/*") and p not in rows and p[:-2] in rows]:
        rows[at] = ("STR" if rows[at[:-2]][0] == "STRS" else "OBJ", False, None)
    wrong = []

    def check(at, good, exceptions, sentence):
        place = next((e for e in exceptions if at == e or at.startswith(e + "/")), None)
        if not good and place:
            used.add(place)
        elif not good:
            wrong.append(f"{at}: {sentence}")

    for at in sorted(props.keys() - rows.keys()):
        check(at, False, OTHER_PLATFORMS, "in the schema, without a row")
    for at in sorted(rows.keys() - props.keys()):
        check(at, False, TEXT_ONLY if name == "oci_features" else (), "a row, not in the schema")
    for at in sorted(rows.keys() & props.keys()):
        kind, required, limits = rows[at]
        json_type, json_required, json_limits = props[at]
        check(at, KIND_TYPES[kind] == (json_type or "object"), (),
              f"{kind}, in the schema {json_type}")
        check(at, required == json_required, REQUIRED_MORE if required else REQUIRED_LESS,
              f"required here {required}, in the schema {json_required}")
        check(at, not limits or limits == json_limits, OTHER_RANGE,
              f"range {limits}, in the schema {json_limits}")
    return wrong, len(rows)


def main():
    types, used, failed = read_rows(), set(), False
    documents = (("oci_config", "config-schema.json"), ("oci_state", "state-schema.json"),
                 ("oci_features", "features-schema.json"))
    for number, (name, schema) in enumerate(documents, 1):
        wrong, n = compare(types, name, schema, used)
        print(f"{'not ' if wrong else ''}ok {number} - {name} has what {schema} has ({n} places)")
        for line in wrong:
            print(f"# {line}")
        failed |= bool(wrong)
    stale = (OTHER_PLATFORMS | TEXT_ONLY | REQUIRED_MORE | REQUIRED_LESS | OTHER_RANGE) - used
    print(f"{'not ' if stale else ''}ok {len(documents) + 1} - every exception is still one")
    for at in sorted(stale):
        print(f"# {at}: equal by now, to be removed from the list")
    print(f"1..{len(documents) + 1}")
    return failed or bool(stale)


if __name__ == "__main__":
    sys.exit(main())
