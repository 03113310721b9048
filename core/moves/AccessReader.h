// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/BufferAccesses.h"

namespace warploom {

/// Where a pointer points: to an element of base; the offset may be unknown.
struct PointerPlace {
    const clang::VarDecl* base = nullptr;
    std::optional<IndexForm> offset;  ///< in scalars of base
};

/// Reads one function as it is called from one place: what its parameters stand for is known.
class AccessReader {
public:
    struct Call {
        std::map<const clang::VarDecl*, IndexForm> values;
        std::map<const clang::VarDecl*, PointerPlace> pointers;
        std::map<const clang::VarDecl*, std::set<const clang::VarDecl*>> sources;  ///< buffers behind real numbers
        std::vector<IndexFact> facts;
        std::vector<std::pair<const clang::Stmt*, bool>> conditions;
        int depth = 0;
    };

    AccessReader(const DeviceCode& code, const clang::FunctionDecl& function, Call call, AccessReport& report);

    void read();
    /// Never fails: what is no polynomial gets a symbol.
    IndexForm form(const clang::Expr* expression);
    std::optional<PointerPlace> place(const clang::Expr* expression);

private:
    static constexpr int kDeepestForm = 60;  ///< nesting of expressions that is still looked at

    struct Change {
        const clang::Expr* whole = nullptr;  ///< the assignment, increment, …
        const clang::Expr* value = nullptr;  ///< null: one
        bool adds = false;
        bool subtracts = false;
    };

    void noteChanges();
    void noteCounters(const clang::ForStmt* loop);
    [[nodiscard]] std::size_t timeOf(const Access& access) const;
    void addAccess(const Access& access);
    void followCall(const clang::CallExpr* call);
    void noteValueUses();
    void noteParameterNames(const IndexForm& form);
    void collectGuards(const clang::Stmt* node, BufferAccess& access);
    void assumeAround(const clang::Stmt* child, const clang::Stmt* above, BufferAccess& access);
    void assume(const clang::Expr* condition, bool holds, const clang::Stmt* branch, BufferAccess& access);
    void assumeComparison(const clang::BinaryOperator* comparison, bool holds, const clang::Stmt* branch,
                          BufferAccess& access);
    void noteLoopBounds();
    void noteDenominator(const clang::Expr* expression);
    void noteSources(const clang::Expr* expression, std::set<const clang::VarDecl*>& buffers, int depth);
    /// Whether no thread, block or counter takes part: a value of the task decides.
    [[nodiscard]] bool isAboutData(const IndexForm& form) const;
    [[nodiscard]] bool holdsData(const IndexForm& form) const;

    std::optional<IndexForm> counterForm(const clang::VarDecl* var);
    IndexForm formOfVariable(const clang::DeclRefExpr* reference);
    IndexForm formOfBinary(const clang::BinaryOperator* binary);
    IndexForm formOfCall(const clang::CallExpr* call);
    IndexForm formOfChoice(const clang::ConditionalOperator* choice);
    IndexForm unknown(const clang::Expr* expression);
    [[nodiscard]] std::string symbolAt(std::size_t offset, char kind) const;
    [[nodiscard]] std::size_t offsetOf(const clang::Stmt* statement) const;
    [[nodiscard]] const Change* valueInForce(const clang::VarDecl* var, const clang::Expr* use) const;

    std::optional<PointerPlace> placeOfVariable(const clang::VarDecl* var, const clang::Expr* use);
    std::optional<PointerPlace> startOf(const clang::VarDecl* var);
    void applyChange(const Change& change, const clang::VarDecl* var, const clang::Expr* use, PointerPlace& place);
    std::optional<IndexForm> iterationsBefore(const clang::Stmt* loop, const IndexForm& step);
    [[nodiscard]] std::optional<IndexForm> scaled(const IndexForm& count, clang::QualType element,
                                                  const clang::VarDecl* base) const;
    [[nodiscard]] bool contains(const clang::Stmt* outer, const clang::Stmt* inner) const;
    [[nodiscard]] const clang::Stmt* loopAround(const clang::Stmt* statement) const;

    const DeviceCode& m_code;
    const clang::FunctionDecl& m_function;
    KernelScope m_scope;
    Call m_call;
    AccessReport& m_report;
    std::map<const clang::VarDecl*, std::vector<Change>> m_changes;
    std::map<const clang::Expr*, IndexForm> m_forms;
    std::set<const clang::VarDecl*> m_open;
    std::map<const clang::VarDecl*, std::pair<const clang::Stmt*, Change>> m_counters;
    std::set<const clang::VarDecl*> m_followed;
    int m_depth = 0;
};

/// The scalar that vectors and arrays of a type consist of: float for float4[2].
clang::QualType scalarOf(clang::QualType type);

}  // namespace warploom
