#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what building Warploom needs and this machine lacks. Can be run again; where nothing is missing it needs
# neither network nor root.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=shell/messages.sh
. "$root/packaging/shell/messages.sh"
# shellcheck source=shell/packages.sh
. "$root/packaging/shell/packages.sh"
# shellcheck source=shell/cuda.sh
. "$root/packaging/shell/cuda.sh"

usage() {
    cat <<'END'
Usage: packaging/setup.sh [--nvdisasm]
Installs the distribution packages Warploom is built from (Debian 12 or Ubuntu 24.04, x86-64, as root or with sudo), and
NVIDIA's wheels for NVRTC and CUPTI where no CUDA toolkit is found.

--nvdisasm               NVIDIA's nvdisasm too, which shows SASS, where none is found (5 MB, under NVIDIA's licence)
WARPLOOM_CUDA=fetch      take the wheels even if a toolkit is installed
WARPLOOM_CUDA_ROOT=DIR   the toolkit to use, and no other
WARPLOOM_DATA=DIR        where the wheels go (default ~/.local/share/warploom)
END
}

# One of a toolkit does as well.
bring_nvdisasm() {
    local folder
    for folder in "${CUDA_HOME:-}" "${CUDA_PATH:-}" /usr/local/cuda /usr/local/cuda-* /usr/lib/cuda; do
        if [ -n "$folder" ] && [ -x "$folder/bin/nvdisasm" ]; then
            say "nvdisasm: $folder/bin/nvdisasm"
            return 0
        fi
    done
    if command -v nvdisasm >/dev/null; then
        say "nvdisasm: $(command -v nvdisasm)"
        return 0
    fi
    packages_ensure "${warploom_fetch_packages[@]}"
    "$root/packaging/fetch-nvdisasm.sh"
}

main() {
    local wants_nvdisasm=
    case "${1:-}" in
    "") ;;
    --nvdisasm) wants_nvdisasm=yes ;;
    -h | --help) usage && return 0 ;;
    *) usage >&2 && return 2 ;;
    esac
    [ "$(uname -sm)" = "Linux x86_64" ] || die "$exit_lacking" "Warploom runs on x86-64 Linux; this is $(uname -sm)"
    packages_ensure "${warploom_packages[@]}"
    local include
    if [ -z "${WARPLOOM_CUDA_ROOT:-}" ] && ! cuda_include >/dev/null; then
        packages_ensure "${warploom_fetch_packages[@]}"
        "$root/packaging/fetch-cuda.sh"
    fi
    include=$(cuda_include)
    say "CUDA headers: $include"
    [ -z "$wants_nvdisasm" ] || bring_nvdisasm
}

main "$@"
