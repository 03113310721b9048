#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up, builds, and evolves a kernel: on the GPU if there is one, else on the emulator.
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
Usage: packaging/run.sh [TASK] [OPTIONS OF warploom-cli evolve]
Installs what is missing, builds Warploom, and evolves TASK (default: kernels/softmax, 60 evaluations, on the GPU if there
is one, else on the emulator). Examples:
  packaging/run.sh
  packaging/run.sh kernels/transpose --evaluations 200 --seed 7
  packaging/run.sh --resume night.warploom
END
}

# has OPTION ARGUMENT…: was it given, as "--option value" or "--option=value"?
has() {
    local option=$1 argument
    shift
    for argument in "$@"; do
        case "$argument" in "$option" | "$option"=*) return 0 ;; esac
    done
    return 1
}

main() {
    case "${1:-}" in -h | --help) usage && return 0 ;; esac
    stage "set-up" "$root/packaging/setup.sh"
    build_preset release -DWARPLOOM_TESTS=OFF
    local arguments=()
    # A run that is resumed knows its task, device and budget.
    if ! has --resume "$@"; then
        case "${1:-}" in "" | -*) arguments+=("$root/kernels/softmax") ;; esac
        has --device "$@" || arguments+=(--device auto)
        has --evaluations "$@" || has --seconds "$@" || arguments+=(--evaluations 60)
    fi
    # The program takes this one's place: signals reach it and its exit code is the script's.
    exec "$root/build/release/bin/warploom-cli" evolve "${arguments[@]}" "$@"
}

main "$@"
