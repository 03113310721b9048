#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Unpacks nvdisasm, which shows SASS, from NVIDIA's wheel into Warploom's data folder. NVIDIA's licence does not let us
# ship it. The system's Python gets nothing installed: pip runs in an environment that is thrown away.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=shell/messages.sh
. "$root/packaging/shell/messages.sh"
# shellcheck source=shell/cuda.sh
. "$root/packaging/shell/cuda.sh"

# Of the newest CUDA 13.x: it reads what the compilers before it have made, and needs no driver.
readonly wheel="nvidia-cuda-nvdisasm==13.5.37"

# download FOLDER: the wheel, into FOLDER/wheels.
download() {
    local folder=$1 python=/usr/bin/python3
    [ -x "$python" ] || python=python3
    "$python" -m venv "$folder/venv" >&2 || die "$exit_lacking" "$python cannot make a venv: install python3-venv"
    "$folder/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$folder/wheels" "$wheel" >&2 ||
        die "$exit_lacking" "the download failed (no network?). Install the CUDA toolkit, or try again: $wheel"
}

# unpack FOLDER: the program and its licence, from FOLDER/wheels into FOLDER/nvdisasm.
unpack() {
    local folder=$1 program licence
    python3 -m zipfile -e "$folder"/wheels/*.whl "$folder/wheel" || die "$exit_lacking" "the wheel cannot be unpacked"
    program=$(find "$folder/wheel" -type f -path '*/bin/nvdisasm' -print -quit)
    [ -n "$program" ] || die "$exit_lacking" "the wheel holds no nvdisasm"
    install -D -m 755 "$program" "$folder/nvdisasm/bin/nvdisasm"
    licence=$(find "$folder/wheel" -type f -name 'License.txt' -print -quit)
    [ -z "$licence" ] || install -D -m 644 "$licence" "$folder/nvdisasm/licences/nvidia_cuda_nvdisasm.txt"
    "$folder/nvdisasm/bin/nvdisasm" --version >/dev/null || die "$exit_lacking" "nvdisasm does not run on this machine"
}

main() {
    [ $# -eq 0 ] || die 2 "Usage: packaging/fetch-nvdisasm.sh"
    local data target
    data=$(dirname "$(cuda_data_folder)")
    # Not in the folder of fetch-cuda.sh, which replaces its own as a whole.
    target=$data/nvdisasm
    mkdir -p "$data"
    # Two at once: the second finds what the first has done.
    exec 9>"$target.lock"
    flock 9
    if [ -x "$target/bin/nvdisasm" ]; then
        say "nvdisasm is already in $target"
        return 0
    fi
    # What one that was killed has left.
    rm -rf "$target".new-*
    # Not local: the trap runs after main has returned.
    scratch=$(mktemp -d "$target.new-XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    stage "download $wheel (about 5 MB)" download "$scratch"
    stage "unpack into $target" unpack "$scratch"
    rm -rf "$target"
    mv "$scratch/nvdisasm" "$target"
}

main "$@"
