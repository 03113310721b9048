// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/ValueTree.h"

namespace warploom {

/// for (var = start; var < bound; ++var) around a store.
struct ValueLoop {
    std::string symbol;
    std::string name;
    std::string type;
    IndexForm start, bound;
    bool isNarrow = false;  ///< counted in fewer than 32 bits
};

/// One element of an array of the caller's that is set.
struct ValueStore {
    const clang::VarDecl* base = nullptr;
    IndexForm index;
    ValueTree value;
    std::vector<ValueLoop> loops;  ///< around it, outermost first
};

/// while (rest >= length(row)) { rest -= length(row); ++row; }
/// finds the row of a triangle, and the place within it, of the element that rest counts at first.
struct ValueTriangle {
    std::string rowSymbol, restSymbol;
    IndexForm firstRow, counted;  ///< before the loop
    IndexForm length;  ///< of a row
};

/// Runs the body of a kernel with symbols for what it does not know: through local variables and arrays, loops and
/// functions of the source, so that what is stored does not depend on how it is spelled. It gives up where it meets
/// anything that it cannot follow: other loops, stores under conditions, barriers, atomics.
class ValueReader {
public:
    explicit ValueReader(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }
    virtual ~ValueReader() = default;
    ValueReader(const ValueReader&) = delete;
    ValueReader& operator=(const ValueReader&) = delete;

    /// \p var stands for itself from now on.
    void bind(const clang::VarDecl* var);
    /// Whether everything could be followed.
    bool run(const std::vector<const clang::Stmt*>& statements);
    /// An integer expression of the kernel as it is now.
    std::optional<IndexForm> formOf(const clang::Expr* expression) { return number(expression); }
    [[nodiscard]] const std::vector<ValueStore>& stores() const { return m_stores; }
    [[nodiscard]] const std::vector<ValueLoop>& allLoops() const { return m_allLoops; }
    [[nodiscard]] const std::vector<ValueTriangle>& triangles() const { return m_triangles; }
    [[nodiscard]] ValuePrinter printer() const;
    [[nodiscard]] static std::string symbolFor(const std::string& name) { return "$" + name + "#"; }

protected:
    /// What stands for the index of an array's element.
    static inline const std::string kElementIndex = "$~element#";
    /// A local array: its element as a function of its index, and the element that the present loop has just set.
    struct Array {
        std::int64_t extent = 0;
        ValueTree element;
        std::string setSymbol;
        ValueTree set;
    };
    struct Binding {
        std::optional<IndexForm> number;
        std::optional<PointerForm> pointer;
        ValueTree value;
        std::optional<Array> array;
    };
    using Environment = std::map<const clang::VarDecl*, Binding>;

    bool runList(const std::vector<const clang::Stmt*>& statements, std::size_t from);
    virtual bool runOne(const clang::Stmt* statement);
    bool runExpression(const clang::Expr* expression);
    virtual bool declare(const clang::VarDecl* var);
    bool assign(const clang::Expr* target, const clang::BinaryOperator* operation, const clang::Expr* source);
    virtual bool store(const PointerForm& place, ValueTree value);
    bool choose(const clang::IfStmt* choice);
    using Pick = std::function<ValueTree(const ValueTree&, const ValueTree&)>;
    bool merge(const Pick& pick, const Environment& first, const Environment& second);
    virtual bool loop(const clang::ForStmt* loop);
    bool triangle(const clang::WhileStmt* loop);
    bool count(const clang::Expr* target, int step);
    virtual std::optional<ValueLoop> loopOf(const clang::ForStmt* loop);
    void closeLoop(const clang::VarDecl* var, const Binding& before, const ValueLoop& loop);
    std::optional<Array> closedArray(const clang::VarDecl* var, const Array& before, const Array& after,
                                     const ValueLoop& loop) const;
    [[nodiscard]] virtual ValueTree folded(const clang::VarDecl* var, const ValueTree& before, const ValueTree& after,
                                           const ValueLoop& loop) const;
    [[nodiscard]] std::set<const clang::VarDecl*> changedWithin(const clang::Stmt* statement) const;

    virtual std::optional<IndexForm> number(const clang::Expr* expression);
    std::optional<IndexForm> numberOfBinary(const clang::BinaryOperator* binary);
    virtual std::optional<PointerForm> pointer(const clang::Expr* expression);
    std::optional<PointerForm> place(const clang::Expr* lvalue);
    ValueTree value(const clang::Expr* expression);
    ValueTree valueOfCast(const clang::CastExpr* cast);
    ValueTree valueOfVariable(const clang::VarDecl* var);
    ValueTree valueOfChoice(const clang::ConditionalOperator* choice);
    ValueTree valueOfCall(const clang::CallExpr* call);
    ValueTree valueOfFunction(const clang::FunctionDecl* function, const clang::CallExpr* call);
    virtual ValueTree element(const PointerForm& place);
    /// The condition as a form that is not negative where it holds.
    std::optional<IndexForm> condition(const clang::Expr* expression);
    /// The condition as it is, of floating values.
    ValueTree comparison(const clang::Expr* expression);
    Binding& bound(const clang::VarDecl* var);
    /// What \p var is bound to by its declaration; false where that is not known.
    bool initialise(const clang::VarDecl* var, Binding& binding);
    [[nodiscard]] std::string typeText(clang::QualType type) const;

    const KernelScope& m_kernel;
    Environment m_variables;
    std::vector<ValueLoop> m_loops;
    std::vector<ValueLoop> m_allLoops;
    std::vector<ValueStore> m_stores;
    std::vector<ValueTriangle> m_triangles;
    std::map<std::string, std::tuple<std::string, IndexForm, IndexForm>> m_quotients;
    ValueTree m_returned;
    int m_depth = 0;
    int m_choices = 0;  ///< how many conditions the present statement stands under
};

}  // namespace warploom
