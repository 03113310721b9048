# shellcheck shell=bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# What the scripts say, to stderr: stdout belongs to the programs they start.

# Exit codes are warploom-cli's own: the machine lacks something.
readonly exit_lacking=3

say() { printf '%s\n' "warploom: $*" >&2; }

die() {
    local code=$1
    shift
    say "$*"
    exit "$code"
}

# stage NAME COMMAND…: says what begins, and how long it took when it has ended well.
stage() {
    local name=$1 begin=$SECONDS
    shift
    say "$name …"
    "$@"
    say "$name: $((SECONDS - begin)) s"
}
