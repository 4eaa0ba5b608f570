#!/bin/sh
# Holds the SARIF of every fixture, in both profiles, against what validate.sh asks for.
#
#   tests/sarif/fixtures.sh PROGRAM
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
program=$(realpath "${1:?usage: $0 PROGRAM}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

for fixture in "$here"/../../fixtures/*/repo; do
    case=$(basename "$(dirname "$fixture")")
    cp -R "$fixture" "$work/$case"
    find "$work/$case" -name dot.gitignore | while IFS= read -r file; do
        mv "$file" "$(dirname "$file")/.gitignore"
    done
    git -C "$work/$case" init --quiet --initial-branch=main
    git -C "$work/$case" remote add origin https://github.com/example/"$case".git
    git -C "$work/$case" add --all --force
    git -C "$work/$case" -c user.name=Test -c user.email=test@example.org commit --quiet --message=Start
    for profile in full github; do
        (cd "$work/$case" && "$program" scan --fail-on never --format sarif \
            --sarif-profile "$profile" >"$work/$case-$profile.sarif")
    done
done
# Nothing found is a report, too.
mkdir "$work/empty"
(cd "$work/empty" && "$program" scan --format sarif >"$work/empty.sarif")

"$here/validate.sh" "$work"/*.sarif
