#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Packs the programs of a build with the libraries they need into archives that run on a bare Linux with glibc ≥ 2.36.
# In three parts, because few machines need all: the command line and its worker are small, the window brings Qt, the
# rewriter Clang and LLVM.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
    cat <<'END'
Usage: packaging/bundle.sh BUILD_FOLDER OUTPUT_FOLDER [core|window|rewriter]…
Writes OUTPUT_FOLDER/warploom-core.tar.xz (command line, worker, tasks), warploom-window.tar.xz (the window with Qt, its
platform plugins and fonts) and warploom-rewriter.tar.xz (Clang), or only those named. Unpacked in one place they make
one folder warploom/, which can lie anywhere; its programs are in warploom/bin. CUDA's compiler is looked for as always:
an installed toolkit, else what warploom/share/warploom/setup/packaging/fetch-cuda.sh downloads; fetch-nvdisasm.sh beside
it brings what shows SASS.
END
}

# Libraries of FILES that a bare system does not have: all but glibc's and the compiler's run-time.
libraries_of() {
    ldd "$@" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
        grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libgcc_s|libstdc\+\+|ld-linux-x86-64)\.so' || true
}

# add_libraries FOLDER FILE…: into lib/, stripped; those that another part of the bundle brings too are the same files.
add_libraries() {
    local folder=$1 library
    shift
    mkdir -p "$folder/lib"
    for library in $(libraries_of "$@"); do
        strip --strip-unneeded -o "$folder/lib/$(basename "$library")" "$(readlink -f "$library")" 2>/dev/null ||
            cp -L "$library" "$folder/lib/"
    done
}

# add_program FOLDER PROGRAM
add_program() {
    mkdir -p "$1/bin"
    strip -o "$1/bin/$(basename "$2")" "$2"
    add_libraries "$1" "$2"
}

add_core() {
    local share=$2/share/warploom
    add_program "$2" "$1/warploom-cli"
    add_program "$2" "$1/warploom-worker"
    mkdir -p "$share/setup/packaging/shell"
    cp -r "$root/kernels" "$share/kernels"
    cp "$root/LICENSE" "$root/LICENSE.exceptions.md" "$root/README.md" "$share/"
    cp "$root"/packaging/fetch-{cuda,nvdisasm}.sh "$root/packaging/unpack_wheels.py" "$share/setup/packaging/"
    cp "$root"/packaging/shell/{messages,cuda}.sh "$share/setup/packaging/shell/"
}

add_window() {
    local plugins target=$2/lib/qt6/plugins plugin
    plugins=$(qtpaths6 --query QT_INSTALL_PLUGINS 2>/dev/null || echo /usr/lib/x86_64-linux-gnu/qt6/plugins)
    add_program "$2" "$1/warploom"
    cp "$root/packaging/bundle/qt.conf" "$2/bin/"
    for plugin in platforms/libqxcb.so platforms/libqoffscreen.so platforminputcontexts/libcomposeplatforminputcontextplugin.so; do
        mkdir -p "$target/$(dirname "$plugin")"
        strip --strip-unneeded -o "$target/$plugin" "$plugins/$plugin"
        add_libraries "$2" "$plugins/$plugin"
    done
    mkdir -p "$2/share/warploom/fonts"
    cp /usr/share/fonts/truetype/dejavu/DejaVuSans{,-Bold,Mono,Mono-Bold}.ttf "$2/share/warploom/fonts/"
    cp "$root/packaging/bundle/fonts.conf" "$2/share/warploom/fonts/"
}

add_rewriter() { add_program "$2" "$1/warploom-rewriter"; }

# pack PART BUILD OUTPUT
pack() {
    local folder archive=$3/warploom-$1.tar.xz
    folder=$(mktemp -d)
    "add_$1" "$2/bin" "$folder/warploom"
    tar -C "$folder" --owner=0 --group=0 -cf - warploom | xz -T0 "-${WARPLOOM_BUNDLE_LEVEL:-6}" >"$archive"
    printf '%s unpacked, %s packed  %s\n' "$(du -sh "$folder" | cut -f1)" "$(du -h "$archive" | cut -f1)" "$archive"
    rm -rf "$folder"
}

main() {
    if [ $# -lt 2 ]; then
        usage >&2
        return 2
    fi
    local build=$1 output=$2 part
    shift 2
    mkdir -p "$output"
    if [ $# -eq 0 ]; then
        set -- core
        [ ! -x "$build/bin/warploom" ] || set -- "$@" window
        [ ! -x "$build/bin/warploom-rewriter" ] || set -- "$@" rewriter
    fi
    for part in "$@"; do
        case "$part" in
        core | window | rewriter) pack "$part" "$build" "$output" ;;
        *) usage >&2 && return 2 ;;
        esac
    done
}

main "$@"
