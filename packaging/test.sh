#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up, builds with AddressSanitizer and UBSan, and runs every test and lint.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=shell/messages.sh
. "$root/packaging/shell/messages.sh"
# shellcheck source=shell/cuda.sh
. "$root/packaging/shell/cuda.sh"
# shellcheck source=shell/build.sh
. "$root/packaging/shell/build.sh"
# shellcheck source=shell/sanitizers.sh
. "$root/packaging/shell/sanitizers.sh"

usage() {
    cat <<'END'
Usage: packaging/test.sh [--all] [OPTIONS OF ctest]
Installs what is missing, builds the preset 'asan' and runs all tests and lints.

--all               the presets 'tsan' and 'release' too, and with 'asan' the use of stack frames after return
WARPLOOM_WERROR=ON  warnings are errors, as in CI
Examples: packaging/test.sh -R tst_Expression      packaging/test.sh -L lint
END
}

# test_preset PRESET [OPTION OF CTEST…]
test_preset() {
    local preset=$1
    shift
    build_preset "$preset" -DWARPLOOM_TESTS=ON "-DWARPLOOM_WERROR=${WARPLOOM_WERROR:-OFF}"
    say "test $preset …"
    "${launcher[@]}" ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error \
        --parallel "$(nproc)" "$@"
}

main() {
    local all=false
    case "${1:-}" in
    -h | --help) usage && return 0 ;;
    --all) all=true && shift ;;
    esac
    stage "set-up" "$root/packaging/setup.sh"
    local launcher=()
    # Subshells, so that one sanitizer's environment does not reach the next build.
    (
        prepare_address_sanitizer "$all"
        test_preset asan "$@"
    )
    if $all; then
        # The lints have just passed, and say the same in every build.
        (
            prepare_thread_sanitizer
            test_preset tsan -LE lint "$@"
        )
        test_preset release -LE lint "$@"
    fi
}

main "$@"
