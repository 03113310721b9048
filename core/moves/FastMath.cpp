// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/ranges.h>

#include "moves/FloatMath.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

/// A function of CUDA and the instruction or two that do nearly the same, with the tolerance from which on their error
/// is within it. Errors: CUDA C++ Programming Guide, Intrinsic Functions.
struct FastFunction {
    std::string_view name;  ///< of the form for float; without its last letter, of the one for any type
    std::string_view fast;
    double rtol;
    double atol;
    std::string_view error;
};

// An exponential is 2 + |1.17 x| units in the last place off (2^-23 at most): 1e-5 for |x| up to 70, where results are
// 1e-30. Logarithms near 1 and sines near 0 are off by so much absolutely.
constexpr FastFunction kFastFunctions[] = {
    {"expf", "__expf", 1e-5, 0, "2 + |1.17 x| units in the last place"},
    {"exp10f", "__exp10f", 1e-5, 0, "2 + |2.97 x| units in the last place"},
    {"logf", "__logf", 1e-6, 4e-7, "4e-7 or 3 units in the last place"},
    {"log2f", "__log2f", 1e-6, 3e-7, "3e-7 or 2 units in the last place"},
    {"log10f", "__log10f", 1e-6, 1e-7, "6e-8 or 3 units in the last place"},
    {"sinf", "__sinf", 1e-5, 1e-6, "4e-7 up to π"},
    {"cosf", "__cosf", 1e-5, 1e-6, "5e-7 up to π"},
    {"powf", "__powf", 1e-4, 0, "some hundred units in the last place"},
    {"tanhf", "__tanhf", 1e-3, 0, "2^-11"},
};
/// Quotients by __fdividef and reciprocal roots are 2 units in the last place off.
constexpr double kQuotientTolerance = 1e-6;

const FastFunction* fastFunction(const std::string& name, const MoveRequest& request)
{
    const auto found = std::ranges::find_if(kFastFunctions, [&](const FastFunction& fast) {
        return fast.name == name || fast.name.substr(0, fast.name.size() - 1) == name;
    });
    const bool isThere =
        found != std::end(kFastFunctions) && request.rtol >= found->rtol && request.atol >= found->atol;
    return isThere ? &*found : nullptr;
}

/// What one proposal changes.
struct FastPlaces {
    std::vector<Replacement> changes;
    std::map<std::string_view, int> functions;  ///< by the fast one's name
    std::set<std::string> errors;
    int quotients = 0;
    int roots = 0;
    bool isInLoop = false;
    std::size_t first = std::string_view::npos;

    [[nodiscard]] bool isEmpty() const { return changes.empty(); }
};

class FastMathFinder {
public:
    FastMathFinder(const MoveContext& context, const KernelScope& kernel)
        : m_context(context)
        , m_kernel(kernel)
    {
    }

    FastPlaces find(bool withFunctions)
    {
        for (const Stmt* body : bodiesRunBy(m_kernel)) {
            const auto rounded = variablesMadeIntegers(body);
            walk(body, [&](const Stmt* node) {
                if (makesInteger(node) || sets(node, rounded))
                    return false;  // a little less than a whole number is another one
                const auto count = m_places.changes.size();
                if (const auto* call = llvm::dyn_cast<CallExpr>(node); call != nullptr && withFunctions)
                    readCall(call);
                else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node))
                    readQuotient(binary);
                if (m_places.changes.size() > count) {
                    m_places.first = std::min(m_places.first, m_places.changes[count].range.begin);
                    m_places.isInLoop = m_places.isInLoop || isInLoop(body, node);
                }
                return true;
            });
        }
        return std::move(m_places);
    }

