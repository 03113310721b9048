// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// Expressions of directives in the kernel's words.
class KernelWords {
public:
    KernelWords(const KernelScope& kernel, const LaunchLine& launch)
        : m_kernel(kernel)
        , m_launch(launch)
    {
    }

    /// Nothing for what no parameter holds, and for functions.
    std::optional<std::string> of(const std::string& text, int depth = 0)
    {
        constexpr int kDeepest = 8;
        std::string words;
        for (std::size_t at = 0; at < text.size() && depth < kDeepest;) {
            const auto end = text.find_first_not_of(kWord, at);
            if (end == at) {
                if (std::string_view(" +-*/()").find(text[at]) == std::string_view::npos)
                    return std::nullopt;
                words += text[at++];
                continue;
            }
            const auto word = text.substr(at, end == std::string::npos ? end : end - at);
            const auto own = wordOf(word, depth);
            if (!own)
                return std::nullopt;
            words += *own;
            at = end == std::string::npos ? text.size() : end;
        }
        return depth < kDeepest ? std::optional(words) : std::nullopt;
    }

private:
    static constexpr const char* kWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

    std::optional<std::string> wordOf(const std::string& word, int depth)
    {
        const auto& directives = m_kernel.source().directives();
        if (std::ranges::all_of(word, [](char one) { return llvm::isDigit(one); })
            || directives.findTune(word) != nullptr)
            return word;
        for (unsigned i = 0; i < m_kernel.kernel().getNumParams() && i < m_launch.arguments.size(); ++i) {
            const auto* parameter = m_kernel.kernel().getParamDecl(i);
            if (parameter->getType()->isIntegerType() && !m_kernel.isModified(parameter)
                && directives.text(m_launch.arguments[i]) == word)
                return parameter->getNameAsString();
        }
        for (const auto& let : directives.lets())
            if (let.name == word) {
                const auto inner = of(directives.text(let.expression), depth + 1);
                return inner ? std::optional("(" + *inner + ")") : std::nullopt;
            }
        return std::nullopt;
    }

    const KernelScope& m_kernel;
    const LaunchLine& m_launch;
};

/// int i = blockIdx.x * 256 + threadIdx.x; of a grid of exactly n / 256 blocks, without a word on n, gets
/// if (i >= n) return; which is never so: moves learn from it how many elements there are.
class PlainGuard : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a bound that is the grid's"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto* body = llvm::dyn_cast<CompoundStmt>(kernel.kernel().getBody());
        if (launch == nullptr || body == nullptr || kernel.containsReturn(body) || kernel.synchronises(body)
            || declaresShared(kernel) || guardedKernel(kernel))
            return std::nullopt;
        const auto indices = indicesOf(kernel, *body);
        if (indices.empty() || !usesOnlyBuiltins(kernel, body, [&](const IndexForm& form) {
                return isOwn(kernel, *launch, indices, form);
            }))
            return std::nullopt;
        std::string condition;
        std::size_t last = 0;
        for (const auto& [axis, index] : indices) {
            const auto bound = boundOf(kernel, *launch, axis);
            const auto range = kernel.source().statementRange(index.statement);
            if (!bound || !range)
                return std::nullopt;
            condition += fmt::format("{}{} >= {}", condition.empty() ? "" : " || ", index.name, *bound);
            last = std::max(last, range->end);
        }
        SourceEdit edit(kernel.source().text());
        const auto indentation = indentationAt(kernel.source().text(), last - 1);
        edit.insert(last, fmt::format("\n{0}if ({1})\n{0}    return;", indentation, condition));
        return edit.apply();
    }

private:
    struct Index {
        std::string name;
        const Stmt* statement = nullptr;
    };

    static std::map<int, Index> indicesOf(const KernelScope& kernel, const CompoundStmt& body)
    {
        std::map<int, Index> found;
        for (const Stmt* statement : body.body()) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            if (declaration == nullptr)
                break;
            for (const Decl* one : declaration->decls()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                if (var == nullptr || !var->hasInit() || kernel.isModified(var) || !var->getType()->isIntegerType())
                    continue;
                for (int axis = 0; axis < 3; ++axis)
                    if (isThreadIndex(kernel, var->getInit(), axis))
                        found.emplace(axis, Index{var->getNameAsString(), statement});
            }
        }
        return found;
    }

    /// Whether \p form is a part of an index, or tells of blocks of one thread in that direction.
    static bool isOwn(const KernelScope& kernel, const LaunchLine& launch, const std::map<int, Index>& indices,
                      const IndexForm& form)
    {
        for (int axis = 0; axis < 3; ++axis) {
            const bool isIndex = indices.count(axis) > 0;
            if (isIndex
                && (form == IndexForm::symbol(threadSymbol(axis)) || form == IndexForm::symbol(blockSymbol(axis))
                    || form == IndexForm::symbol(blockSizeSymbol(axis))))
                return true;
            const auto part = static_cast<std::size_t>(axis);
            const bool isOne =
                part >= launch.blockParts.size() || kernel.source().directives().text(launch.blockParts[part]) == "1";
            if (!isIndex && isOne && form == IndexForm::symbol(blockSymbol(axis)))
                return true;
        }
        return false;
    }

    /// Of a grid of n / 256 blocks of 256: n, of which the rest has no thread.
    static std::optional<std::string> boundOf(const KernelScope& kernel, const LaunchLine& launch, int axis)
    {
        const auto& directives = kernel.source().directives();
        const auto part = static_cast<std::size_t>(axis);
        if (part >= launch.gridParts.size() || part >= launch.blockParts.size())
            return std::nullopt;
        const auto grid = directives.text(launch.gridParts[part]);
        const auto block = directives.text(launch.blockParts[part]);
        const auto ending = " / " + block;
        if (!grid.ends_with(ending))
            return std::nullopt;
        const auto extent = grid.substr(0, grid.size() - ending.size());
        // A sum in front would be divided in part.
        const bool isWhole = extent.find_first_of("+-/()") == std::string::npos
            || (extent.front() == '(' && extent.find_first_of("()*", 1) == extent.size() - 1);
        const auto words = isWhole ? KernelWords(kernel, launch).of(extent) : std::nullopt;
        // Directives are worked out in 64 bits.
        return words && extent.find('*') != std::string::npos ? std::optional("1LL * " + *words) : words;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainGuard() { return std::make_unique<PlainGuard>(); }

}  // namespace warploom
