# shellcheck shell=bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Configure and build one preset of CMakePresets.json. Needs messages.sh and cuda.sh, and $root.

# As many compilers as cores, but each may want 1.5 GB.
build_jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable:/ {print int($2 / 1500000)}' /proc/meminfo)
    [ "$memory" -ge 1 ] || memory=1
    echo $((cores < memory ? cores : memory))
}

# build_preset PRESET [CMAKE ARGUMENT…]
build_preset() {
    local preset=$1 include
    shift
    include=$(cuda_include) || die "$exit_lacking" "CUDA's headers are missing; packaging/setup.sh fetches them"
    stage "configure $preset" cmake -S "$root" --preset "$preset" "-DWARPLOOM_CUDA_INCLUDE=$include" "$@" >&2
    stage "build $preset" cmake --build "$root/build/$preset" --parallel "$(build_jobs)" >&2
}
