"""Judges one SARIF file: by the JSON schema, and by what the multitool said.

    validate.py SCHEMA FILE MULTITOOL_OUTPUT

Prints every violation and exits 1 if there is an error or a warning. Notes are
counted only, but for SARIF2006, which depends on the network; so is SARIF2004 where a
plugin's rule is named twice on purpose.
"""

import collections
import json
import re
import sys

import jsonschema

# Whether addresses can be reached says nothing about the file.
ENVIRONMENTAL = {"SARIF2006"}

# The rule of a plugin is told by `rule`, which alone leads to its extension, and by
# `ruleId`, which is all that many readers look at. SARIF allows both if they are equal;
# the multitool would spare the bytes.
TWICE = "SARIF2004"


def schema_violations(schema, log):
    kind = jsonschema.validators.validator_for(schema)
    validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
    for error in validator.iter_errors(log):
        path = "/".join(str(part) for part in error.absolute_path)
        yield f"schema: {path}: {error.message[:200]}"


def names_its_rule_twice(log, result):
    if result.get("ruleId", "").split("/")[0] != TWICE:
        return False
    words = result["message"].get("arguments", [])
    found = re.fullmatch(r"runs\[(\d+)\]\.results\[(\d+)\]", words[0] if words else "")
    if not found:
        return False
    judged = log["runs"][int(found[1])]["results"][int(found[2])]
    return "ruleIndex" not in judged and judged["ruleId"] == judged.get("rule", {}).get("id")


def multitool_results(log, output):
    for run in output["runs"]:
        for result in run.get("results", []):
            if result.get("ruleId", "").split("/")[0] in ENVIRONMENTAL:
                continue
            if names_its_rule_twice(log, result):
                continue
            yield result.get("level", "warning"), result
        for invocation in run.get("invocations", []):
            for notification in invocation.get("toolExecutionNotifications", []):
                if notification.get("level", "warning") == "error":
                    yield "error", notification


def main():
    schema_path, path, output_path = sys.argv[1:]
    with open(schema_path, encoding="utf-8-sig") as file:
        schema = json.load(file)
    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    # The multitool writes a byte order mark.
    with open(output_path, encoding="utf-8-sig") as file:
        output = json.load(file)

    violations = list(schema_violations(schema, log))
    notes = collections.Counter()
    for level, result in multitool_results(log, output):
        name = result.get("ruleId", "notification")
        if level == "note":
            notes[name] += 1
            continue
        message = result.get("message", {})
        words = message.get("text") or " ".join(message.get("arguments", []))
        violations.append(f"multitool: {level} {name}: {words}")

    for violation in violations:
        print(f"{path}: {violation}")
    summary = ", ".join(f"{name} x{count}" for name, count in sorted(notes.items())) or "none"
    print(f"{path}: {len(violations)} errors and warnings; notes: {summary}")
    sys.exit(1 if violations else 0)


main()
