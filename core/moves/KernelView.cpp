// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/KernelView.h"

namespace warploom {

using namespace clang;

namespace {

/// In called functions too: helpers like to work out the thread's index.
void noteBuiltins(const Stmt* body, std::set<std::string>& builtins)
{
    walk(body, [&](const Stmt* node) {
        const auto* member = llvm::dyn_cast<MemberExpr>(node);
        const auto* owner = member == nullptr ? nullptr : plainVariable(member->getBase());
        if (owner != nullptr && !owner->isLocalVarDecl())
            builtins.insert(
                fmt::format("{}.{}", owner->getNameAsString(), identifierOf(member->getMemberDecl()).str()));
        return true;
    });
}

/// The same renaming for what host code says.
void applyAliases(const std::map<std::string, std::string>& aliases, HostFacts& host)
{
    const auto apply = [&](std::optional<IndexForm>& form) {
        if (form)
            form = mapSymbols(*form, [&](const std::string& symbol) {
                const auto alias = aliases.find(symbol);
                return IndexForm::symbol(alias == aliases.end() ? symbol : alias->second);
            });
    };
    for (auto& extent : host.grid)
        apply(extent);
    for (auto& extent : host.block)
        apply(extent);
    apply(host.sharedBytes);
    for (auto& [name, bytes] : host.bytes) {
        std::optional form = bytes;
        apply(form);
        bytes = *form;
    }
}

}  // namespace

const KernelParameterView* KernelView::parameterOf(const VarDecl* declaration) const
{
    for (const auto& parameter : parameters)
        if (parameter.declaration == declaration)
            return &parameter;
    return nullptr;
}

std::vector<std::string> KernelView::integerNames() const
{
    std::vector<std::string> names;
    for (const auto& parameter : parameters)
        if (!parameter.type.isPointer && !isFloating(parameter.type.element))
            names.push_back(parameter.name);
    return names;
}

std::vector<std::string> KernelView::unusedNames() const
{
    std::vector<std::string> names;
    for (const auto& parameter : parameters)
        if (!parameter.isUsed && !parameter.type.isPointer && !isFloating(parameter.type.element))
            names.push_back(parameter.name);
    return names;
}

std::vector<IndexForm> KernelView::threadLimits() const
{
    std::vector<IndexForm> limits;
    for (const auto& access : report.accesses)
        for (const auto& fact : access.facts) {
            const auto form = started(fact);
            const auto symbols = symbolsOf(form);
            if (std::any_of(symbols.begin(), symbols.end(), [](const auto& symbol) {
                    return symbol.rfind("$thread", 0) == 0 || symbol.rfind("$block", 0) == 0;
                }))
                limits.push_back(IndexForm::constant(-1) * sizePart(form));
        }
    return limits;
}

IndexForm KernelView::started(const IndexForm& form) const
{
    return mapSymbols(form, [&](const std::string& symbol) {
        const auto start = report.starts.find(symbol);
        return start == report.starts.end() ? IndexForm::symbol(symbol) : start->second;
    });
}

KernelView viewKernel(const DeviceCode& code, std::vector<KernelParameterView> parameters, HostFacts host,
                      std::map<std::string, std::string> aliases)
{
    KernelView view;
    view.code = &code;
    view.parameters = std::move(parameters);
    view.host = std::move(host);
    view.aliases = std::move(aliases);
    applyAliases(view.aliases, view.host);
    std::map<const VarDecl*, std::string> names;
    for (auto& parameter : view.parameters) {
        const auto alias = view.aliases.find(parameter.name);
        names[parameter.declaration] = alias == view.aliases.end() ? parameter.name : alias->second;
        parameter.isUsed = parameter.declaration->isReferenced() || parameter.declaration->isUsed();
    }
    view.report = readAccesses(code, names);
    for (const auto* function : code.functions())
        noteBuiltins(function->getBody(), view.builtins);
    return view;
}

}  // namespace warploom
