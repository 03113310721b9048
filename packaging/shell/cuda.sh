# shellcheck shell=bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Where CUDA's headers and libraries are. Needs messages.sh. The programs search in the same order by themselves.

# The folder the wheels are unpacked into; installed packages look there too.
cuda_data_folder() {
    printf '%s\n' "${WARPLOOM_DATA:-${XDG_DATA_HOME:-${HOME:-/tmp}/.local/share}/warploom}/cuda"
}

# The newest CUDA major version that the driver admits: 13 where there is no driver to ask.
cuda_newest_major() {
    local driver
    driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | head -n 1 || true)
    driver=${driver%%.*}
    if [[ $driver =~ ^[0-9]+$ ]] && [ "$driver" -lt 580 ]; then
        echo 12
    else
        echo 13
    fi
}

# The release of the wheels that fit the driver.
cuda_wanted_release() {
    if [ "$(cuda_newest_major)" -eq 12 ]; then
        echo 12.9
    else
        echo 13.0
    fi
}

# cuda_major INCLUDE: the major version cuda.h declares; nothing where that cannot be read.
cuda_major() {
    sed -n 's/^#define CUDA_VERSION \([0-9]*\)[0-9]\{3\}\r\{0,1\}$/\1/p' "$1/cuda.h" 2>/dev/null || true
}

# cuda_usable INCLUDE LIBRARIES…: headers are there, one of the folders has NVRTC, and neither too old nor too new.
cuda_usable() {
    local include=$1 folder major
    shift
    [ -f "$include/nvrtc.h" ] && [ -f "$include/cuda.h" ] || return 1
    for folder in "$@"; do
        compgen -G "$folder/libnvrtc.so*" >/dev/null || continue
        major=$(cuda_major "$include")
        if [ -z "$major" ] || [ "$major" -lt 12 ] || [ "$major" -gt "$(cuda_newest_major)" ]; then
            say "CUDA ${major:-of unknown version} in ${include%/include} is not used: 12 to $(cuda_newest_major) would be"
            return 1
        fi
        return 0
    done
    return 1
}

# cuda_root_include ROOT: its include folder, or status 1.
cuda_root_include() {
    local part
    for part in "$1" "$1/targets/x86_64-linux"; do
        if cuda_usable "$part/include" "$part/lib64" "$part/lib" "$part/lib/x86_64-linux-gnu"; then
            printf '%s\n' "$part/include"
            return 0
        fi
    done
    return 1
}

# Include folder of an installed toolkit, or status 1.
cuda_toolkit_include() {
    [ "${WARPLOOM_CUDA:-}" != fetch ] || return 1
    local root versioned
    mapfile -t versioned < <(compgen -G '/usr/local/cuda-*' | sort -rV)
    for root in "${CUDA_HOME:-}" "${CUDA_PATH:-}" /usr/local/cuda "${versioned[@]}" /usr/lib/cuda /usr; do
        [ -z "$root" ] || ! cuda_root_include "$root" || return 0
    done
    return 1
}

# Include folder of the unpacked wheels, or status 1.
cuda_data_include() {
    local folder
    folder=$(cuda_data_folder)
    cuda_usable "$folder/include" "$folder/lib" && [ -f "$folder/include/cupti.h" ] || return 1
    printf '%s\n' "$folder/include"
}

# Include folder to build with, or status 1. A root that was named stands alone.
cuda_include() {
    if [ -n "${WARPLOOM_CUDA_ROOT:-}" ]; then
        cuda_root_include "$WARPLOOM_CUDA_ROOT" ||
            die "$exit_lacking" "WARPLOOM_CUDA_ROOT=$WARPLOOM_CUDA_ROOT has no usable CUDA (cuda.h, nvrtc.h, libnvrtc.so)"
        return 0
    fi
    cuda_toolkit_include || cuda_data_include
}
