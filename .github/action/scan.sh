#!/usr/bin/env bash
# Scans once and writes every report. It fails only if there is no report; what the scan
# comes to is for the last step, after the upload.
set -euo pipefail

program=${DIRECTORY:?}/seaworthy
reports=${RUNNER_TEMP:?}/seaworthy-reports
mkdir -p "$reports"
rm -f "$reports"/*

say() { echo "::notice title=seaworthy::$1"; }

# What starts with a dash is an option to whoever reads it.
cd -- "${INPUT_WORKING_DIRECTORY:-.}"

# A pull request from a fork, or one of Dependabot, has a token that can only read.
reads_only=false
case "${EVENT:-}" in
    pull_request)
        if [[ ${HEAD_REPOSITORY:-} != "${GITHUB_REPOSITORY:-}" || ${ACTOR:-} == 'dependabot[bot]' ]]; then
            reads_only=true
        fi
        ;;
esac

case "${INPUT_UPLOAD_SARIF:-auto}" in
    true) upload=true ;;
    false) upload=false ;;
    auto)
        upload=true
        if [[ $reads_only == true ]]; then
            upload=false
            say 'The token of this pull request cannot write to code scanning: findings are annotations and stand in the summary instead.'
        fi
        ;;
    *)
        echo "::error title=seaworthy::The input upload-sarif has to be auto, true or false."
        exit 2
        ;;
esac

annotate=${INPUT_ANNOTATIONS:-auto}
if [[ $annotate == auto ]]; then
    # Code scanning annotates by itself.
    if [[ $upload == true ]]; then annotate=false; else annotate=true; fi
fi

arguments=(scan --no-progress --color never --sarif-profile github)
arguments+=(--output "sarif=$reports/seaworthy.sarif")
arguments+=(--output "json=$reports/seaworthy.json")
arguments+=(--output "github=$reports/annotations.txt")
[[ ${INPUT_SUMMARY:-true} != true ]] || arguments+=(--summary-file "${GITHUB_STEP_SUMMARY:?}")
[[ -z ${INPUT_CONFIG:-} ]] || arguments+=("--config=$INPUT_CONFIG")
[[ -z ${INPUT_FAIL_ON:-} ]] || arguments+=("--fail-on=$INPUT_FAIL_ON")
[[ -z ${INPUT_BASELINE:-} ]] || arguments+=("--baseline=$INPUT_BASELINE")
[[ -z ${INPUT_CATEGORY:-} ]] || arguments+=("--category=$INPUT_CATEGORY")

# The commit that what is new is new against.
base=
case "${INPUT_DIFF:-auto}" in
    auto) [[ ${EVENT:-} != pull_request* ]] || base=${BASE_SHA:-} ;;
    off | false) ;;
    *) base=$INPUT_DIFF ;;
esac
if [[ -n $base ]]; then
    # A checkout of depth 1 has not got it.
    if git rev-parse --quiet --verify --end-of-options "$base^{commit}" >/dev/null ||
        git fetch --quiet --no-tags --depth=1 origin -- "$base"; then
        arguments+=("--from-ref=$base" --to-ref=HEAD)
    else
        say "The commit $base cannot be fetched: everything counts, not only what is new."
    fi
fi

while IFS= read -r argument; do
    [[ -z $argument ]] || arguments+=("$argument")
done <<<"${INPUT_ARGS:-}"
[[ -z ${INPUT_PATH:-} ]] || arguments+=(-- "$INPUT_PATH")

# The log of a job obeys lines; until the word comes, nothing of the report is obeyed.
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$word"
code=0
"$program" "${arguments[@]}" || code=$?
echo
echo "::$word::"

[[ $annotate != true || ! -f $reports/annotations.txt ]] || cat "$reports/annotations.txt"

# The figures stand at the start of the report, before anything of the repository.
start=$(head -c 2048 "$reports/seaworthy.json" 2>/dev/null || true)
figure() { if [[ $start =~ \"$1\":([0-9]+) ]]; then echo "${BASH_REMATCH[1]}"; else echo 0; fi; }
open=$(figure open)
known=$(figure baselined)

[[ -s $reports/seaworthy.sarif ]] || upload=false
{
    echo "exit-code=$code"
    echo "upload=$upload"
    echo "sarif-file=$reports/seaworthy.sarif"
    echo "json-file=$reports/seaworthy.json"
    echo "findings=$((open + known))"
    echo "new-findings=$open"
} >>"${GITHUB_OUTPUT:?}"
