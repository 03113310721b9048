// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/BlockThreads.h"
#include "moves/ValueReader.h"

namespace warploom {

/// What no score is below.
inline const std::string kLowestScore = "__int_as_float(0xff800000)";

/// Reads a kernel whose blocks work on something together as what one block computes, whoever of its threads does what:
/// loops that threads share out become loops over all of their iterations, arrays in shared memory that such loops set
/// become functions of the index, and what threads fold together by shuffles and shared memory becomes the fold over
/// all iterations. The kernel is taken to have no races.
class BlockReader : public ValueReader {
public:
    /// \p shape: of the block, as launched.
    BlockReader(const KernelScope& kernel, const std::vector<std::int64_t>& shape);

    /// Whether all of the kernel's body could be followed, and nothing that is stored is one thread's own.
    bool readKernel();
    /// What the symbol of an integer stands for: base[first], or function(first, second) of its type.
    struct Named {
        const clang::VarDecl* base = nullptr;
        std::string function;
        IndexForm first, second;
        std::string type;
    };
    [[nodiscard]] const std::map<std::string, Named>& named() const { return m_named; }
    /// What is not negative in blocks that do anything.
    [[nodiscard]] const std::vector<IndexForm>& guards() const { return m_guards; }
    /// Symbol of blockIdx or gridDim in one dimension.
    [[nodiscard]] static std::string builtinSymbol(const std::string& name, int dimension);

protected:
    bool runOne(const clang::Stmt* statement) override;
    bool declare(const clang::VarDecl* var) override;
    bool store(const PointerForm& place, ValueTree value) override;
    bool loop(const clang::ForStmt* loop) override;
    std::optional<ValueLoop> loopOf(const clang::ForStmt* loop) override;
    [[nodiscard]] ValueTree folded(const clang::VarDecl* var, const ValueTree& before, const ValueTree& after,
                                   const ValueLoop& loop) const override;
    std::optional<IndexForm> number(const clang::Expr* expression) override;
    std::optional<PointerForm> pointer(const clang::Expr* expression) override;
    ValueTree element(const PointerForm& place) override;

private:
    /// A loop whose iterations threads share out: of each thread, which of \p step it does.
    struct SharedLoop {
        std::int64_t step = 1;
        std::vector<int> parts;
        std::vector<int> teams;  ///< around the loop: who does the same iterations of the loops around it
    };
    /// A part of a shared array that a loop has set: elements [begin + start, begin + count).
    struct Part {
        const clang::VarDecl* base = nullptr;
        IndexForm begin, start, count;
        ValueTree element;  ///< of kElementIndex
    };
    struct Pending {
        const clang::VarDecl* base = nullptr;
        IndexForm begin;
        std::string symbol;  ///< of the loop
        ValueTree value;
    };
    struct State;

    bool runTogether(const clang::Stmt* statement);
    bool runGuard(const clang::IfStmt* choice);
    bool runByThreads(const std::vector<const clang::Stmt*>& statements, bool isLast);
    bool runThreadGuard(const clang::IfStmt* choice);
    void bindNumbers();
    bool runForOne(const clang::IfStmt* choice);
    void takeOver(const std::set<const clang::VarDecl*>& changed);
    [[nodiscard]] std::optional<Binding> common(const BlockThreads::Lanes& lanes) const;
    [[nodiscard]] LaneValue whole(const LaneValue& share, int lane) const;
    bool finishParts(const ValueLoop& loop);
    void addPart(Part part);
    [[nodiscard]] static bool reaches(const Part& part, const IndexForm& start);
    [[nodiscard]] static bool areApart(const Part& a, const Part& b);
    LaneValue laneValue(const clang::VarDecl* var, int lane);
    LaneValue uniformValue(const clang::Expr* expression);
    std::optional<ValueLoop> sharedLoopOf(const clang::ForStmt* loop);
    bool shareOut(const BlockThreads::Lanes& starts, std::int64_t step, const std::string& symbol);
    [[nodiscard]] std::optional<IndexForm> builtin(const clang::MemberExpr* member) const;
    std::optional<IndexForm> loadedNumber(const clang::Expr* expression);
    std::optional<IndexForm> extremeNumber(const clang::CallExpr* call);
    [[nodiscard]] bool isInner(const IndexForm& form) const;

    std::vector<std::int64_t> m_shape;
    BlockThreads m_threads;
    std::map<std::string, SharedLoop> m_sharedLoops;
    std::vector<int> m_teams;
    std::vector<Part> m_parts;
    std::vector<Pending> m_pending;
    std::map<std::string, Named> m_named;
    std::vector<IndexForm> m_guards;
    bool m_isForOne = false;  ///< within what some threads do for all, or each for itself
    bool m_mayLeave = false;  ///< nothing comes after what each does for itself
    std::string m_threadSymbol;  ///< of a thread's number, within what each does for itself
};

bool holdsShare(const ValueTree& tree);

}  // namespace warploom
