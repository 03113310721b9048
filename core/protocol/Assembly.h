// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/CompileProduct.h"

namespace warploom {

/// What an instruction is for: the rows of an instruction mix.
enum class InstructionClass {
    Single,  ///< f32 arithmetic
    Double,
    Half,  ///< f16 and bf16, packed too
    Tensor,  ///< mma, wgmma
    Special,  ///< the slow unit: reciprocal, square root, sine, exponential …
    Integer,  ///< arithmetic, logic, addresses
    Conversion,
    GlobalLoad,
    GlobalStore,
    SharedLoad,
    SharedStore,
    Local,  ///< spills and arrays that live in local memory
    Constant,
    Atomic,
    AsyncCopy,  ///< cp.async, TMA
    Shuffle,  ///< shuffles, votes, matches, redux
    Barrier,  ///< barriers and fences
    Control,
    Move,  ///< moves, selects, predicates
    Other,
};

std::string_view instructionClassName(InstructionClass kind);
std::optional<InstructionClass> instructionClassFromName(std::string_view name);
const std::vector<InstructionClass>& allInstructionClasses();

/// How many instructions of each class a kernel's text holds: static, executed or not.
struct InstructionMix {
    std::string kernel;  ///< lowered name
    bool isSass = false;  ///< else of PTX, which the compiler still changes
    std::map<InstructionClass, std::uint32_t> counts;

    [[nodiscard]] std::uint32_t total() const;
};

/// One line of a listing, as it is shown.
struct ListingLine {
    std::string text;
    int source = 0;  ///< line of the variant's text, from 1; 0: none
    std::vector<int> inlinedAt;  ///< lines that called what `source` stands in, innermost first
    std::string file;  ///< of `source` where it is not the variant's own text
    std::optional<std::uint32_t> address;  ///< SASS: offset into the kernel
    int ptx = 0;  ///< SASS: line of the PTX listing that it was made of, from 1; 0: unknown
    bool isInstruction = false;  ///< else a label, a directive, a comment
    // What a profile adds to SASS; not part of the JSON.
    double share = 0;  ///< of a card's samples of where warps were, 0…1
    std::string stalls;  ///< why they waited: "long_scoreboard 58 %, wait 20 %"
};

/// PTX or SASS of a whole module.
struct Listing {
    struct Kernel {
        std::string name;  ///< lowered
        std::uint32_t firstLine = 0;  ///< index into lines
        std::uint32_t lineCount = 0;
    };

    std::vector<ListingLine> lines;
    std::vector<Kernel> kernels;
};

/// What the compiler has made of one variant.
struct AssemblyReport {
    Listing ptx;
    std::optional<Listing> sass;
    std::string sassMissing;  ///< why there is no SASS, and what would bring it; empty where there is
    std::vector<KernelResources> resources;
    std::vector<InstructionMix> mixes;  ///< of SASS where there is SASS
};

void to_json(nlohmann::json& json, const InstructionMix& mix);
void from_json(const nlohmann::json& json, InstructionMix& mix);
/// Only what differs from the line before is written: listings are long.
void to_json(nlohmann::json& json, const Listing& listing);
void from_json(const nlohmann::json& json, Listing& listing);
void to_json(nlohmann::json& json, const AssemblyReport& report);
void from_json(const nlohmann::json& json, AssemblyReport& report);

}  // namespace warploom
