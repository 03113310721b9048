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
Usage: packaging/setup.sh
Installs the distribution packages Warploom is built from (Debian 12 or Ubuntu 24.04, x86-64, as root or with sudo), and
NVIDIA's wheels for NVRTC and CUPTI where no CUDA toolkit is found.

WARPLOOM_CUDA=fetch      take the wheels even if a toolkit is installed
WARPLOOM_CUDA_ROOT=DIR   the toolkit to use, and no other
WARPLOOM_DATA=DIR        where the wheels go (default ~/.local/share/warploom)
END
}

main() {
    case "${1:-}" in
    "") ;;
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
}

main "$@"
