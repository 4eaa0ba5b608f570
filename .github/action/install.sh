#!/usr/bin/env bash
# Puts the program into $DIRECTORY, unless the cache has done so. A released archive is held
# against its checksum every time, wherever it comes from.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
releases=${SEAWORTHY_RELEASES:-https://github.com/seaworthy-rs/seaworthy/releases/download}
program=seaworthy
[[ ${RUNNER_OS:-} != Windows ]] || program=seaworthy.exe
mkdir -p "${DIRECTORY:?}"

sum_of() { { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -d ' ' -f 1; }

case "${HOW:?}" in
    release)
        archive=$DIRECTORY/${ARCHIVE:?}
        if ! [[ -f $archive ]]; then
            curl --fail --silent --show-error --location --proto '=https,file' --retry 3 \
                --output "$archive" "$releases/v${VERSION:?}/$ARCHIVE"
        fi
        if [[ $(sum_of "$archive") != "${SHA256:?}" ]]; then
            rm -f "$archive"
            echo "::error title=seaworthy::$ARCHIVE is not what was released: its checksum differs."
            exit 2
        fi
        if [[ ${INPUT_ATTESTATION:-false} == true ]]; then
            gh attestation verify "$archive" --repo seaworthy-rs/seaworthy
        fi
        unpacked=$DIRECTORY/unpacked
        rm -rf "$unpacked"
        mkdir "$unpacked"
        case $ARCHIVE in
            *.zip) unzip -q "$archive" -d "$unpacked" ;;
            *) tar -xzf "$archive" -C "$unpacked" ;;
        esac
        found=$(find "$unpacked" -type f -name "$program" -print -quit)
        cp "${found:?the archive holds no program}" "$DIRECTORY/$program"
        rm -rf "$unpacked"
        ;;
    source)
        if ! [[ -x $DIRECTORY/$program ]]; then
            echo "::notice title=seaworthy::No released program of version ${VERSION:?} is known" \
                "for this machine: it is built from source, which takes some minutes once."
            # Without plugins the program is built in a fraction of the time; who runs
            # plugins in a pipeline uses a release.
            (cd "$root" && CARGO_TARGET_DIR=$DIRECTORY/target cargo build --quiet --release \
                --locked -p seaworthy --no-default-features)
            cp "$DIRECTORY/target/release/$program" "$DIRECTORY/$program"
            rm -rf "$DIRECTORY/target"
        fi
        ;;
esac
chmod +x "$DIRECTORY/$program"
"$DIRECTORY/$program" --version
