#!/usr/bin/env bash
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: 0BSD
#
# An agent for warploom-cli evolve --agent "command:resources/agent/examples/wider_blocks.sh". Needs jq.
#
# Makes a tunable of the first launch's block size, where that is a number: Warploom tries the values by itself. Shows
# the second form of an answer: text as a model writes it, with a search/replace block.
set -euo pipefail
source=$(jq -r .source)
launch=$(printf '%s\n' "$source" | grep -m 1 '^ *// warploom: launch [^<]*<<<.*, [0-9][0-9]*>>>' || true)
if [ -z "$launch" ]; then
    echo '{"proposals": []}'
    exit 0
fi
block=$(printf '%s\n' "$launch" | sed 's/.*, \([0-9][0-9]*\)>>>.*/\1/')
cat <<END
MOVE: block size tunable
TITLE: The block size $block becomes a tunable
HYPOTHESIS: Another number of warps a block hides latencies better: occupancy should tell
PREDICTED: 1.1x

<<<<<<< SEARCH
$launch
=======
// warploom: tune BLOCK_SIZE = $block $((block / 2)) $((block * 2))
$(printf '%s\n' "$launch" | sed "s/\([^0-9A-Za-z_]\)$block\([^0-9A-Za-z_]\)/\1BLOCK_SIZE\2/g")
>>>>>>> REPLACE
END
