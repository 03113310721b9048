// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/Reduction.h"

namespace warploom {

using namespace clang;

namespace {

/// One thread sums a long loop and does something with the sum.
struct ThreadSum {
    GuardedKernel guarded;
    CountedLoop loop;
    const VarDecl* sum = nullptr;
    TextRange definition;  ///< the whole kernel
    TextRange epilogue;  ///< what follows the loop
    std::string type;  ///< of the sum
    std::string scratchType;  ///< the same, as directives have it
};

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

class SumRecogniser {
public:
    explicit SumRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<ThreadSum> recognise()
    {
        auto guarded = guardedKernel(m_kernel);
        if (!guarded || guarded->indices.size() != 1 || guarded->indices[0].dimension != 0
            || usesBuiltinsElsewhere(m_kernel, *guarded))
            return std::nullopt;
        m_result.guarded = std::move(*guarded);
        if (!readBody() || !readDefinition())
            return std::nullopt;
        return m_result;
    }

private:
    /// Declarations, the loop, and an end without loops.
    bool readBody()
    {
        const auto& body = m_result.guarded.body;
        const auto loop =
            std::ranges::find_if(body, [](const Stmt* statement) { return !llvm::isa<DeclStmt>(statement); });
        if (loop == body.end() || std::next(loop) == body.end() || !readLoop(*loop))
            return false;
        bool isPlain = true;
        // Both kernels run the declarations.
        for (auto at = body.begin(); at != loop; ++at)
            for (const auto& access : m_kernel.accesses(*at))
                isPlain = isPlain && access.base != nullptr && !access.writes;
        for (auto at = std::next(loop); at != body.end(); ++at)
            walk(*at, [&](const Stmt* node) {
                isPlain = isPlain && !llvm::isa<ForStmt, WhileStmt, DoStmt, ReturnStmt, LambdaExpr>(node);
                return isPlain;
            });
        const auto first = m_kernel.source().statementRange(*std::next(loop));
        if (!isPlain || !first)
            return false;
        m_result.epilogue = {first->begin, m_result.guarded.bodyRange.end};
        return true;
    }

    bool readLoop(const Stmt* statement)
    {
        const auto loop = m_kernel.countedLoop(statement);
        const auto start = loop ? m_kernel.form(loop->start) : std::nullopt;
        const auto bound = loop ? m_kernel.form(loop->bound) : std::nullopt;
        // Loops whose length is known are short, or strips already.
        if (!loop || loop->step != nullptr || !start || !start->isZero() || !bound || bound->constantValue()
            || m_kernel.containsReturn(statement) || m_kernel.synchronises(statement)
            || !m_kernel.source().range(loop->start) || !m_kernel.source().range(loop->bound))
            return false;
        m_result.loop = *loop;
        for (const auto& access : m_kernel.accesses(statement))
            if (access.base == nullptr || access.writes)
                return false;
        return readSum(statement);
    }

