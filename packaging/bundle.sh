#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Packs the programs of a build with the libraries they need into archives that run on a bare Linux with glibc ≥ 2.36.
# One archive holds what the worker and the CLI need, another what only the rewriter needs (Clang and LLVM are large).
set -euo pipefail

usage() {
    cat <<'END'
Usage: packaging/bundle.sh BUILD_FOLDER OUTPUT_FOLDER
Writes OUTPUT_FOLDER/warploom-core.tar.xz and, if there is a rewriter, warploom-rewriter.tar.xz. Unpacked in one
place they make one folder warploom/ with bin/ and lib/.
END
}

# Libraries of PROGRAM that a bare system does not have: all but glibc's and the compiler's run-time.
libraries_of() {
    ldd "$1" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' |
        grep -vE '/(libc|libm|libdl|librt|libpthread|libgcc_s|libstdc\+\+|ld-linux-x86-64)\.so' || true
}

# pack ARCHIVE PROGRAM…
pack() {
    local archive=$1 folder program library
    shift
    folder=$(mktemp -d)
    mkdir -p "$folder/warploom/bin" "$folder/warploom/lib"
    for program in "$@"; do
        strip -o "$folder/warploom/bin/$(basename "$program")" "$program"
        for library in $(libraries_of "$program"); do
            strip --strip-unneeded -o "$folder/warploom/lib/$(basename "$library")" "$(readlink -f "$library")" ||
                cp -L "$library" "$folder/warploom/lib/"
        done
    done
    tar -C "$folder" -cf - warploom | xz -T0 -6 >"$archive"
    rm -rf "$folder"
    printf '%s  %s\n' "$(du -h "$archive" | cut -f1)" "$archive"
}

main() {
    if [ $# -ne 2 ]; then
        usage >&2
        return 2
    fi
    local bin=$1/bin
    mkdir -p "$2"
    pack "$2/warploom-core.tar.xz" "$bin/warploom-cli" "$bin/warploom-worker"
    if [ -x "$bin/warploom-rewriter" ]; then
        pack "$2/warploom-rewriter.tar.xz" "$bin/warploom-rewriter"
    fi
}

main "$@"
