// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// One of the ways in which people write a kernel that a plainer one says as well. The moves are written for the plain
/// one; whoever wrote it otherwise gets them through plainForm().
class Simplification {
public:
    virtual ~Simplification() = default;
    /// What was done, for titles: "a sum in a variable".
    [[nodiscard]] virtual std::string what() const = 0;
    /// Whether the outcome may be worth running by itself, not only as what moves start from.
    [[nodiscard]] virtual bool changesWork() const { return false; }
    /// Whether threads shared already what they are said to do alone, so that sharing it again gains little.
    [[nodiscard]] virtual bool undoesSharing() const { return false; }
    /// Whether it makes its own sure of what it meets, so that the kernel need not be known throughout before.
    [[nodiscard]] virtual bool looksWithin() const { return false; }
    /// The whole source with one place of \p kernel rewritten; nothing where there is none, or where it is not certain
    /// that it does the same.
    [[nodiscard]] virtual std::optional<std::string> apply(const KernelScope& kernel) const = 0;
};

/// What is said of threads that did several places each, and do one: moves that give threads several places have
/// nothing to gain from that.
inline constexpr std::string_view kPlaceAThread = "a place a thread";

/// A source in plain form, and how it came to it.
struct PlainForm {
    std::string source;
    std::vector<std::string> done;  ///< each once, in order
    bool changesWork = false;
    std::set<std::string> unshared;  ///< kernels whose threads shared what one does now
};

/// \p source after every simplification that applies; nothing where none does. Kernels that \p leftAlone names stay as
/// they are.
std::optional<PlainForm> plainForm(const ParsedSource& source, const std::string& fileName,
                                   const std::set<std::string>& leftAlone = {});

std::unique_ptr<Simplification> makePlainInstance();
std::unique_ptr<Simplification> makePlainMacro();
std::unique_ptr<Simplification> makePlainCalls();
std::unique_ptr<Simplification> makePlainFields();
std::unique_ptr<Simplification> makePlainArrow();
std::unique_ptr<Simplification> makePlainMultiplyAdd();
std::unique_ptr<Simplification> makePlainWhile();
std::unique_ptr<Simplification> makePlainShift();
std::unique_ptr<Simplification> makePlainPointer();
std::unique_ptr<Simplification> makePlainPointers();
std::unique_ptr<Simplification> makePlainExit();
std::unique_ptr<Simplification> makePlainContinue();
std::unique_ptr<Simplification> makePlainChain();
std::unique_ptr<Simplification> makePlainSum();
std::unique_ptr<Simplification> makePlainDeclarations();
std::unique_ptr<Simplification> makePlainHints();
std::unique_ptr<Simplification> makePlainAdvance();
std::unique_ptr<Simplification> makePlainRange();
std::unique_ptr<Simplification> makePlainClamp();
std::unique_ptr<Simplification> makePlainCounter();
std::unique_ptr<Simplification> makePlainElement();
std::unique_ptr<Simplification> makePlainFactors();
std::unique_ptr<Simplification> makePlainLayer();
std::unique_ptr<Simplification> makePlainCovered();
std::unique_ptr<Simplification> makePlainBase();
std::unique_ptr<Simplification> makePlainIndices();
std::unique_ptr<Simplification> makePlainStart();
std::unique_ptr<Simplification> makePlainBackward();
std::unique_ptr<Simplification> makePlainStored();
std::unique_ptr<Simplification> makePlainLimit();
std::unique_ptr<Simplification> makePlainSooner();
std::unique_ptr<Simplification> makePlainRecurrence();
std::unique_ptr<Simplification> makePlainFirst();
std::unique_ptr<Simplification> makePlainRows();
std::unique_ptr<Simplification> makePlainSerial();
std::unique_ptr<Simplification> makePlainBlocks();
std::unique_ptr<Simplification> makePlainGrid();
std::unique_ptr<Simplification> makePlainDigits();
std::unique_ptr<Simplification> makePlainSynonym();
std::unique_ptr<Simplification> makePlainAlias();
std::unique_ptr<Simplification> makePlainAxes();
std::unique_ptr<Simplification> makePlainBatch();
std::unique_ptr<Simplification> makePlainChoice();
std::unique_ptr<Simplification> makePlainTree();
std::unique_ptr<Simplification> makePlainAtomicSum();
std::unique_ptr<Simplification> makePlainEpilogue();
std::unique_ptr<Simplification> makePlainCoarsened();
std::unique_ptr<Simplification> makePlainJointRow();
std::unique_ptr<Simplification> makePlainThreads();
std::unique_ptr<Simplification> makePlainStride();
std::unique_ptr<Simplification> makePlainSteps();
std::unique_ptr<Simplification> makePlainStaged();
std::unique_ptr<Simplification> makePlainNest();
std::unique_ptr<Simplification> makePlainScope();
std::unique_ptr<Simplification> makePlainGuard();
std::unique_ptr<Simplification> makePlainLast();
std::unique_ptr<Simplification> makePlainZero();
std::unique_ptr<Simplification> makePlainNames();
std::unique_ptr<Simplification> makePlainTurns();
std::unique_ptr<Simplification> makePlainArray();

}  // namespace warploom
