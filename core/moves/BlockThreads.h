// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bitset>

#include "moves/ValueTree.h"

namespace warploom {

constexpr int kMostLanes = 1024;

/// What one thread of a block has in a variable.
struct LaneValue {
    enum class Kind {
        Unknown,
        Number,  ///< form + number
        Place,  ///< of memory: form + number elements behind the start of base
        Uniform,  ///< tree, which no thread is part of
        Share,  ///< what some threads have folded together
    };
    Kind kind = Kind::Unknown;
    std::int64_t number = 0;
    IndexForm form;
    const clang::VarDecl* base = nullptr;
    ValueTree tree;  ///< of a share: the whole fold
    int team = 0;  ///< of a share: whose
    std::bitset<kMostLanes> parts;  ///< of a share: what it has of the iterations that threads share out
    std::vector<ValueTree> others;  ///< of a share of a maximum: what else it is not below

    static LaneValue ofNumber(std::int64_t number, IndexForm form = {});
    static LaneValue ofTree(ValueTree tree);
    [[nodiscard]] bool isPlainNumber() const { return kind == Kind::Number && form.isZero(); }
    friend bool operator==(const LaneValue& a, const LaneValue& b);
};

/// All threads of one block, statement by statement in step, numbers of threads and warps being numbers: what they do
/// to each other's values through shared memory and shuffles, however it is written, is there to be seen afterwards.
/// What threads exchange is right where the kernel has no races.
class BlockThreads {
public:
    using Lanes = std::vector<LaneValue>;
    /// What others know, Unknown where that is nothing.
    struct Elsewhere {
        std::function<LaneValue(const clang::VarDecl*, int)> variable;
        std::function<LaneValue(const clang::Expr*)> uniform;  ///< an expression that is no thread's own
        std::function<LaneValue(const LaneValue&, int)> whole;  ///< what a thread has all shares of
    };
    BlockThreads(const clang::ASTContext& context, const std::vector<std::int64_t>& shape, Elsewhere elsewhere);

    using Mask = std::bitset<kMostLanes>;

    [[nodiscard]] int threads() const { return m_threads; }
    [[nodiscard]] Mask everyone() const;
    /// From now on nothing is followed in which threads touch one shared element, one of them writing, with nothing
    /// between that they wait for each other at.
    void refuseRaces() { m_refusesRaces = true; }
    /// Whether all of \p statement could be followed, done by every thread, or by those of \p mask.
    bool run(const clang::Stmt* statement) { return run(statement, everyone()); }
    bool run(const clang::Stmt* statement, const Mask& mask);
    /// The value in each thread, or in those of \p mask.
    std::optional<Lanes> values(const clang::Expr* expression) { return values(expression, everyone()); }
    std::optional<Lanes> values(const clang::Expr* expression, const Mask& mask);
    /// Which element of a shared array, or which shared variable, \p lvalue is to one thread.
    LaneValue sharedPlace(const clang::Expr* lvalue, int lane) { return place(lvalue, lane); }
    /// Whether the threads of \p mask may put \p value there, which they are taken to do.
    bool put(const LaneValue& place, const LaneValue& value, const Mask& mask);
    [[nodiscard]] const std::map<const clang::VarDecl*, Lanes>& variables() const { return m_state.variables; }
    void forget(const clang::VarDecl* var) { m_state.variables.erase(var); }
    /// What the element form + number of a shared array holds.
    [[nodiscard]] LaneValue kept(const clang::VarDecl* base, const IndexForm& form, std::int64_t number) const;
    void forgetMemory(const clang::VarDecl* base);
    void forgetAllMemory() { m_state.memory.clear(); }
    /// Elements [form + first, form + last] of a shared array, within which threads wrote.
    struct Written {
        const clang::VarDecl* base = nullptr;
        IndexForm form;
        std::int64_t first = 0, last = 0;
    };
    /// What was written since the last call.
    std::vector<Written> takeWritten() { return std::exchange(m_written, {}); }

