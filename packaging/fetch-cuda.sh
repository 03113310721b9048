#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Unpacks NVIDIA's wheels for NVRTC, CUPTI and their headers into Warploom's data folder. The system's Python gets
# nothing installed: pip runs in an environment that is thrown away.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=shell/messages.sh
. "$root/packaging/shell/messages.sh"
# shellcheck source=shell/cuda.sh
. "$root/packaging/shell/cuda.sh"

# Prints the wheels of a release, one a line. 12.9 has no wheel of its own for crt/*.h: the compiler's has them.
wheels_of() {
    case "$1" in
    13.0) printf "%s==13.0.*\n" nvidia-cuda-{nvrtc,cupti,runtime,crt,cccl} ;;
    12.9) printf "%s==12.9.*\n" nvidia-cuda-{nvrtc,cupti,runtime,nvcc,cccl}-cu12 ;;
    *) die 2 "Usage: packaging/fetch-cuda.sh [13.0|12.9]" ;;
    esac
}

# download FOLDER WHEEL…
download() {
    local folder=$1 python=/usr/bin/python3
    shift
    [ -x "$python" ] || python=python3
    "$python" -m venv "$folder/venv" >&2 || die "$exit_lacking" "$python cannot make a venv: install python3-venv"
    "$folder/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$folder/wheels" "$@" >&2 ||
        die "$exit_lacking" "the download failed (no network?). Install the CUDA toolkit, or try again: $*"
}

main() {
    local release=${1:-$(cuda_wanted_release)} target wheels
    mapfile -t wheels < <(wheels_of "$release")
    [ "${#wheels[@]}" -gt 0 ] || exit 2
    target=$(cuda_data_folder)
    mkdir -p "$(dirname "$target")"
    # Two set-ups at once: the second finds what the first has done.
    exec 9>"$target.lock"
    flock 9
    if [ $# -eq 0 ] && cuda_data_include >/dev/null; then
        say "CUDA parts are already in $target"
        return 0
    fi
    # Not local: the trap runs after main has returned.
    scratch=$(mktemp -d "$target.new-XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    stage "download CUDA $release wheels (about 110 MB)" download "$scratch" "${wheels[@]}"
    stage "unpack into $target" python3 "$root/packaging/unpack_wheels.py" "$scratch/cuda" "$scratch"/wheels/*.whl
    rm -rf "$target"
    mv "$scratch/cuda" "$target"
}

main "$@"
