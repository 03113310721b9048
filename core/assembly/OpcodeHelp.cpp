// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/OpcodeHelp.h"

#include <algorithm>

#include <fmt/format.h>

#include "assembly/InstructionText.h"
#include "assembly/OpcodeSentences.h"

namespace warploom {

namespace {

const OpcodeSentence* sentenceOf(std::span<const OpcodeSentence> table, std::string_view name)
{
    const auto found =
        std::lower_bound(table.begin(), table.end(), name,
                         [](const OpcodeSentence& entry, std::string_view wanted) { return entry.name < wanted; });
    return found == table.end() || found->name != name ? nullptr : &*found;
}

/// The longest beginning of the opcode that the table knows.
const OpcodeSentence* longestSentence(std::span<const OpcodeSentence> table, std::string_view opcode)
{
    while (!opcode.empty()) {
        if (const OpcodeSentence* found = sentenceOf(table, opcode); found != nullptr)
            return found;
        const auto dot = opcode.rfind('.');
        opcode = opcode.substr(0, dot == std::string_view::npos ? 0 : dot);
    }
    return nullptr;
}

bool holdsFor(const ModifierSentence& modifier, std::string_view base)
{
    if (modifier.bases == "*")
        return true;
    return fmt::format(" {} ", modifier.bases).find(fmt::format(" {} ", base)) != std::string::npos;
}

std::string_view meaningOf(std::span<const ModifierSentence> table, std::string_view name, std::string_view base)
{
    const auto found = std::find_if(table.begin(), table.end(), [&](const ModifierSentence& each) {
        return each.name == name && holdsFor(each, base);
    });
    return found == table.end() ? std::string_view() : found->meaning;
}

}  // namespace

std::string opcodeHelp(std::string_view opcode, bool isSass)
{
    const auto instructions = instructionsOf(opcode);
    if (instructions.empty())
        return {};
    opcode = opcodeOf(instructions.front());
    const OpcodeSentence* found = longestSentence(isSass ? sassSentences() : ptxSentences(), opcode);
    if (found == nullptr)
        return {};
    std::string help(found->sentence);
    std::string_view separator = " ";
    for (const std::string_view modifier : modifiersOf(opcode.substr(found->name.size()))) {
        const std::string_view meaning =
            meaningOf(isSass ? sassModifiers() : ptxModifiers(), modifier, baseOpcode(opcode));
        if (meaning.empty())
            continue;
        help += fmt::format("{}.{}: {}", separator, modifier, meaning);
        separator = "; ";
    }
    if (separator != " ")
        help += '.';
    return help;
}

}  // namespace warploom