    using Cell = std::tuple<const clang::VarDecl*, std::string, std::int64_t>;
    /// Who has touched an element since the last barrier, how often the warp of each had met by then, and in which
    /// statement.
    struct Touches {
        std::map<int, std::pair<int, std::size_t>> reads, writes;
    };
    /// All that statements change.
    struct State {
        std::map<const clang::VarDecl*, Lanes> variables;
        std::map<Cell, LaneValue> memory;
        std::map<Cell, Touches> touches;
        std::map<int, int> meetings;  ///< of each warp
    };
    [[nodiscard]] const State& state() const { return m_state; }
    void restore(const State& state) { m_state = state; }

private:
    bool runOne(const clang::Stmt* statement, Mask& mask);
    bool runDeclaration(const clang::VarDecl* var, const Mask& mask);
    bool runExpression(const clang::Expr* expression, const Mask& mask);
    bool runChoice(const clang::IfStmt* choice, Mask& mask);
    /// What of two values with their places is the better, and of equals the first:
    /// if (other > best || (other == best && place < best_at)) { best = other; best_at = place; }
    bool runBest(const clang::IfStmt* choice, const Mask& mask);
    bool runBarrier(const std::string& name, const Mask& mask);
    /// Notes who touches \p place; false for a race that is not to be.
    bool touch(const LaneValue& place, int lane, bool writes);
    bool runLoop(const clang::Stmt* condition, const clang::Stmt* body, const clang::Expr* increment, Mask& mask);
    bool assign(const clang::Expr* target, const Mask& mask, const std::function<LaneValue(int)>& source);
    /// Runs the functions of the source that are called within \p expression.
    bool runCalls(const clang::Stmt* expression, const Mask& mask);
    bool runCall(const clang::CallExpr* call, const clang::FunctionDecl* function, const Mask& mask);
    std::optional<Mask> holding(const clang::Expr* condition, const Mask& mask);

    LaneValue value(const clang::Expr* expression, int lane);
    LaneValue valueOfMember(const clang::MemberExpr* member, int lane) const;
    LaneValue valueOfBinary(const clang::BinaryOperator* binary, int lane);
    LaneValue valueOfReals(clang::BinaryOperatorKind code, const LaneValue& a, const LaneValue& b, int lane) const;
    LaneValue valueOfChoice(const clang::ConditionalOperator* choice, int lane);
    LaneValue valueOfCall(const clang::CallExpr* call, int lane);
    LaneValue valueOfShuffle(const std::string& name, const clang::CallExpr* call, int lane);
    LaneValue variable(const clang::VarDecl* var, int lane);
    LaneValue place(const clang::Expr* lvalue, int lane);
    LaneValue load(const LaneValue& place, int lane);
    LaneValue valueOfSign(const clang::UnaryOperator* unary, int lane);
    LaneValue quotient(clang::BinaryOperatorKind code, const LaneValue& a, const LaneValue& b) const;
    void noteWritten(const LaneValue& place);
    bool spend(std::size_t work);

    const clang::ASTContext& m_context;
    std::vector<std::int64_t> m_shape;
    int m_threads = 0;
    Elsewhere m_elsewhere;
    State m_state;
    std::map<const clang::CallExpr*, Lanes> m_results;
    std::vector<Written> m_written;
    Lanes m_returned;
    Mask m_active;  ///< who shuffles
    int m_depth = 0;
    std::size_t m_work = 0;
    std::size_t m_statement = 0;  ///< which assignment this is
    bool m_refusesRaces = false;
    bool m_hasRaced = false;
};

/// How a fold is called that keeps the first of the largest or smallest elements, and one that keeps where it stands;
/// \p symbol: of the fold that keeps the element.
std::string firstWord(bool isMaximum);
std::string placeWord(const std::string& symbol);

/// The "+", "max" or "min" of what two threads have; Unknown where that is no share of one fold, or counts twice.
LaneValue combined(const LaneValue& a, const LaneValue& b, const std::string& operation);

}  // namespace warploom
