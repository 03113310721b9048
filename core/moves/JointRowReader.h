// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/BlockThreads.h"
#include "moves/JointRow.h"

namespace warploom {

/// Goes through a kernel's body with all threads of a block in step, and notes for each statement whether one thread a
/// row does it as it stands (kept), does all of its iterations (loops that are shared out), or has no need of it
/// (dropped: what threads tell each other).
class JointRowReader {
public:
    /// \p size: threads a row, neighbours, or as far from each other as there are rows with \p isAcross.
    JointRowReader(const KernelScope& kernel, const std::vector<std::int64_t>& shape, std::int64_t size, bool isAcross);

    std::optional<JointRow> read();

private:
    using Mask = BlockThreads::Mask;
    enum class Standing {
        Kept,  ///< one thread has in it what all had
        Constant,  ///< the same, but nothing has put it there yet
        Partial,  ///< one thread has in it the whole of what all had parts of
        Dropped,  ///< one thread has something else in it, or nothing
    };
    struct Variable {
        Standing standing = Standing::Kept;
        int version = 0;  ///< how often what one thread has in it has become something else
        ValueTree tree;  ///< of Partial the fold; else the constant that it is, or null
        std::string text;  ///< of Constant: what it is set to
        std::optional<BlockThreads::Lanes> lanes;  ///< of an integer that rows differ in
        int scope = 0;
        Mask mask;  ///< who has it
    };
    using Variables = std::map<const clang::VarDecl*, Variable>;

    bool run(const clang::Stmt* statement, const Mask& mask);
    bool runAll(const clang::CompoundStmt* list, const Mask& mask);
    bool declare(const clang::DeclStmt* statement, const Mask& mask);
    bool express(const clang::Expr* expression, const clang::Stmt* statement, const Mask& mask);
    bool assign(const clang::BinaryOperator* assignment, const Mask& mask);
    bool assignShared(const clang::BinaryOperator* assignment, const Mask& mask);
    bool choose(const clang::IfStmt* choice, const Mask& mask);
    bool chooseTogether(const clang::IfStmt* choice, const Mask& mask);
    bool chooseFor(const clang::IfStmt* choice, const std::vector<const clang::Expr*>& conditions, const Mask& mask);
    bool loop(const clang::ForStmt* loop, const Mask& mask);
    bool sharedLoop(const CountedLoop& loop);
    bool nestedLoops(const clang::ForStmt* loop);
    bool commonLoop(const clang::ForStmt* loop);
    /// Whether all threads go through \p loop alike.
    [[nodiscard]] bool isCommon(const clang::ForStmt* loop) const;
    /// What the loop folds into \p var, as far as threads may have parts of it then; nothing for anything else.
    [[nodiscard]] std::optional<std::string> foldInto(const clang::VarDecl* var, const clang::ForStmt* loop);
    /// The same of extrema with their places, if that is what the loop looks for.
    [[nodiscard]] bool foldsPlaces(const CountedLoop& loop, std::map<const clang::VarDecl*, std::string>& folds) const;
    void sharePlaces(const CountedLoop& loop);
    /// From here on each thread has its part of a fold in \p var.
    void share(const clang::VarDecl* var, const std::string& word);
    bool keepWhole(const clang::Stmt* statement, const Mask& mask);
    /// Notes that \p statement is done whatever conditions hold, where it leaves a trace outside the thread.
    void noteEffects(const clang::Stmt* statement);
    /// Takes out the rows' numbers that only the threads' telling each other needed.
    void dropUnused();
    /// One early return instead of conditions that are all the same.
    void leaveEarly();
    bool changesAlike(const clang::Stmt* statement, const Mask& mask, const clang::VarDecl* target);
    [[nodiscard]] bool readsOtherRows() const;
    [[nodiscard]] bool isOfBody(const clang::IfStmt* choice) const;

