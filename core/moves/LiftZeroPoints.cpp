// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/Contraction.h"
#include "moves/MoveCatalogue.h"
#include "moves/SharedValues.h"
#include "moves/WorkedFactor.h"
#include "moves/WrittenSource.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kRowSums =
    R"(// Sums each row of a factor: what the zero point of the other takes off their product is a multiple of that.
__global__ void @kernel@(@parameters@, int* @sums@)
{
    const @indexType@ @row@ = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    if (@row@ >= @rows@)
        return;
    int @total@ = 0;
    for (@loopType@ @p@ = threadIdx.x % 32; @p@ < @depth@; @p@ += 32)
        @total@ += @load@;
    for (int @lane@ = 16; @lane@ > 0; @lane@ /= 2)
        @total@ += __shfl_down_sync(0xffffffff, @total@, @lane@);
    if (threadIdx.x % 32 == 0)
        @sums@[@row@] = @total@;
}

)";

constexpr const char* kRowSumsLaunch = R"(// warploom: scratch @sums@ i32[@rowsArgument@]
// warploom: launch @kernel@<<<ceil_div(@rowsArgument@, 8), 256>>>(@arguments@, @sums@)
)";

/// A factor as a byte and what is taken off it.
struct ShiftedFactor {
    std::string load;  ///< of the byte, as an int
    std::string zero;  ///< in the kernel's words, as an int; empty: nothing
    std::string sums;  ///< the array with what the other factor's zero point is multiplied with; empty: there is none
};

class LiftZeroPoints : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"lift-zero-points", "Take zero points out of a product of bytes",
                "one thread an element of a matrix product of bytes, summed in int, with numbers taken off the factors",
                "the product is one of bytes, as tensor cores take it; zero points take off sums of rows and columns "
                "afterwards, to the same bits"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            const auto& function = kernel.kernel();
            if (function.isDependentContext() || function.isTemplateInstantiation() || kernel.launches().size() != 1)
                continue;
            const auto found = workedContraction(kernel);
            if (found && found->preamble.size() == 0)
                addMade(context, kernel, *found, proposals);
        }
        return proposals;
    }

