// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/FactorPlace.h"
#include "moves/Move.h"

namespace warploom {

/// What factors that are written out are kept as.
struct WrittenType {
    std::string scratch;  ///< "f16"
    std::string element;  ///< "__half", as CUDA calls it
    std::string header;  ///< that declares it; empty where none has to
    std::string narrowed;  ///< the function that makes it of a float; empty where it is one
    std::string widened;  ///< and the one that makes a float of it
    int bytes = 4;  ///< of an element
    std::size_t parts = 1;  ///< that a factor is the sum of
    std::string about;  ///< what a source says of the parts
};

/// The function that makes the second part of a float, by the name \p low; empty where \p type has one part.
std::string lowPartFunction(const WrittenType& type, const std::string& low);

/// The arrays that a factor is written to, one for each of its parts.
struct FactorArrays {
    const NestFactor* factor = nullptr;
    std::vector<std::string> names;
};

/// The kernel that writes one side's factors. A thread works out those of one index or, with loads and stores as wide
/// as they can be, of a few neighbours.
class FactorWriter {
public:
    FactorWriter(const MoveContext& context, const KernelScope& kernel, const FactorNest& nest,
                 const FactorPlace& place, std::size_t side, const WrittenType& type, std::vector<FactorArrays> arrays,
                 std::set<const clang::VarDecl*> needed);

    /// Neighbours in the index that a thread works out.
    [[nodiscard]] std::int64_t lanes() const { return m_lanes; }
    /// The kernel's body; empty where something in it has no words.
    [[nodiscard]] std::string body();
    /// Functions that the body calls.
    [[nodiscard]] std::string helpers() const;

private:
    /// Where what is worked out goes at first.
    enum class Target {
        Memory,  ///< where it belongs
        Run,  ///< to an array of the places that follow each other
        Lanes,  ///< to an array of neighbours for each of those
    };
    /// A load of neighbours, which comes before the lanes'.
    struct AheadLoad {
        std::string text;
        std::string name;
        std::string element;
        std::int64_t bytes = 0;  ///< of an element
        std::vector<TextRange> ranges;
    };

    [[nodiscard]] std::string ownName() const { return m_place.own(m_side)->getNameAsString(); }
    [[nodiscard]] std::string typeOf(const clang::VarDecl* var) const;
    [[nodiscard]] std::int64_t lanesThatFit() const;
    void findAhead();
    void addLaneNeeds(const clang::Stmt* node);
    [[nodiscard]] bool isAhead(const Access& load) const;
    [[nodiscard]] bool isAligned(const Access& load) const;
    [[nodiscard]] bool isAlways(const clang::Stmt* node) const;
    [[nodiscard]] bool addPlaceOf(const clang::Stmt* node, std::set<const clang::VarDecl*>& variables) const;
    [[nodiscard]] std::vector<const clang::DeclStmt*> declarationsOutside() const;
    [[nodiscard]] std::string alongDepth();
    [[nodiscard]] std::string alongIndex();
    [[nodiscard]] std::string byLanes();
    [[nodiscard]] std::string round(Target target, std::string indentation);
    [[nodiscard]] std::string loopHead(const NestLoop& loop, const std::string& indentation) const;
    [[nodiscard]] std::string aheadText(const std::string& indentation);
    [[nodiscard]] std::string valueArrays(Target target, const std::string& indentation) const;
    [[nodiscard]] std::string assignments(Target target, const std::string& indentation);
    [[nodiscard]] std::string stores(Target target, const std::string& indentation) const;
    [[nodiscard]] std::string declarationsText(const std::vector<const clang::DeclStmt*>& declarations,
                                               const std::set<const clang::VarDecl*>& wanted,
                                               const std::string& indentation);
    [[nodiscard]] std::string statementText(const clang::Stmt* statement, const std::string& indentation);
    [[nodiscard]] std::string text(TextRange range) const;
    [[nodiscard]] std::string productText(const FactorParts& parts) const;

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const FactorNest& m_nest;
    const FactorPlace& m_place;
    std::size_t m_side;
    const WrittenType& m_type;
    std::vector<FactorArrays> m_arrays;
    std::set<const clang::VarDecl*> m_needed;
    bool m_isAlong;
    std::int64_t m_lanes = 1;  ///< along the index
    std::int64_t m_chunk = 1;  ///< places of a run that are stored at once
    std::string m_first;  ///< the first lane's index
    std::string m_lane;
    std::string m_low;  ///< the function that makes a factor's second part
    std::vector<AheadLoad> m_ahead;
    std::set<const clang::Stmt*> m_aheadLoads;
    std::set<const clang::VarDecl*> m_aheadNeeds;
    std::set<const clang::VarDecl*> m_laneNeeds;
    bool m_isByLanes = false;  ///< while the lanes' round is written
    bool m_hasWords = true;
};

/// \p text, the kernel's words for \p part, as a float.
std::string floatText(const clang::Expr& part, const std::string& text);

}  // namespace warploom