    /// The one variable of outside that the loop changes.
    bool readSum(const Stmt* statement)
    {
        std::set<const VarDecl*> changed;
        walk(statement, [&](const Stmt* node) {
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()); var != nullptr
                    && var != m_result.loop.var && m_kernel.isModifiedWithin(var, statement)
                    && var->getBeginLoc() < statement->getBeginLoc())
                    changed.insert(var);
            return true;
        });
        if (changed.size() != 1)
            return false;
        m_result.sum = *changed.begin();
        const auto reduction = reductionOf(m_kernel, m_result.sum, statement);
        Expr::EvalResult value;
        if (!reduction || reduction->operation != ReductionOperation::Sum || !m_result.sum->hasInit()
            || !m_result.sum->getInit()->EvaluateAsRValue(value, m_kernel.source().context()))
            return false;
        const bool isZero =
            (value.Val.isInt() && value.Val.getInt() == 0) || (value.Val.isFloat() && value.Val.getFloat().isZero());
        const QualType type = m_result.sum->getType().getUnqualifiedType();
        m_result.scratchType = directiveType(type);
        m_result.type = type.getAsString(m_kernel.source().context().getPrintingPolicy());
        return isZero && !m_result.scratchType.empty();
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
    ThreadSum m_result;
};

std::optional<TextRange> lastParameter(const KernelScope& kernel)
{
    const auto* parameter = kernel.kernel().getParamDecl(kernel.kernel().getNumParams() - 1);
    return kernel.source().range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
}

class SplitSum : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"split-sum", "Sum in strips",
                "one thread an output that sums a long loop: few threads, each with much to do",
                "as many times more threads as there are strips; a second launch adds what they found"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || !hasLinearLaunches(kernel) || kernel.launches().size() != 1
                || kernel.launches().front()->shared)
                continue;
            const auto found = SumRecogniser(kernel).recognise();
            if (!found)
                continue;
            if (auto made = inStrips(context, kernel, *found))
                proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    static CodeValues names(const MoveContext& context, const KernelScope& kernel, const ThreadSum& found)
    {
        const auto& directives = context.directives();
        const auto& index = found.guarded.indices[0];
        const auto& source = context.source();
        return {{"STRIPS", directives.freshName("STRIPS")},
                {"partial", directives.freshName("partial")},
                {"strip", directives.freshName("strip")},
                {"length", directives.freshName("strip_length")},
                {"end", directives.freshName("strip_end")},
                {"kernel", directives.freshName(kernel.name() + "_strips")},
                {"i", index.var->getNameAsString()},
                {"outputs", source.text(found.guarded.bounds.at(index.var))},
                {"sum", found.sum->getNameAsString()},
                {"type", found.type},
                {"bound", source.text(found.loop.bound)},
                {"loopType",
                 found.loop.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy())}};
    }

    /// The kernel that sums one strip: the user's own, with another end.
    static std::optional<std::string> stripsText(const MoveContext& context, const KernelScope& kernel,
                                                 const ThreadSum& found, const CodeValues& values)
    {
        const auto& source = context.source();
        const auto name = source.offset(kernel.kernel().getLocation());
        const auto parameters = lastParameter(kernel);
        const auto loop = source.statementRange(found.loop.statement);
        const auto start = source.range(found.loop.start);
        const auto bound = source.range(found.loop.bound);
        if (!name || !parameters || !loop || !start || !bound)
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), loop->begin);
        const auto before = filled("const @loopType@ @length@ = (@bound@ + @STRIPS@ - 1) / @STRIPS@;\n", values)
            + indentation
            + filled("const @loopType@ @end@ = min(@loopType@(@bound@), @loopType@(@length@ * (blockIdx.y + 1)));\n",
                     values)
            + indentation;
        const auto text =
            rewritten(source.text(), found.definition,
                      {{{*name, *name + kernel.name().size()}, valueOf(values, "kernel")},
                       {{parameters->end, parameters->end}, filled(", @type@* @partial@", values)},
                       {{loop->begin, loop->begin}, before},
                       {*start, filled("@length@ * blockIdx.y", values)},
                       {*bound, valueOf(values, "end")},
                       {found.epilogue, filled("@partial@[size_t(blockIdx.y) * @outputs@ + @i@] = @sum@;", values)}});
        return "// Sums one of the strips that " + kernel.name() + " adds.\n" + text + "\n\n";
    }

    [[nodiscard]] std::optional<MoveProposal> inStrips(const MoveContext& context, const KernelScope& kernel,
                                                       const ThreadSum& found) const
    {
        const auto& source = context.source();
        const auto& launch = *kernel.launches().front();
        const auto values = names(context, kernel, found);
        const auto strips = stripsText(context, kernel, found, values);
        const auto outputs = kernel.argumentOf(launch, found.guarded.bounds.at(found.guarded.indices[0].var));
        const auto loop = source.statementRange(found.loop.statement);
        const auto parameters = lastParameter(kernel);
        if (!strips || outputs.empty() || !loop || !parameters || launch.arguments.empty())
            return std::nullopt;
        SourceEdit edit(source.text());
        edit.insert(found.definition.begin, *strips);
        edit.insert(parameters->end, filled(", const @type@* @partial@", values));
        const auto indentation = indentationAt(source.text(), loop->begin);
        edit.replace(*loop,
                     filled("for (int @strip@ = 0; @strip@ < @STRIPS@; ++@strip@)\n", values) + indentation
                         + filled("    @sum@ += @partial@[size_t(@strip@) * @outputs@ + @i@];", values));
        const TextRange arguments{launch.arguments.front().begin, launch.arguments.back().end};
        edit.insert(launch.line.begin,
                    filled(fmt::format("// warploom: scratch @partial@ {}[@STRIPS@ * ({})]\n"
                                       "// warploom: launch @kernel@<<<dim3({}, @STRIPS@), {}>>>({}, @partial@)\n",
                                       found.scratchType, outputs, source.text(launch.grid), source.text(launch.block),
                                       source.text(arguments)),
                           values));
        edit.insert(arguments.end, ", " + valueOf(values, "partial"));
        context.directives().addTune(edit, valueOf(values, "STRIPS"), {16, 8, 32, 64, 4, 128});
        return proposal(
            context, edit, loop->begin, fmt::format("sum in strips in {}", kernel.name()),
            fmt::format(
                "{} has one thread an output, too few to keep the card busy where outputs are few: 16 strips of "
                "its loop are 16 times as many threads, ~4×",
                kernel.name()),
            4.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeSplitSum() { return std::make_unique<SplitSum>(); }

}  // namespace warploom
