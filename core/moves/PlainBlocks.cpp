// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// <<<dim3(length, batch), dim>>> makes blocks of as many threads as the data happens to need: the same items in one
/// line, in blocks of 256.
class PlainBlocks : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "blocks of one size"; }
    [[nodiscard]] bool changesWork() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto* body = llvm::dyn_cast<CompoundStmt>(kernel.kernel().getBody());
        if (launch == nullptr || body == nullptr || body->body_empty() || launch->shared || promisesBlocks(kernel)
            || launch->blockParts.size() != 1 || kernel.source().directives().value(launch->block)
            || kernel.synchronises(body) || declaresShared(kernel) || !usesOnlyBuiltins(kernel, body, isPosition))
            return std::nullopt;
        return rewritten(kernel, *launch, *body);
    }

private:
    static bool isPosition(const IndexForm& form)
    {
        return form == IndexForm::symbol(threadSymbol(0)) || form == IndexForm::symbol(blockSymbol(0))
            || form == IndexForm::symbol(blockSymbol(1)) || form == IndexForm::symbol(blockSymbol(2));
    }

    static std::optional<std::string> rewritten(const KernelScope& kernel, const LaunchLine& launch,
                                                const CompoundStmt& body)
    {
        const auto& source = kernel.source();
        // From the fastest to the slowest.
        std::vector<std::pair<IndexForm, std::string>> axes = {
            {IndexForm::symbol(threadSymbol(0)), source.text(launch.block)}};
        for (std::size_t i = 0; i < launch.gridParts.size(); ++i)
            axes.emplace_back(IndexForm::symbol(blockSymbol(static_cast<int>(i))), source.text(launch.gridParts[i]));
        const auto item = source.directives().freshName("item");
        const auto items = source.directives().freshName("items");
        std::string total;
        std::string place = item;
        std::vector<std::pair<IndexForm, std::string>> names;
        for (std::size_t i = 0; i < axes.size(); ++i) {
            const auto extent = parameterFor(kernel, launch, axes[i].second);
            if (!extent && i + 1 < axes.size())
                return std::nullopt;
            total += fmt::format("{}{}", i == 0 ? "" : " * ", grouped(axes[i].second));
            names.emplace_back(axes[i].first, i + 1 < axes.size() ? fmt::format("{} % {}", place, *extent) : place);
            if (extent)
                place += " / " + *extent;
        }
        return written(kernel, launch, body, names, {item, items, total});
    }

    struct Words {
        std::string item;
        std::string items;
        std::string total;
    };

    static std::optional<std::string> written(const KernelScope& kernel, const LaunchLine& launch,
                                              const CompoundStmt& body,
                                              const std::vector<std::pair<IndexForm, std::string>>& names,
                                              const Words& words)
    {
        const auto& source = kernel.source();
        const auto& function = kernel.kernel();
        const auto first = source.statementRange(body.body_front());
        const auto last = source.range(function.getParamDecl(function.getNumParams() - 1)->getSourceRange());
        if (!first || !last)
            return std::nullopt;
        SourceEdit edit(source.text());
        walk(&body, [&](const Stmt* node) {
            const auto* pseudo = llvm::dyn_cast<PseudoObjectExpr>(node);
            const auto* member = llvm::dyn_cast<MemberExpr>(pseudo != nullptr ? pseudo->getSyntacticForm() : node);
            const auto form = member == nullptr ? std::nullopt : kernel.form(member);
            for (const auto& [symbol, text] : names)
                if (form == symbol)
                    edit.replace(*source.range(member),
                                 fmt::format("{}({})", isPlace(kernel, node) ? "int" : "unsigned", text));
            return pseudo == nullptr;
        });
        const auto indentation = indentationAt(source.text(), first->begin);
        insertBefore(edit, source, *first,
                     reindented(fmt::format("long long {0} = (long long)(blockIdx.x) * blockDim.x + threadIdx.x;\n"
                                            "if ({0} >= {1})\n    return;\n",
                                            words.item, words.items),
                                indentation));
        edit.insert(last->end, fmt::format(", long long {}", words.items));
        edit.insert(launch.arguments.back().end, fmt::format(", {}", words.total));
        edit.replace(launch.grid, fmt::format("ceil_div({}, 256)", words.total));
        edit.replace(launch.block, "256");
        return edit.apply();
    }

    static std::optional<std::string> parameterFor(const KernelScope& kernel, const LaunchLine& launch,
                                                   const std::string& words)
    {
        const auto& function = kernel.kernel();
        for (unsigned i = 0; i < function.getNumParams(); ++i)
            if (kernel.source().text(launch.arguments[i]) == words
                && function.getParamDecl(i)->getType()->isIntegerType() && !kernel.isModified(function.getParamDecl(i)))
                return function.getParamDecl(i)->getName().str();
        return inParameters(kernel, launch, words);
    }

    /// Half a parameter, or a product of some, in the words of the kernel.
    static std::optional<std::string> inParameters(const KernelScope& kernel, const LaunchLine& launch,
                                                   const std::string& words)
    {
        if (words.find_first_not_of(" *+-/()_") == std::string::npos)
            return std::nullopt;
        std::string text;
        for (std::size_t at = 0; at < words.size();) {
            std::size_t end = at;
            while (end < words.size()
                   && (std::isalnum(static_cast<unsigned char>(words[end])) != 0 || words[end] == '_'))
                ++end;
            const auto word = words.substr(at, end - at);
            if (word.empty()) {
                if (std::string_view(" *+-/()").find(words[at]) == std::string_view::npos)
                    return std::nullopt;
                text += words[at++];
                continue;
            }
            const bool isNumber = word.find_first_not_of("0123456789") == std::string::npos;
            const auto name = isNumber ? std::optional(word) : parameterNamed(kernel, launch, word);
            if (!name)
                return std::nullopt;
            text += *name;
            at = end;
        }
        return "(" + text + ")";
    }

    static std::optional<std::string> parameterNamed(const KernelScope& kernel, const LaunchLine& launch,
                                                     const std::string& argument)
    {
        for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i) {
            const auto* parameter = kernel.kernel().getParamDecl(i);
            if (kernel.source().text(launch.arguments[i]) == argument && parameter->getType()->isIntegerType()
                && !kernel.isModified(parameter))
                return parameter->getName().str();
        }
        return std::nullopt;
    }

    static std::string grouped(const std::string& text) { return isPlainWord(text) ? text : fmt::format("({})", text); }
};

}  // namespace

std::unique_ptr<Simplification> makePlainBlocks() { return std::make_unique<PlainBlocks>(); }

}  // namespace warploom
