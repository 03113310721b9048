// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace warploom {

/// What an opcode does, in one sentence.
struct OpcodeSentence {
    std::string_view name;  ///< base opcode, with modifiers where these make it another instruction
    std::string_view sentence;
};

/// What a modifier adds.
struct ModifierSentence {
    std::string_view name;  ///< without dot
    std::string_view bases;  ///< base opcodes it holds for, separated by blanks; "*": all
    std::string_view meaning;
};

/// Tables sorted by name. Sentences are our own; the facts are those of NVIDIA's PTX ISA and of the instruction set
/// reference of its binary utilities.
std::span<const OpcodeSentence> sassSentences();
std::span<const OpcodeSentence> ptxSentences();
std::span<const ModifierSentence> sassModifiers();
std::span<const ModifierSentence> ptxModifiers();

}  // namespace warploom