private:
    [[nodiscard]] bool makesInteger(const Stmt* node) const
    {
        static const std::set<std::string_view> names = {
            "floor",          "floorf",         "ceil",           "ceilf",          "trunc",          "truncf",
            "round",          "roundf",         "rint",           "rintf",          "lroundf",        "lrintf",
            "__float2int_rn", "__float2int_rz", "__float2int_rd", "__float2int_ru", "__float2uint_rn"};
        if (const auto* cast = llvm::dyn_cast<CastExpr>(node))
            return cast->getCastKind() == CK_FloatingToIntegral;
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        return call != nullptr && names.contains(libraryFunction(m_kernel, call));
    }

    static void addVariables(const Stmt* expression, std::set<const VarDecl*>& variables)
    {
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            if (var != nullptr && isSingleVariable(var))
                variables.insert(var);
            return true;
        });
    }

    static bool isSingleVariable(const VarDecl* var)
    {
        return var->getType()->isSpecificBuiltinType(BuiltinType::Float);
    }

    /// Floats that whole numbers are made of, directly or by way of others, but for those of interpolations.
    [[nodiscard]] std::set<const VarDecl*> variablesMadeIntegers(const Stmt* body) const
    {
        std::set<const VarDecl*> variables;
        walk(body, [&](const Stmt* node) {
            if (makesInteger(node))
                addVariables(node, variables);
            return true;
        });
        // What is whole already loses nothing.
        std::erase_if(variables, [&](const VarDecl* var) {
            const bool isWhole =
                var->hasInit() && !m_kernel.isModified(var) && makesInteger(var->getInit()->IgnoreParens());
            return isWhole || isInterpolated(body, var);
        });
        addSources(body, variables);
        return variables;
    }

    /// Adds what \p variables are worked out from.
    static void addSources(const Stmt* body, std::set<const VarDecl*>& variables)
    {
        for (std::size_t before = variables.size() + 1; before != variables.size();) {
            before = variables.size();
            walk(body, [&](const Stmt* node) {
                if (sets(node, variables))
                    addVariables(node, variables);
                return true;
            });
        }
    }

    /// Whether the place \p var lies between others, and what is left of it weighs them: the whole number below it is
    /// taken off it. Where a place is a little less than a whole number, the one before has a weight of almost nothing.
    [[nodiscard]] bool isInterpolated(const Stmt* body, const VarDecl* var) const
    {
        std::set<const VarDecl*> below;
        bool isLeft = false;
        walk(body, [&](const Stmt* node) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
            for (const Decl* one : declaration == nullptr ? DeclGroupRef() : declaration->getDeclGroup()) {
                const auto* other = llvm::dyn_cast<VarDecl>(one);
                if (other != nullptr && other->hasInit() && !m_kernel.references(var, other->getInit()).empty()
                    && hasWhole(other->getInit()))
                    below.insert(other);
            }
            const auto* difference = llvm::dyn_cast<BinaryOperator>(node);
            isLeft = isLeft
                || (difference != nullptr && difference->getOpcode() == BO_Sub
                    && plainVariable(difference->getLHS()) == var
                    && (below.contains(plainVariable(difference->getRHS())) || hasWhole(difference->getRHS())));
            return true;
        });
        return isLeft;
    }

    /// Whether a whole number that is not above it is made of something in \p expression.
    [[nodiscard]] bool hasWhole(const Expr* expression) const
    {
        static const std::set<std::string_view> names = {"floor",  "floorf",         "trunc",
                                                         "truncf", "__float2int_rz", "__float2int_rd"};
        bool found = false;
        walk(expression, [&](const Stmt* node) {
            const auto* cast = llvm::dyn_cast<CastExpr>(node);
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            found = found || (cast != nullptr && cast->getCastKind() == CK_FloatingToIntegral)
                || (call != nullptr && names.contains(libraryFunction(m_kernel, call)));
            return !found;
        });
        return found;
    }

    /// Whether \p statement gives one of \p variables its value.
    static bool sets(const Stmt* statement, const std::set<const VarDecl*>& variables)
    {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement))
            return std::ranges::any_of(declaration->decls(), [&](const Decl* inner) {
                return variables.contains(llvm::dyn_cast<VarDecl>(inner));
            });
        const auto* assignment = llvm::dyn_cast<BinaryOperator>(statement);
        return assignment != nullptr && assignment->isAssignmentOp()
            && variables.contains(plainVariable(assignment->getLHS()));
    }

    /// Where the name of a function stands that is called; nothing where a macro makes it, or it is more than a name.
    [[nodiscard]] std::optional<TextRange> nameOf(const CallExpr* call) const
    {
        const auto range = m_kernel.source().range(call->getCallee());
        const auto text = range ? m_kernel.source().text(*range) : std::string();
        return text == calleeName(call) || text == "std::" + calleeName(call) || text == "::" + calleeName(call)
            ? range
            : std::nullopt;
    }

    /// Adds changes that lie apart from all that is there: a macro's argument may stand in two expressions.
    bool add(std::vector<Replacement> changes)
    {
        for (const auto& change : changes)
            if (!m_taken.insert(change.range).second && change.range.size() > 0)
                return false;
        m_places.changes.insert(m_places.changes.end(), changes.begin(), changes.end());
        return true;
    }

    void readCall(const CallExpr* call)
    {
        const auto* fast =
            isSingle(call) ? fastFunction(libraryFunction(m_kernel, call), m_context.request()) : nullptr;
        const auto name = fast == nullptr ? std::nullopt : nameOf(call);
        const bool takesSingles = std::ranges::all_of(call->arguments(), isSingle);
        if (!name || !takesSingles || !add({{*name, std::string(fast->fast)}}))
            return;
        ++m_places.functions[fast->fast];
        m_places.errors.insert(fmt::format("{} {}", fast->fast, fast->error));
    }

    [[nodiscard]] bool isConstant(const Expr* expression) const
    {
        return expression->isEvaluatable(m_context.source().context());
    }

    void readQuotient(const BinaryOperator* quotient)
    {
        const bool isCompound = quotient->getOpcode() == BO_DivAssign;
        if ((quotient->getOpcode() != BO_Div && !isCompound) || !isSingle(quotient) || !isSingle(quotient->getRHS())
            || isConstant(quotient->getRHS()))
            return;
        const auto& source = m_kernel.source();
        const auto whole = source.range(quotient);
        const auto left = source.range(quotient->getLHS());
        const auto right = source.range(quotient->getRHS());
        // Between the sides stands the operator; where a comment does as well, the place is left alone.
        if (!whole || !left || !right || left->begin != whole->begin || right->end != whole->end
            || left->end > right->begin)
            return;
        const TextRange sign{left->end, right->begin};
        if (source.text(sign).find_first_not_of(" \n\r\t/=") != std::string::npos
            || source.text(sign).find("//") != std::string::npos)
            return;
        if (readRoot(quotient, *left, sign))
            return;
        const std::string place = source.text(*left);
        const bool isVariable = plainVariable(quotient->getLHS()) != nullptr;
        std::vector<Replacement> changes = {{{whole->end, whole->end}, ")"}};
        if (isCompound && isVariable)
            changes.push_back({sign, fmt::format(" = __fdividef({}, ", place)});
        else if (!isCompound)
            changes.insert(changes.begin(), {{{whole->begin, whole->begin}, "__fdividef("}, {sign, ", "}});
        else
            return;
        m_places.quotients += add(std::move(changes)) ? 1 : 0;
    }

    /// a / sqrtf(b) is a * rsqrtf(b).
    bool readRoot(const BinaryOperator* quotient, TextRange left, TextRange sign)
    {
        const auto* root = llvm::dyn_cast<CallExpr>(quotient->getRHS());
        const auto function = root == nullptr ? std::string() : libraryFunction(m_kernel, root);
        const auto name = root == nullptr ? std::nullopt : nameOf(root);
        if ((function != "sqrtf" && function != "sqrt") || !name || root->getNumArgs() != 1
            || !isSingle(root->getArg(0)))
            return false;
        const auto* one = llvm::dyn_cast<FloatingLiteral>(quotient->getLHS()->IgnoreParens());
        const bool isReciprocal =
            one != nullptr && one->getValueAsApproximateDouble() == 1.0 && quotient->getOpcode() == BO_Div;
        const bool isCompound = quotient->getOpcode() == BO_DivAssign;
        const bool isAdded = isReciprocal ? add({{{left.begin, name->end}, "rsqrtf"}})
                                          : add({{sign, isCompound ? " *= " : " * "}, {*name, "rsqrtf"}});
        m_places.roots += isAdded ? 1 : 0;
        return true;
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    std::set<TextRange> m_taken;
    FastPlaces m_places;
};

