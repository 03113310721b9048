#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs clang-tidy-19 with .clang-tidy on what has changed, or on the files named, or on everything.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=shell/messages.sh
. "$root/packaging/shell/messages.sh"
# shellcheck source=shell/cuda.sh
. "$root/packaging/shell/cuda.sh"
# shellcheck source=shell/build.sh
. "$root/packaging/shell/build.sh"

usage() {
    cat <<'END'
Usage: packaging/tidy.sh [--all | FILE.cpp…]
Without arguments: the .cpp files of core/, app/ and widgets/ that differ from the last commit. Ends with 1 on any finding.
END
}

changed_sources() {
    {
        git diff --name-only --diff-filter=d HEAD 2>/dev/null || true
        git ls-files --others --exclude-standard
    } | grep -E '^(core|app|widgets)/.*\.cpp$' | sort -u || true
}

main() {
    local files=()
    cd "$root"
    case "${1:-}" in
    -h | --help) usage && return 0 ;;
    "") mapfile -t files < <(changed_sources) ;;
    --all) mapfile -t files < <(find core app widgets -name '*.cpp' 2>/dev/null | sort) ;;
    *) files=("$@") ;;
    esac
    [ "${#files[@]}" -gt 0 ] || { say "no changed sources" && return 0; }
    local include
    include=$(cuda_include) || die "$exit_lacking" "CUDA's headers are missing; packaging/setup.sh fetches them"
    stage "configure dev" cmake -S . --preset dev "-DWARPLOOM_CUDA_INCLUDE=$include" >&2
    printf '%s\0' "${files[@]}" |
        xargs -0 -n 1 -P "$(build_jobs)" clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*'
}

main "$@"
