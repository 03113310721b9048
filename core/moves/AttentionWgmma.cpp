// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/AttentionCode.h"
#include "moves/AttentionWgmmaCode.h"
#include "moves/ContractionCode.h"
#include "moves/FragmentCode.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

namespace {

constexpr std::int64_t kMostOfALine = 128;
constexpr std::int64_t kPanel = 64;
constexpr std::int64_t kOtherRegisters = 32;  // for addresses and the like

/// Attention of 16-bit floats by instructions of four warps at once, which Hopper alone has.
class AttentionWgmma : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"attention-wgmma", "Work through attention by warpgroups on the tensor cores",
                "one thread a row: softmax over products with keys, times the keys' values of 64 or 128 elements, all "
                "half or bfloat16 (sm_90a)",
                "four warps multiply 64 rows with a tile of keys or values out of shared memory while they go on"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels())
            if (const auto found = attention(kernel); found && fits(*found))
                if (auto made = byWarpgroups(context, kernel, *found))
                    proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    /// Results of a row, and its queries, have to stay in registers.
    static bool fits(const Attention& found)
    {
        const auto type = fragmentType(found.query.element);
        return !type.empty() && type == fragmentType(found.key.element) && type == fragmentType(found.value.element)
            && found.query.isAligned && found.key.isAligned && found.value.isAligned && found.type == "float"
            && found.depth <= kMostOfALine && found.width <= kMostOfALine && found.width % kPanel == 0;
    }

    static void addNames(const DirectiveEditor& directives, CodeValues& values)
    {
        for (const auto& [mark, base] : CodeValues{{"ORDERED", "ORDERED"},
                                                   {"RESIDENT", "RESIDENT_ROWS"},
                                                   {"KeyTile", "KeyTile"},
                                                   {"ValueTile", "ValueTile"},
                                                   {"ring", "ring"},
                                                   {"keyTile", "key_tile"},
                                                   {"valueTile", "value_tile"},
                                                   {"signedScale", "signed_scale"},
                                                   {"signs", "signs"},
                                                   {"factor", "factor"},
                                                   {"load", "load"},
                                                   {"stage", "stage"},
                                                   {"before", "before"},
                                                   {"kKeyPieces", "kKeyPieces"},
                                                   {"kValuePieces", "kValuePieces"},
                                                   {"place", "place"},
                                                   {"own", "own"},
                                                   {"queryPart", "query_part"},
                                                   {"weightPart", "weight_part"},
                                                   {"keysAt", "keys_at"},
                                                   {"valuesAt", "values_at"},
                                                   {"at", "at"},
                                                   {"multiplyKeys", "multiplyKeys"},
                                                   {"addValues", "addValues"},
                                                   {"groups", "kGroups"},
                                                   {"group", "group"},
                                                   {"ones", "ones"},
                                                   {"onesAt", "ones_at"},
                                                   {"addUp", "addUp"},
                                                   {"barriers", "barriers"},
                                                   {"enter", "enter"},
                                                   {"waitForAll", "waitForAll"},
                                                   {"arrive", "arrive"},
                                                   {"leave", "leave"},
                                                   {"tile", "tile"},
                                                   {"Lines", "Lines"},
                                                   {"lines", "lines"},
                                                   {"weigh", "weigh"},
                                                   {"settle", "settle"},
                                                   {"isHigher", "is_higher"},
                                                   {"inverse", "inverse"},
                                                   {"sharedAddress", "sharedAddress"},
                                                   {"copyAsync", "copyAsync"},
                                                   {"placeInTile", "placeInTile"},
                                                   {"descriptorOf", "descriptorOf"},
                                                   {"multiplyAdd", "multiplyAdd"},
                                                   {"waitForProducts", "waitForProducts"},
                                                   {"pin", "pin"},
                                                   {"packed", "packedPair"},
                                                   {"power", "powerOfTwo"}})
            values.emplace_back(mark, directives.freshName(base));
    }

    /// Keys, values, ones and two barriers; or results on their way out.
    static std::string sharedBytes(const Attention& found)
    {
        return fmt::format("max(@STAGES@ * @KEYS@ * {} + {}, @QUERIES@ * {})",
                           2 * ((found.depth + kPanel - 1) / kPanel * kPanel + found.width), 1024 + 16,
                           4 * (found.width + 8));
    }

    static void addTunables(SourceEdit& edit, const DirectiveEditor& directives, const Attention& found,
                            const CodeValues& values)
    {
        const auto tune = [&](const char* name, const std::vector<std::int64_t>& choices) {
            directives.addTune(edit, valueOf(values, name), choices);
        };
        // Registers hold twice as many rows of 64 elements as of 128.
        const bool isNarrow = found.width <= kPanel && found.depth <= kPanel;
        using Choices = std::vector<std::int64_t>;
        tune("QUERIES", isNarrow ? Choices{128, 256, 192} : Choices{128, 64});
        tune("KEYS", {64, 128});
        tune("STAGES", {4, 5});
        tune("ORDERED", {1, 0});
        tune("RESIDENT", isNarrow ? Choices{256, 128} : Choices{128, 64});
        const auto require = [&](const std::string& condition) {
            directives.addRequire(edit, filled(condition, values));
        };
        // What the one architecture that has the instructions has of registers and of shared memory.
        require("@QUERIES@ <= @RESIDENT@");
        require(fmt::format("@RESIDENT@ * (@KEYS@ * 3 / 4 + {}) <= 32768",
                            found.width / 2 + found.depth / 4 + kOtherRegisters));
        require(fmt::format("({} + 1024) * (@RESIDENT@ / @QUERIES@) <= 233472", sharedBytes(found)));
    }

    [[nodiscard]] std::optional<MoveProposal> byWarpgroups(const MoveContext& context, const KernelScope& kernel,
                                                           const Attention& found) const
    {
        const auto body = context.source().range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        auto values = attentionValues(context, found, "            ", "@firstRow@ + @i@ / 2 % 2 * 8 + @lane@ / 4");
        if (!body || !before || values.empty())
            return std::nullopt;
        values.emplace_back("ptxType", fragmentType(found.query.element));
        values.emplace_back("pairOfOnes", valueOf(values, "ptxType") == "f16" ? "0x3c003c00u" : "0x3f803f80u");
        values.emplace_back("perLog", found.isBaseTwo ? "" : " * 1.44269504f");
        addNames(context.directives(), values);
        SourceEdit edit(context.source().text());
        const auto threads = filled("@QUERIES@ * 2", values);
        const auto shared = filled(sharedBytes(found), values);
        if (!editAttentionLaunches(edit, kernel, found, valueOf(values, "QUERIES"), threads, shared))
            return std::nullopt;
        edit.insert(*before, filled(attentionWgmmaHelpers(found), values));
        addLaunchBounds(edit, kernel, threads, filled("@RESIDENT@ / @QUERIES@", values));
        edit.replace({body->begin + 1, body->end - 1}, filled(kAttentionWgmmaBody, values));
        addTunables(edit, context.directives(), found, values);
        return proposal(
            context, edit, body->begin, fmt::format("{} by warpgroups", kernel.name()),
            fmt::format("{} computes each product with a key in every pass, one multiply-add at a time: once, by "
                        "instructions that begin 65536 of them, it is left to the exponentials, ~100×",
                        kernel.name()),
            100.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeAttentionWgmma() { return std::make_unique<AttentionWgmma>(); }

}  // namespace warploom
