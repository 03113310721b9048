# shellcheck shell=bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Distribution packages. Needs messages.sh.

# The same names on Debian 12 (main) and Ubuntu 24.04 (main, universe and their updates).
warploom_packages=(
    build-essential cmake ninja-build ccache mold pkg-config git python3
    libfmt-dev libspdlog-dev nlohmann-json3-dev libexpected-dev libtomlplusplus-dev libsqlite3-dev libcli11-dev
    libxxhash-dev libcurl4-openssl-dev
    qt6-base-dev libgl-dev libqscintilla2-qt6-dev libqcustomplot-dev qtkeychain-qt6-dev fonts-dejavu-core
    clang-19 clang-format-19 clang-tidy-19 libclang-19-dev libclang-cpp19-dev llvm-19-dev
)
# Only where the CUDA parts have to be downloaded.
warploom_fetch_packages=(python3-venv ca-certificates)

# packages_missing NAME…: prints those that are not installed, one a line.
packages_missing() {
    local installed name
    # dpkg-query fails when it does not know a name; what it does know is printed all the same.
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
    for name in "$@"; do
        grep -qxF -- "$name" <<<"$installed" || printf '%s\n' "$name"
    done
}

# "debian 12", from the file that os-release(5) describes.
distribution() {
    (
        # shellcheck source=/dev/null
        . "${WARPLOOM_OS_RELEASE:-/etc/os-release}" 2>/dev/null || true
        printf '%s %s\n' "${ID:-unknown}" "${VERSION_ID:-}"
    )
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# packages_ensure NAME…: installs what is missing, and asks the network for nothing where nothing is.
packages_ensure() {
    command -v dpkg-query >/dev/null ||
        die "$exit_lacking" "this is '$(distribution)', which has no dpkg-query. Install what these packages of Debian 12" \
            "hold, then build with 'cmake --preset release': $*"
    local missing
    mapfile -t missing < <(packages_missing "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    case "$(distribution)" in
    "debian 12" | "ubuntu 24.04") ;;
    *)
        die "$exit_lacking" "this is '$(distribution)', not Debian 12 or Ubuntu 24.04, so nothing was installed." \
            "These packages are missing: ${missing[*]}"
        ;;
    esac
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        die "$exit_lacking" "you are not root and there is no sudo. These packages are missing: ${missing[*]}"
    say "installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >&2 ||
        die "$exit_lacking" "apt-get update failed (no network?). These packages are missing: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}" >&2 ||
        die "$exit_lacking" "apt-get could not install ${missing[*]} (on Ubuntu 'universe' and 'noble-updates' must be" \
            "enabled)"
}
