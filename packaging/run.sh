#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up, builds, and evolves a kernel: on the GPU if there is one, else on the emulator. Then opens the window on what
# came of it, where there is a display.
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
is one, else on the emulator). Where there is a display, the window opens on the workspace afterwards. Examples:
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

# value_of OPTION ARGUMENT…: what was given to it, as "--option value" or "--option=value".
value_of() {
    local option=$1
    shift
    while [ $# -gt 0 ]; do
        case "$1" in
        "$option") printf '%s\n' "${2:-}" && return 0 ;;
        "$option"=*) printf '%s\n' "${1#*=}" && return 0 ;;
        esac
        shift
    done
}

has_display() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

# evolve_and_show TASK ARGUMENT…: the run in the terminal, then the window on its workspace.
evolve_and_show() {
    local task workspace status=0 bin=$root/build/release/bin
    task=$(basename "${1%/task.toml}")
    task=${task:-softmax}
    shift
    workspace=$(value_of --resume "$@")
    [ -n "$workspace" ] || workspace=$(value_of --workspace "$@")
    if [ -z "$workspace" ]; then
        workspace=$task-$(date +%Y-%m-%d-%H%M%S).warploom
        set -- "$@" --workspace "$workspace"
    fi
    # Ctrl+C ends the run, not the script: what was found until then is shown.
    trap : INT
    "$bin/warploom-cli" evolve "$@" || status=$?
    trap - INT
    case "$status" in 0 | 4) exec "$bin/warploom" "$workspace" ;; esac
    return "$status"
}

main() {
    case "${1:-}" in -h | --help) usage && return 0 ;; esac
    stage "set-up" "$root/packaging/setup.sh"
    build_preset release -DWARPLOOM_TESTS=OFF
    local arguments=() bin=$root/build/release/bin
    # A run that is resumed knows its task, device and budget.
    if ! has --resume "$@"; then
        case "${1:-}" in "" | -*) arguments+=("$root/kernels/softmax") ;; esac
        has --device "$@" || arguments+=(--device auto)
        has --evaluations "$@" || has --seconds "$@" || arguments+=(--evaluations 60)
    fi
    if has_display; then
        case "${1:-}" in "" | -*) set -- "" "${arguments[@]}" "$@" ;; *) set -- "$1" "${arguments[@]}" "$@" ;; esac
        evolve_and_show "$@"
    else
        # The program takes this one's place: signals reach it and its exit code is the script's.
        exec "$bin/warploom-cli" evolve "${arguments[@]}" "$@"
    fi
}

main "$@"