    /// Lets threads do what is dropped then.
    bool simulate(const clang::Stmt* statement, const Mask& mask);
    [[nodiscard]] bool isHarmless(const clang::Stmt* statement) const;
    [[nodiscard]] bool addsUp(const clang::Stmt* statement) const;
    void drop(const clang::Stmt* statement);

    /// Whether \p node asks which thread it is, or names what one thread has no longer, or what threads share.
    [[nodiscard]] bool differs(const clang::Stmt* node) const;
    /// Writes \p node for one thread a row; false where that cannot be.
    bool keep(const clang::Stmt* node, const Mask& mask);
    std::optional<std::string> textOf(const clang::Expr* value, const Mask& mask);
    [[nodiscard]] std::optional<std::string> textOf(const clang::Expr* value, const BlockThreads::Lanes& lanes,
                                                    const Mask& mask) const;
    [[nodiscard]] std::optional<std::string> textOfNumbers(const clang::Expr* value, const BlockThreads::Lanes& lanes,
                                                           const Mask& mask) const;
    [[nodiscard]] std::string inPlaceOf(const clang::Expr* value, const std::string& words) const;
    [[nodiscard]] bool isHiddenAt(const clang::Expr* value, const clang::VarDecl* var) const;
    [[nodiscard]] std::optional<std::string> nameOf(const clang::Expr* value, const LaneValue& one, int lane) const;
    void materialise(const clang::VarDecl* var);
    void materialiseWithin(const clang::Stmt* statement);

    LaneValue variable(const clang::VarDecl* var, int lane) const;
    LaneValue uniform(const clang::Expr* expression) const;
    [[nodiscard]] ValueTree constantOf(const clang::Expr* expression) const;
    [[nodiscard]] std::set<const clang::VarDecl*> changedIn(const clang::Stmt* statement) const;
    void noteChanged(const clang::VarDecl* var);
    void forgetWithin(const clang::Stmt* statement);
    void mergeAfter(const clang::Stmt* statement, const Variables& before);
    [[nodiscard]] ValueTree nameTree(const std::string& name, int version) const;
    [[nodiscard]] bool isOpen(int scope) const;

    [[nodiscard]] std::optional<std::int64_t> strideOf(const BlockThreads::Lanes& starts, std::int64_t step) const;
    [[nodiscard]] std::optional<std::string> startOfOne(const CountedLoop& loop, const LaneValue& first) const;
    [[nodiscard]] int teamOf(int lane) const;
    [[nodiscard]] std::int64_t rankOf(int lane) const;
    [[nodiscard]] bool hasAllTeams(const Mask& mask) const;
    [[nodiscard]] bool isOneEach(const Mask& mask) const;

    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    std::vector<std::int64_t> m_shape;
    BlockThreads m_threads;
    Variables m_variables;
    std::map<std::string, const clang::VarDecl*> m_folds;  ///< by their symbol
    std::map<std::string, int> m_slots;  ///< names for what shared memory held, with their scopes
    std::map<const clang::Stmt*, std::string> m_slotNames;
    JointRow m_row;
    std::int64_t m_size;  ///< threads a row
    bool m_isAcross;  ///< those of a row are m_row.rows apart instead of neighbours
    bool m_hasShared = false;  ///< a loop that threads share out was met
    std::vector<std::pair<const clang::IfStmt*, const clang::Expr*>>
        m_conditionals;  ///< with what of their condition is the same for all threads of a row, null for several parts
    std::vector<const clang::DeclStmt*> m_numbers;  ///< of rows, in new words
    int m_conditionDepth = 0;
    bool m_actsAlways = false;  ///< something outside the thread is changed under no condition, or in loops
    bool m_haveLeft = false;  ///< rows may have left, or stay away, while others go on
    const clang::Stmt* m_anchor = nullptr;  ///< before which statements can be put
    std::vector<int> m_scopes{0};
    int m_scopeCount = 0;
};

}  // namespace warploom
