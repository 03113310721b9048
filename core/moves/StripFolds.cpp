// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StripFolds.h"

#include "moves/ConstantBefore.h"
#include "moves/KnownKernel.h"

namespace warploom {

using namespace clang;

namespace {

/// More launches than this are no sums of one thread.
constexpr std::size_t kMostStripLoops = 3;

/// "f32" of float; empty for what directives have no word for.
std::string directiveType(QualType type)
{
    const auto* builtin = type->getAs<BuiltinType>();
    switch (builtin == nullptr ? BuiltinType::Void : builtin->getKind()) {
    case BuiltinType::Float:
        return "f32";
    case BuiltinType::Double:
        return "f64";
    case BuiltinType::Int:
        return "i32";
    case BuiltinType::UInt:
        return "u32";
    case BuiltinType::LongLong:
        return "i64";
    default:
        return {};
    }
}

bool isAnyLoop(const Stmt* statement) { return llvm::isa<ForStmt, WhileStmt, DoStmt>(statement); }

bool holdsLoops(const Stmt* statement)
{
    bool holds = false;
    walk(statement, [&](const Stmt* node) {
        holds = holds || isAnyLoop(node) || llvm::isa<LambdaExpr>(node);
        return !holds;
    });
    return holds;
}

class StripReader {
public:
    explicit StripReader(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<StripFolds> read()
    {
        auto guarded = guardedKernel(m_kernel);
        if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
            || usesBuiltinsElsewhere(m_kernel, *guarded))
            return std::nullopt;
        m_result.guarded = std::move(*guarded);
        m_before = m_result.guarded.preamble;
        m_before.insert(m_before.end(), m_result.guarded.body.begin(), m_result.guarded.body.end());
        // What outlives a thread, or is changed where nobody sees it, would be so once a strip.
        if (std::ranges::any_of(m_result.guarded.preamble, [&](const Stmt* one) { return !isRepeatable(one); }))
            return std::nullopt;
        if (!readBody() || !readDefinition())
            return std::nullopt;
        return m_result;
    }

private:
    /// Loops with what anybody may do several times between them, and an end without loops.
    bool readBody()
    {
        const auto& body = m_result.guarded.body;
        const auto last = std::find_if(body.rbegin(), body.rend(), isAnyLoop).base();
        if (last == body.begin() || last == body.end())
            return false;
        for (auto at = body.begin(); at != last; ++at)
            if (!(isAnyLoop(*at) ? readLoop(*at) : isRepeatable(*at)))
                return false;
        const auto isEnd = [&](const Stmt* statement) {
            return !holdsLoops(statement) && !m_kernel.containsReturn(statement);
        };
        const auto first = m_kernel.source().statementRange(*last);
        if (!std::all_of(last, body.end(), isEnd) || !first)
            return false;
        m_result.epilogue = {first->begin, m_result.guarded.bodyRange.end};
        return m_result.loops.size() <= kMostStripLoops;
    }

    /// Whether every launch may run it: it changes variables of the thread only, by their names.
    [[nodiscard]] bool isRepeatable(const Stmt* statement) const
    {
        return !holdsLoops(statement) && !m_kernel.containsReturn(statement) && !m_kernel.synchronises(statement)
            && !touchesFileVariables(statement)
            && std::ranges::none_of(m_kernel.accesses(statement), [](const Access& access) {
                   return access.base == nullptr || (access.writes && llvm::isa<ParmVarDecl>(access.base));
               });
    }

    bool readLoop(const Stmt* statement)
    {
        const auto loop = m_kernel.countedLoop(statement);
        const auto start = loop ? m_kernel.form(loop->start) : std::nullopt;
        const auto bound = loop ? m_kernel.form(loop->bound) : std::nullopt;
        // Loops whose length is known are short, or strips already.
        if (!loop || loop->step != nullptr || !start || !start->isZero() || !bound || bound->constantValue()
            || m_kernel.containsReturn(statement) || m_kernel.synchronises(statement) || touchesFileVariables(statement)
            || !m_kernel.source().range(loop->start) || !m_kernel.source().range(loop->bound))
            return false;
        for (const auto& access : m_kernel.accesses(statement))
            if (access.base == nullptr || access.writes)
                return false;
        m_result.loops.push_back({*loop, {}});
        return readFolds(statement, m_result.loops.back());
    }

    /// The variables of outside that the loop changes.
    bool readFolds(const Stmt* statement, StripLoop& loop)
    {
        std::vector<const VarDecl*> changed;
        walk(statement, [&](const Stmt* node) {
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()); var != nullptr
                    && var != loop.counted.var && m_kernel.isModifiedWithin(var, statement)
                    && var->getBeginLoc() < statement->getBeginLoc()
                    && std::ranges::find(changed, var) == changed.end())
                    changed.push_back(var);
            return true;
        });
        return !changed.empty()
            && std::ranges::all_of(changed, [&](const VarDecl* var) { return readFold(var, statement, loop); });
    }

    bool readFold(const VarDecl* var, const Stmt* statement, StripLoop& loop)
    {
        const auto reduction = reductionOf(m_kernel, var, statement);
        if (!reduction || reduction->operation == ReductionOperation::Product)
            return false;
        // What an extremum begins with may count several times.
        if (reduction->operation == ReductionOperation::Sum
            && constantBefore(m_kernel, m_before, statement, var) != 0.0)
            return false;
        const QualType type = var->getType().getUnqualifiedType();
        loop.folds.push_back(
            {*reduction, type.getAsString(m_kernel.source().context().getPrintingPolicy()), directiveType(type)});
        return !loop.folds.back().scratchType.empty();
    }

    bool readDefinition()
    {
        const auto begin = offsetBeforeKernel(m_kernel);
        const auto body = m_kernel.source().range(m_kernel.kernel().getBody());
        if (!begin || !body || m_kernel.kernel().getNumParams() == 0)
            return false;
        m_result.definition = {*begin, body->end};
        // A block of extern "C" holds more than this kernel.
        return m_kernel.source().text().substr(*begin, body->begin - *begin).find('{') == std::string_view::npos;
    }

    const KernelScope& m_kernel;
    std::vector<const Stmt*> m_before;  ///< all statements, in order
    StripFolds m_result;
};

}  // namespace

std::optional<StripFolds> stripFolds(const KernelScope& kernel) { return StripReader(kernel).read(); }

}  // namespace warploom
