#!/usr/bin/env bash
# Passes or fails the job by what the scan came to.
set -euo pipefail

case "${EXIT_CODE:-}" in
    0) ;;
    1) echo "seaworthy: ${NEW_FINDINGS:-?} findings, of which at least one fails the scan." ;;
    *) echo "::error title=seaworthy::The scan could not do its work; its log says why." ;;
esac
exit "${EXIT_CODE:-2}"
