// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/MoveCatalogue.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Copies of the body; each costs compile time and instruction cache.
constexpr std::size_t kMostCopies = 3;

/// The kernel with its parameters' values at one of the timed sizes, in order; nothing for what stays open.
using KnownCall = std::vector<std::optional<std::int64_t>>;

class KnownDivisors : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"known-divisors", "Divide by known sizes",
                "divisions or remainders by sizes, as linear kernels have them for rows and columns",
                "a division by a number that only the run knows takes some 20 instructions; by a known one it is a "
                "multiplication or a shift"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || kernel.kernel().getDescribedFunctionTemplate() != nullptr
                || declaresShared(kernel))
                continue;
            const int divisions = divisionsOf(kernel);
            const auto calls = divisions == 0 ? std::vector<KnownCall>() : knownCalls(context, kernel);
            if (!calls.empty() && calls.size() <= kMostCopies)
                if (auto made = dispatched(context, kernel, calls, divisions))
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    /// Divisions by what is made of integer parameters alone.
    static int divisionsOf(const KernelScope& kernel)
    {
        int count = 0;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
            if (binary != nullptr && (binary->getOpcode() == BO_Div || binary->getOpcode() == BO_Rem)
                && isOfSizes(binary->getRHS()))
                ++count;
            return true;
        });
        return count;
    }

    static bool isOfSizes(const Expr* divisor)
    {
        bool isOfParameters = false;
        bool isPlain = true;
        walk(divisor, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* parameter = reference == nullptr ? nullptr : llvm::dyn_cast<ParmVarDecl>(reference->getDecl());
            isOfParameters = isOfParameters || (parameter != nullptr && parameter->getType()->isIntegerType());
            isPlain = isPlain && !llvm::isa<CallExpr, ArraySubscriptExpr>(node)
                && (reference == nullptr || (parameter != nullptr && parameter->getType()->isIntegerType()));
            return isPlain;
        });
        return isOfParameters && isPlain;
    }

    static std::vector<KnownCall> knownCalls(const MoveContext& context, const KernelScope& kernel)
    {
        std::vector<KnownCall> calls;
        for (const auto& values : timedArguments(context, kernel)) {
            KnownCall call;
            for (const ParmVarDecl* parameter : kernel.kernel().parameters()) {
                const auto found = values.find(kernel.symbolOf(parameter));
                call.push_back(found == values.end() ? std::nullopt : std::optional(found->second));
            }
            const bool tells = std::ranges::any_of(call, [](const auto& value) { return value.has_value(); });
            if (tells && std::ranges::find(calls, call) == calls.end())
                calls.push_back(std::move(call));
        }
        return calls;
    }

    static std::string literal(std::int64_t value)
    {
        const bool isWide = value > std::numeric_limits<int>::max() || value < std::numeric_limits<int>::min();
        return fmt::format("{}{}", value, isWide ? "LL" : "");
    }

    static std::string callText(const KernelScope& kernel, const std::string& function, const KnownCall& known)
    {
        std::vector<std::string> arguments;
        for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i)
            arguments.push_back(i < known.size() && known[i] ? literal(*known[i])
                                                             : kernel.kernel().getParamDecl(i)->getNameAsString());
        return fmt::format("{}({});", function, fmt::join(arguments, ", "));
    }

    static std::string conditionText(const KernelScope& kernel, const KnownCall& known)
    {
        std::vector<std::string> parts;
        for (unsigned i = 0; i < known.size(); ++i)
            if (known[i])
                parts.push_back(
                    fmt::format("{} == {}", kernel.kernel().getParamDecl(i)->getNameAsString(), literal(*known[i])));
        return fmt::format("{}", fmt::join(parts, " && "));
    }

    /// The head of the function, broken where lines would be long.
    static std::string headText(const std::string& function, const std::vector<std::string>& parameters)
    {
        constexpr std::size_t kLongestLine = 110;
        std::string text = fmt::format("static __device__ __forceinline__ void {}(", function);
        std::size_t lineBegin = 0;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            if (text.size() + parameters[i].size() - lineBegin > kLongestLine) {
                text += "\n   ";
                lineBegin = text.size() - 3;
            }
            text += (i == 0 || text.back() == '(' ? "" : " ") + parameters[i] + (i + 1 < parameters.size() ? "," : "");
        }
        return text + ")";
    }

    [[nodiscard]] std::optional<MoveProposal> dispatched(const MoveContext& context, const KernelScope& kernel,
                                                         const std::vector<KnownCall>& calls, int divisions) const
    {
        const auto& source = context.source();
        const auto body = source.range(kernel.kernel().getBody());
        const auto before = offsetBeforeKernel(kernel);
        std::vector<std::string> parameters;
        for (const ParmVarDecl* parameter : kernel.kernel().parameters()) {
            const auto range = source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
            if (!range || parameter->getName().empty())
                return std::nullopt;
            parameters.push_back(source.text(*range));
        }
        if (!body || !before)
            return std::nullopt;
        const auto function = context.directives().freshName(kernel.name() + "_of");
        std::string cases;
        for (const auto& call : calls)
            cases += fmt::format("{}if ({})\n        {}\n", cases.empty() ? "    " : "    else ",
                                 conditionText(kernel, call), callText(kernel, function, call));
        SourceEdit edit(source.text());
        edit.insert(*before,
                    fmt::format("// {} for one set of sizes; known ones become constants of the copy that is made.\n"
                                "{}\n{}\n\n",
                                kernel.name(), headText(function, parameters), source.text(*body)));
        edit.replace({body->begin + 1, body->end - 1},
                     fmt::format("\n{}    else\n        {}\n", cases, callText(kernel, function, {})));
        // Other moves do not look into the copies: what they bring comes first.
        return proposal(
            context, edit, body->begin, fmt::format("divisions by known sizes in {}", kernel.name()),
            fmt::format("{0} divides {1} times by sizes, some 20 instructions each: where they are known, as "
                        "in {2} cop{3} for the sizes that are timed, some 5, ~1.12×",
                        kernel.name(), divisions, calls.size(), calls.size() == 1 ? "y" : "ies"),
            1.12);
    }
};

}  // namespace

std::unique_ptr<Move> makeKnownDivisors() { return std::make_unique<KnownDivisors>(); }

}  // namespace warploom