std::string counted(int count, std::string_view thing)
{
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

class FastMath : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"fast-math", "Take faster, less exact functions",
                "exponentials, logarithms, quotients and roots of floats, and a tolerance that bears their error",
                "one or two instructions of the special function unit instead of ten to twenty"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        if (context.request().rtol < kQuotientTolerance || compilesFast(context))
            return proposals;
        for (const auto& kernel : context.kernels()) {
            const auto all = FastMathFinder(context, kernel).find(true);
            if (auto made = faster(context, kernel, all))
                proposals.push_back(std::move(*made));
            // What is exact to two units may pass where an exponential does not.
            if (!all.functions.empty() && all.quotients + all.roots > 0)
                if (auto made = faster(context, kernel, FastMathFinder(context, kernel).find(false)))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static bool compilesFast(const MoveContext& context)
    {
        return std::ranges::any_of(context.directives().flags(), [&](TextRange flags) {
            return context.directives().text(flags).find("use_fast_math") != std::string::npos;
        });
    }

    [[nodiscard]] std::optional<MoveProposal> faster(const MoveContext& context, const KernelScope& kernel,
                                                     const FastPlaces& places) const
    {
        if (places.isEmpty())
            return std::nullopt;
        SourceEdit edit(context.source().text());
        for (const auto& change : places.changes)
            edit.replace(change.range, change.text);
        std::vector<std::string> parts;
        for (const auto& [name, count] : places.functions)
            parts.push_back(fmt::format("{} {}", count, name));
        if (places.quotients > 0)
            parts.push_back(counted(places.quotients, "quick quotient"));
        if (places.roots > 0)
            parts.push_back(counted(places.roots, "reciprocal root"));
        auto errors = places.errors;
        if (places.quotients + places.roots > 0)
            errors.insert("quotients and roots 2 units in the last place");
        const double gain = places.isInLoop ? 1.15 : 1.05;
        return proposal(context, edit, places.first, fmt::format("{} in {}", fmt::join(parts, ", "), kernel.name()),
                        fmt::format("a precise function or quotient of {} takes some ten instructions, its fast form "
                                    "two: off by {} within a tolerance of {:.0e}, ~{:.2f}×",
                                    kernel.name(), fmt::join(errors, ", "), context.request().rtol, gain),
                        gain);
    }
};

}  // namespace

std::unique_ptr<Move> makeFastMath() { return std::make_unique<FastMath>(); }

}  // namespace warploom
