// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"

namespace warploom {

using namespace clang;

namespace {

/// Loops of this length are still unrolled as a whole.
constexpr std::int64_t kLongest = 32;

/// A parameter that says how long small loops are.
struct SmallSize {
    const ParmVarDecl* parameter = nullptr;
    std::int64_t value = 0;  ///< at the sizes that are timed
    std::vector<const ForStmt*> loops;
};

class SpecialiseSize : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"specialise-size", "Let the compiler know a small size",
                "loops as long as a parameter that is a small size of the task, such as a filter's",
                "loops of known length are unrolled, and what their indices cost is worked out beforehand"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || kernel.kernel().getDescribedFunctionTemplate() != nullptr
                || declaresShared(kernel))
                continue;
            for (const auto& size : smallSizes(context, kernel))
                if (auto made = specialised(context, kernel, size))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// The value that \p name has at every size that is timed; 0: several, or none that is small.
    static std::int64_t smallValue(const MoveContext& context, const std::string& name)
    {
        const auto found = context.request().timeSizes.find(name);
        if (found == context.request().timeSizes.end() || found->second.empty())
            return 0;
        const std::int64_t value = found->second.front();
        const bool isOne = std::ranges::all_of(found->second, [value](std::int64_t other) { return other == value; });
        return isOne && value >= 2 && value <= kLongest ? value : 0;
    }

    static std::vector<SmallSize> smallSizes(const MoveContext& context, const KernelScope& kernel)
    {
        std::vector<SmallSize> sizes;
        const auto launches = kernel.launches();
        if (launches.empty())
            return sizes;
        for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i) {
            const auto* parameter = kernel.kernel().getParamDecl(i);
            if (!parameter->getType()->isIntegerType() || kernel.isModified(parameter)
                || i >= launches.front()->arguments.size())
                continue;
            SmallSize size{
                parameter, smallValue(context, context.directives().text(launches.front()->arguments[i])), {}};
            walk(kernel.kernel().getBody(), [&](const Stmt* node) {
                if (const auto loop = llvm::isa<ForStmt>(node) ? kernel.countedLoop(node) : std::nullopt;
                    loop && plainVariable(loop->bound) == parameter)
                    size.loops.push_back(loop->statement);
                return true;
            });
            if (size.value > 0 && !size.loops.empty())
                sizes.push_back(std::move(size));
        }
        return sizes;
    }

    /// The kernel's body, whose loops of that size are unrolled.
    static std::optional<std::string> bodyText(const MoveContext& context, const KernelScope& kernel,
                                               const SmallSize& size)
    {
        const auto& source = context.source();
        const auto body = source.range(kernel.kernel().getBody());
        std::vector<Replacement> pragmas;
        for (const ForStmt* loop : size.loops) {
            const auto at = source.offset(loop->getBeginLoc());
            if (!at || llvm::isa_and_nonnull<AttributedStmt>(kernel.parent(loop)))
                continue;
            const auto indentation = indentationAt(source.text(), *at);
            const auto line = source.text().rfind('\n', *at);
            if (line != std::string_view::npos && *at - line - 1 == indentation.size())
                pragmas.push_back({{*at, *at}, "#pragma unroll\n" + indentation});
        }
        if (!body)
            return std::nullopt;
        return rewritten(source.text(), {body->begin + 1, body->end}, pragmas);
    }

    [[nodiscard]] std::optional<MoveProposal> specialised(const MoveContext& context, const KernelScope& kernel,
                                                          const SmallSize& size) const
    {
        const auto& source = context.source();
        const auto& directives = context.directives();
        const auto body = source.range(kernel.kernel().getBody());
        const auto inner = bodyText(context, kernel, size);
        const auto before = offsetBeforeKernel(kernel);
        const auto name = size.parameter->getNameAsString();
        const auto given = directives.freshName(name + "_given");
        std::string parameters;
        std::string arguments;
        for (const ParmVarDecl* parameter : kernel.kernel().parameters()) {
            const auto range = source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
            const auto at = source.offset(parameter->getLocation());
            if (!range || !at || parameter->getName().empty())
                return std::nullopt;
            std::vector<Replacement> renamed;
            if (parameter == size.parameter)
                renamed.push_back({{*at, *at + name.size()}, given});
            parameters += (parameters.empty() ? "" : ", ") + rewritten(source.text(), *range, renamed);
            arguments += (arguments.empty() ? "" : ", ") + parameter->getNameAsString();
        }
        if (!body || !inner || !before)
            return std::nullopt;
        const CodeValues values = {
            {"function", directives.freshName(kernel.name() + "_of")},
            {"KNOWN", directives.freshName("KNOWN")},
            {"name", name},
            {"given", given},
            {"type", size.parameter->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy())},
            {"parameters", parameters},
            {"arguments", arguments},
            {"value", std::to_string(size.value)}};
        SourceEdit edit(source.text());
        edit.insert(
            *before,
            filled("// With a @name@ that the compiler knows, so that loops of that length are unrolled; 0: with any.\n"
                   "template <int @KNOWN@>\n"
                   "static __device__ __forceinline__ void @function@(@parameters@)\n{\n"
                   "    const @type@ @name@ = @KNOWN@ > 0 ? @KNOWN@ : @given@;",
                   values)
                + *inner + "\n\n");
        edit.replace({body->begin + 1, body->end - 1},
                     filled("\n    if (@name@ == @value@)\n        @function@<@value@>(@arguments@);\n    else\n"
                            "        @function@<0>(@arguments@);\n",
                            values));
        return proposal(context, edit, body->begin,
                        fmt::format("{} {} known to the compiler in {}", name, size.value, kernel.name()),
                        fmt::format("the loops over {0} in {1} have {2} steps where it is timed: unrolled, their tests "
                                    "and index arithmetic go, and {2} loads are in flight at once, ~1.5×",
                                    name, kernel.name(), size.value),
                        1.5);
    }
};

}  // namespace

std::unique_ptr<Move> makeSpecialiseSize() { return std::make_unique<SpecialiseSize>(); }

}  // namespace warploom