private:
    /// What is under \p factor; nothing where it is no byte of which a number is taken off.
    static std::optional<ShiftedFactor> shifted(const KernelScope& kernel, const Contraction& found, FactorNumber which)
    {
        const auto& factor = found.factor(which);
        if (factor.worked == nullptr)
            return factor.bytes == 1 && factor.isPlain ? std::optional(ShiftedFactor{factor.text, {}, {}})
                                                       : std::nullopt;
        const auto* difference = llvm::dyn_cast<BinaryOperator>(factor.worked->IgnoreParens());
        if (difference == nullptr || difference->getOpcode() != BO_Sub)
            return std::nullopt;
        const Expr* byte = loadedBy(difference->getLHS());
        const auto& ast = kernel.source().context();
        const auto isInt = [&](const Expr* part) { return ast.hasSameUnqualifiedType(part->getType(), ast.IntTy); };
        if (!llvm::isa<ArraySubscriptExpr>(byte) || !byte->getType()->isIntegerType()
            || ast.getTypeSize(byte->getType()) != 8 || byte->getType()->isBooleanType() || !isInt(difference)
            || !isInt(difference->getRHS()) || !isConstant(kernel, found, which, difference->getRHS()))
            return std::nullopt;
        const auto load = resolvedText(kernel, difference->getLHS(), found.locals);
        const auto zero = resolvedText(kernel, difference->getRHS(), found.locals);
        return load && zero ? std::optional(ShiftedFactor{*load, termText(*zero), {}}) : std::nullopt;
    }

    /// Whether \p value is the same along the depth.
    static bool isConstant(const KernelScope& kernel, const Contraction& found, FactorNumber which, const Expr* value)
    {
        SharedValues values(kernel);
        values.admit((which.isLeft ? found.rowIndex() : found.columnIndex()).var);
        for (const auto* local : found.locals)
            values.admit(local);
        std::set<const VarDecl*> variables;
        std::vector<Access> loads;
        return values.collect(value, variables, loads);
    }

    void addMade(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                 std::vector<MoveProposal>& proposals) const
    {
        auto left = shifted(kernel, found, {true, 0});
        auto right = shifted(kernel, found, {false, 0});
        if (found.terms.size() != 1 || found.term().plainSumType != "int" || !left || !right
            || (left->zero.empty() && right->zero.empty()))
            return;
        const auto text = lifted(context, kernel, found, *left, *right);
        const auto source = text ? writtenSource(context, kernel.name(), *text, 1, 1) : std::nullopt;
        if (!source)
            return;
        const MoveContext inner(*source->parsed, source->request);
        for (auto* make : {makeWgmmaContraction, makeTensorContraction})
            for (auto one : make()->propose(inner)) {
                if (one.title.find(kernel.name()) == std::string::npos)
                    continue;
                one.hypothesis = fmt::format("{} takes numbers off bytes before it multiplies them, for every element "
                                             "anew: taken off sums of rows afterwards, what is left is a product of "
                                             "bytes; then {}",
                                             kernel.name(), one.hypothesis);
                one.move = description().name;
                one.title = "zero points taken off sums of rows, " + one.title;
                one.line = context.source().lineOf(context.source().offset(kernel.kernel().getLocation()).value_or(0));
                proposals.push_back(std::move(one));
            }
    }

    /// The source with a product of bytes, and launches that sum the rows.
    static std::optional<std::string> lifted(const MoveContext& context, const KernelScope& kernel,
                                             const Contraction& found, ShiftedFactor& left, ShiftedFactor& right)
    {
        const auto& source = context.source();
        const auto& function = kernel.kernel();
        const auto& launch = *kernel.launches().front();
        const auto before = offsetBeforeKernel(kernel);
        const auto loop = source.statementRange(found.loop.statement);
        const auto parameters = function.getNumParams() == 0
            ? std::nullopt
            : source.range(CharSourceRange::getTokenRange(function.getParamDecl(0)->getBeginLoc(),
                                                          function.parameters().back()->getEndLoc()));
        if (!before || !loop || !parameters || launch.arguments.size() != function.getNumParams())
            return std::nullopt;
        CodeValues values = {{"parameters", source.text(*parameters)},
                             {"arguments", source.text({launch.arguments.front().begin, launch.arguments.back().end})},
                             {"loopType", found.loopType},
                             {"p", found.loop.var->getNameAsString()},
                             {"depth", found.depth},
                             {"indexType", found.indexType}};
        for (const char* name : {"total", "lane"})
            values.emplace_back(name, context.directives().freshName(name));
        SourceEdit edit(source.text());
        if ((!right.zero.empty() && !addSums(context, kernel, found, true, *before, values, left, edit))
            || (!left.zero.empty() && !addSums(context, kernel, found, false, *before, values, right, edit)))
            return std::nullopt;
        const auto isTaken = [&](const ShiftedFactor& one) { return !one.sums.empty(); };
        for (const auto* one : {&left, &right})
            if (isTaken(*one)) {
                edit.insert(parameters->end, ", const int* " + one->sums);
                edit.insert(launch.arguments.back().end, ", " + one->sums);
            }
        std::vector<Replacement> bytes;
        if (!left.zero.empty())
            bytes.push_back({found.term().leftLoad, left.load});
        if (!right.zero.empty())
            bytes.push_back({found.term().rightLoad, right.load});
        edit.replace(found.term().update, rewritten(source.text(), found.term().update, bytes));
        edit.insert(loop->end, correction(source, found, left, right, loop->begin));
        for (const Stmt* statement : found.guarded.body)
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement); declaration != nullptr
                && declaration->isSingleDecl()
                && found.locals.count(llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())) > 0)
                edit.removeWithLine(source.statementRange(declaration).value_or(TextRange{}));
        return edit.apply();
    }

    /// A launch that sums what \p factor has along the depth for each of its rows (or columns).
    static bool addSums(const MoveContext& context, const KernelScope& kernel, const Contraction& found, bool isLeft,
                        std::size_t before, CodeValues values, ShiftedFactor& factor, SourceEdit& edit)
    {
        const auto& launch = *kernel.launches().front();
        const auto base = found.factor({isLeft, 0}).base;
        const auto argument = kernel.argumentOf(launch, isLeft ? found.rowBound() : found.columnBound());
        // A product of an array with itself needs both.
        const std::string side = !isLeft && base == found.left().base ? "_across" : "";
        factor.sums = context.directives().freshName(base + "_sums" + side);
        values.emplace_back("kernel", context.directives().freshName("sum_" + base + side));
        values.emplace_back("sums", factor.sums);
        values.emplace_back("row", isLeft ? found.row : found.column);
        values.emplace_back("rows", isLeft ? found.rows : found.columns);
        values.emplace_back("rowsArgument", argument);
        values.emplace_back("load", factor.load);
        edit.insert(before, filled(kRowSums, values));
        edit.insert(launch.line.begin, filled(kRowSumsLaunch, values));
        return !argument.empty();
    }

    /// sum (a - za) * (b - zb) = sum a * b - zb * sum a - za * sum b + depth * za * zb, in integers of any width.
    static std::string correction(const ParsedSource& source, const Contraction& found, const ShiftedFactor& left,
                                  const ShiftedFactor& right, std::size_t at)
    {
        std::string terms;
        if (!left.zero.empty() && !right.zero.empty())
            terms = fmt::format(" + static_cast<int>({}) * {} * {}", found.depth, left.zero, right.zero);
        if (!right.zero.empty())
            terms += fmt::format(" - {} * {}[{}]", right.zero, left.sums, found.row);
        if (!left.zero.empty())
            terms += fmt::format(" - {} * {}[{}]", left.zero, right.sums, found.column);
        const auto sum = found.term().sum->getNameAsString();
        const auto indentation = indentationAt(source.text(), at);
        return fmt::format("\n{0}// What the zero points take off.\n{0}{1} = {1}{2};", indentation, sum, terms);
    }
};

}  // namespace

std::unique_ptr<Move> makeLiftZeroPoints() { return std::make_unique<LiftZeroPoints>(); }

}  // namespace warploom
