#!/usr/bin/env bash
# Decides which program runs: a released one whose checksum is known here, or one that is
# built from the sources beside this script.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sums=${SEAWORTHY_CHECKSUMS:-$root/.github/action/checksums.txt}
version=${INPUT_VERSION#v}

own=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version *= *"\(.*\)"$/\1/p' "$root/Cargo.toml")
asked=$version
version=${version:-$own}
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
    echo "::error title=seaworthy::The input version has to be a version such as 1.2.0."
    exit 2
fi

extension=tar.gz
case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
    # The program for musl runs on every Linux.
    Linux-X64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64) target=aarch64-unknown-linux-musl ;;
    macOS-X64) target=x86_64-apple-darwin ;;
    macOS-ARM64) target=aarch64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-msvc extension=zip ;;
    *) target=unknown ;;
esac

archive=seaworthy-$version-$target.$extension
sha256=$(tr -d '\r' <"$sums" | awk -v name="$archive" '$2 == name || $2 == "*" name { print $1; exit }')

if [[ -n $sha256 ]]; then
    how=release
    key=$version-$target-$sha256
elif [[ -z $asked || $asked == "$own" ]]; then
    how=source
    # What is built changes with the sources alone.
    sources=$(cd "$root" && find Cargo.toml Cargo.lock rust-toolchain.toml crates rules -type f -print0 |
        LC_ALL=C sort -z | xargs -0 cat | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1)
    key=$version-${RUNNER_OS:-any}-${RUNNER_ARCH:-any}-$sources
    if ! command -v cargo >/dev/null; then
        echo "::error title=seaworthy::Version $version has no released program for this machine" \
            "($target) that this action knows, and there is no cargo to build it. Install Rust in" \
            "an earlier step, or use a release of the action that has one."
        exit 2
    fi
else
    echo "::error title=seaworthy::Version $asked for $target is not among those that this release of" \
        "the action knows the checksums of. Use seaworthy-rs/seaworthy@v$asked, or leave the input" \
        "version out."
    exit 2
fi

{
    echo "how=$how"
    echo "version=$version"
    echo "target=$target"
    echo "archive=$archive"
    echo "sha256=$sha256"
    echo "cache-key=seaworthy-$key"
    echo "directory=${RUNNER_TEMP:?}/seaworthy-$version"
} >>"${GITHUB_OUTPUT:?}"
