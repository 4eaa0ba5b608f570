#!/bin/sh
# Validates SARIF files with Microsoft's multitool (rules of SARIF and of
# GitHub code scanning) and against the JSON schema of SARIF 2.1.0.
#
#   tests/sarif/validate.sh [--schema FILE] FILE…
#
# Exits non-zero on any error or warning. Needs node, npm, python3 and a package
# registry for each; everything is installed into a temporary folder, or once for all
# into $SEAWORTHY_SARIF_TOOLS.
# The schema is the one that the crate `serde-sarif` ships, unless named.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

schema=
if [ "${1:-}" = "--schema" ]; then
    schema=$2
    shift 2
fi
if [ "$#" -eq 0 ]; then
    echo "usage: $0 [--schema FILE] FILE…" >&2
    exit 2
fi
if [ -z "$schema" ]; then
    host=$(rustc -vV | sed -n 's/^host: //p')
    schema=$(cargo metadata --quiet --format-version 1 --filter-platform "$host" \
        --manifest-path "$here/../../Cargo.toml" |
        python3 -c '
import json, pathlib, sys
for package in json.load(sys.stdin)["packages"]:
    if package["name"] == "serde-sarif":
        print(pathlib.Path(package["manifest_path"]).parent / "src" / "schema.json")
')
fi

tools=${SEAWORTHY_SARIF_TOOLS:-$work/tools}
if ! [ -e "$tools/ready" ]; then
    mkdir -p "$tools"
    npm install --silent --no-fund --no-audit --prefix "$tools" @microsoft/sarif-multitool@5.7.0 >&2
    python3 -m venv "$tools/python"
    "$tools/python/bin/pip" install --quiet --disable-pip-version-check 'jsonschema[format-nongpl]' >&2
    touch "$tools/ready"
fi

# npm may leave out the step that makes the program executable.
multitool=$(find "$tools/node_modules" -type f -name Sarif.Multitool | head -n 1)
chmod u+x "$multitool"

status=0
number=0
for file in "$@"; do
    number=$((number + 1))
    # The exit code says nothing about the findings; only the output does.
    "$multitool" validate "$file" --rule-kind 'Sarif;Ghas' --level 'Error;Warning;Note' \
        -o "$work/$number.sarif" --log ForceOverwrite >"$work/$number.log" 2>&1 ||
        { echo "$file: the multitool failed" >&2; cat "$work/$number.log" >&2; status=1; continue; }
    "$tools/python/bin/python" "$here/validate.py" "$schema" "$file" "$work/$number.sarif" || status=1
done
exit "$status"
