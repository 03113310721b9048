# shellcheck shell=bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# What this machine lets the sanitizers do, found out by trying. Needs messages.sh, and $root.

# probe_sanitizer KIND: status 0 if a program built with it starts and ends well here.
probe_sanitizer() {
    local folder status=0
    folder=$(mktemp -d)
    printf 'int main() { return 0; }\n' >"$folder/probe.cpp"
    g++ "-fsanitize=$1" -o "$folder/probe" "$folder/probe.cpp" 2>"$folder/log" &&
        "${launcher[@]}" "$folder/probe" 2>>"$folder/log" || status=1
    rm -rf "$folder"
    return "$status"
}

# Sets `launcher`, the words in front of every test command. The sanitizers' fixed shadow addresses collide with the
# 32 random bits that newer kernels give to addresses; then the tests run without address randomisation.
prepare_launcher() {
    launcher=()
    local bits
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)
    if [ "$bits" -gt 28 ] && setarch -R true 2>/dev/null; then
        launcher=(setarch -R)
    fi
}

# prepare_address_sanitizer DEEP: with true, the use of a stack frame after its function has returned is found too,
# which keeps every frame on the heap: the tests then take 1.7 times as long.
prepare_address_sanitizer() {
    prepare_launcher
    local options=strict_string_checks=1
    ! $1 || options+=:detect_stack_use_after_return=1
    # The driver maps memory where the shadow gap is.
    [ ! -e /dev/nvidiactl ] || options+=:protect_shadow_gap=0
    export UBSAN_OPTIONS="print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
    export ASAN_OPTIONS="$options${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
    probe_sanitizer address && return 0
    # LeakSanitizer stops its own process with ptrace, which some containers forbid.
    export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
    probe_sanitizer address || die "$exit_lacking" "programs built with AddressSanitizer do not run on this machine"
    say "leaks are not looked for: this container forbids ptrace"
}

prepare_thread_sanitizer() {
    prepare_launcher
    export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$root/packaging/shell/tsan.supp${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
    probe_sanitizer thread ||
        die "$exit_lacking" "programs built with ThreadSanitizer do not run here; 'sudo sysctl vm.mmap_rnd_bits=28' helps"
}
