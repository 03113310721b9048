// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostLaunches.h"

#include <clang/AST/ExprCXX.h>

#include "moves/KernelScope.h"

namespace warploom {

using namespace clang;

namespace {

// Smaller literals mean something else elsewhere.
constexpr double kSmallestTellingLiteral = 33;

/// The kernel as the file defines it: a template for its instances.
const FunctionDecl* patternOf(const FunctionDecl* function)
{
    if (const auto* family = function->getPrimaryTemplate())
        return family->getTemplatedDecl();
    return function;
}

/// The function that a launch calls, also where its arguments could not be understood.
const FunctionDecl* launched(const CUDAKernelCallExpr* call)
{
    const auto* callee = call->getCallee()->IgnoreParenImpCasts();
    if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(callee))
        return llvm::dyn_cast<FunctionDecl>(reference->getDecl());
    const auto* overloads = llvm::dyn_cast<OverloadExpr>(callee);
    if (overloads == nullptr || overloads->getNumDecls() != 1)
        return nullptr;
    const auto* declared = *overloads->decls_begin();
    const auto* family = llvm::dyn_cast<FunctionTemplateDecl>(declared);
    return family != nullptr ? family->getTemplatedDecl() : llvm::dyn_cast<FunctionDecl>(declared);
}

/// Empty where an argument is neither a type nor an integer, or depends on another template.
std::vector<std::string> templateArgumentsOf(const HostedSource& source, const CUDAKernelCallExpr* call)
{
    std::vector<std::string> texts;
    const auto* function = launched(call);
    const PrintingPolicy policy(source.context().getLangOpts());
    const auto* arguments = function == nullptr ? nullptr : function->getTemplateSpecializationArgs();
    if (arguments == nullptr)
        return texts;
    for (const auto& argument : arguments->asArray()) {
        std::string text;
        llvm::raw_string_ostream stream(text);
        if (argument.getKind() == TemplateArgument::Integral)
            text = argument.getIntegralType()->isBooleanType() ? (argument.getAsIntegral().isZero() ? "false" : "true")
                                                               : llvm::toString(argument.getAsIntegral(), 10);
        else if (argument.getKind() == TemplateArgument::Type)
            argument.getAsType().print(stream, policy);
        else
            return {};
        texts.push_back(text);
    }
    return texts;
}

/// Looks through all host functions once and then at each launch.
class FactReader {
public:
    FactReader(const HostedSource& source, const FunctionDecl& kernel, const std::vector<std::string>& names)
        : m_source(source)
        , m_kernel(kernel)
        , m_names(names)
    {
        collect();
    }

    HostFacts read()
    {
        HostFacts best;
        for (const auto* call : m_launches) {
            auto facts = readLaunch(call);
            if (best.launches == 0 || isClearer(facts, best))
                best = std::move(facts);
        }
        best.launches = static_cast<int>(m_launches.size());
        return best;
    }

private:
    void collect()
    {
        for (const auto* function : m_source.hostFunctions())
            walk(function->getBody(), [&](const Stmt* node) {
                if (const auto* launch = llvm::dyn_cast<CUDAKernelCallExpr>(node)) {
                    const auto* callee = launched(launch);
                    if (callee != nullptr && patternOf(callee) == &m_kernel
                        && launch->getNumArgs() == m_kernel.getNumParams())
                        m_launches.push_back(launch);
                } else if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
                    m_calls.push_back(call);
                } else if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node)) {
                    for (const auto* inner : declaration->decls())
                        if (const auto* var = llvm::dyn_cast<VarDecl>(inner))
                            m_variables.push_back(var);
                }
                return true;
            });
    }

    /// The launch of which more extents can be read tells more.
    static bool isClearer(const HostFacts& a, const HostFacts& b)
    {
        const auto known = [](const HostFacts& facts) {
            return std::count_if(facts.grid.begin(), facts.grid.end(), [](const auto& part) { return bool(part); })
                + std::count_if(facts.block.begin(), facts.block.end(), [](const auto& part) { return bool(part); });
        };
        return known(a) > known(b);
    }

    HostFacts readLaunch(const CUDAKernelCallExpr* call)
    {
        HostFacts facts;
        facts.launches = 1;
        facts.line = m_source.place(call->getBeginLoc()).line;
        facts.templateArguments = templateArgumentsOf(m_source, call);
        const auto spellings = readArguments(call, facts);
        const HostExpressions expressions(m_source, spellings, m_names);
        const auto* config = call->getConfig();
        facts.grid = expressions.extents(config->getArg(0));
        facts.block = expressions.extents(config->getArg(1));
        if (config->getNumArgs() > 2 && !llvm::isa<CXXDefaultArgExpr>(config->getArg(2)))
            facts.sharedBytes = expressions.form(config->getArg(2));
        readMemory(call, expressions, facts);
        noteFreeNames(expressions, facts);
        return facts;
    }

    /// Fills in the arguments; returns which spelling stands for which size.
    std::map<std::string, std::string> readArguments(const CUDAKernelCallExpr* call, HostFacts& facts)
    {
        std::map<std::string, std::string> spellings;
        const HostExpressions plain(m_source, {}, m_names);
        for (unsigned i = 0; i < call->getNumArgs(); ++i) {
            const auto* argument = call->getArg(i);
            auto written = withoutBlanks(m_source.written(argument));
            const auto value = plain.startValue(argument);
            facts.arguments.push_back({written, std::nullopt, value});
            const bool tells = plainVariable(argument) != nullptr
                || llvm::isa<MemberExpr, CXXMemberCallExpr>(stripped(argument))
                || value.value_or(0) >= kSmallestTellingLiteral;
            if (!m_kernel.getParamDecl(i)->getType()->isIntegerType() || written.empty() || !tells)
                continue;
            if (const auto [known, isNew] = spellings.try_emplace(written, m_names[i]); !isNew)
                facts.ambiguous.insert({known->second, m_names[i]});
        }
        for (unsigned i = 0; i < call->getNumArgs(); ++i)
            if (m_kernel.getParamDecl(i)->getType()->isIntegerType())
                derive(call->getArg(i), spellings, facts, i);
        return spellings;
    }

    /// An argument that is made of other arguments is no size of its own.
    void derive(const Expr* argument, std::map<std::string, std::string>& spellings, HostFacts& facts, unsigned index)
    {
        auto others = spellings;
        auto& fact = facts.arguments[index];
        if (const auto own = others.find(fact.written); own != others.end()) {
            if (own->second != m_names[index])
                return;
            others.erase(own);
        }
        const HostExpressions expressions(m_source, others, m_names);
        const auto form = expressions.form(argument);
        if (!form || form->constantValue() || bareName(*form))
            return;
        const auto symbols = symbolsOf(*form);
        if (std::any_of(symbols.begin(), symbols.end(),
                        [&](const auto& symbol) { return symbol.front() == '{' || expressions.isFree(symbol); }))
            return;
        fact.derived = form;
        spellings.erase(fact.written);
    }

    /// What is allocated and cleared under the names that the launch passes.
    void readMemory(const CUDAKernelCallExpr* launch, const HostExpressions& expressions, HostFacts& facts) const
    {
        for (unsigned i = 0; i < launch->getNumArgs(); ++i) {
            if (!m_kernel.getParamDecl(i)->getType()->isPointerType())
                continue;
            const auto target = targetName(launch->getArg(i));
            for (const auto* call : m_calls)
                readCall(call, target, m_names[i], expressions, facts);
            for (const auto* var : m_variables)
                readContainer(var, target, m_names[i], expressions, facts);
        }
    }

    void readCall(const CallExpr* call, const std::string& target, const std::string& name,
                  const HostExpressions& expressions, HostFacts& facts) const
    {
        const auto callee = calleeName(call);
        if (call->getNumArgs() < 2 || targetName(call->getArg(0)) != target || target.empty())
            return;
        if (callee == "cudaMalloc" || callee == "cudaMallocManaged" || callee == "cudaMallocAsync") {
            if (const auto form = expressions.form(call->getArg(1)))
                facts.bytes[name] = *form;
        } else if ((callee == "cudaMemset" || callee == "cudaMemsetAsync")
                   && expressions.startValue(call->getArg(1)) == 0) {
            facts.zeroed.insert(name);
        }
    }

    /// thrust::device_vector allocates where it is declared.
    void readContainer(const VarDecl* var, const std::string& target, const std::string& name,
                       const HostExpressions& expressions, HostFacts& facts) const
    {
        const auto* record = var->getType()->getAsCXXRecordDecl();
        if (record == nullptr || identifierOf(record) != "device_vector" || var->getNameAsString() != target)
            return;
        const auto* construct = llvm::dyn_cast_or_null<CXXConstructExpr>(var->getInit());
        const auto* contents = llvm::dyn_cast<ClassTemplateSpecializationDecl>(record);
        if (construct == nullptr || construct->getNumArgs() == 0 || contents == nullptr)
            return;
        const auto element = contents->getTemplateArgs()[0].getAsType();
        const auto size = m_source.context().getTypeSizeInChars(element).getQuantity();
        if (const auto form = expressions.form(construct->getArg(0)))
            facts.bytes[name] = *form * IndexForm::constant(size);
    }

    /// Spelling of the pointer that an argument is, or is made of.
    [[nodiscard]] std::string targetName(const Expr* argument) const
    {
        const auto* expression = stripped(argument);
        while (true) {
            const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
            if (unary == nullptr || unary->getOpcode() != UO_AddrOf)
                break;
            expression = stripped(unary->getSubExpr());
        }
        if (!llvm::isa<CallExpr>(expression))
            return withoutBlanks(m_source.written(expression));
        std::string name;
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            if (name.empty() && reference != nullptr && llvm::isa<VarDecl>(reference->getDecl()))
                name = reference->getDecl()->getNameAsString();
            return true;
        });
        return name;
    }

    void noteFreeNames(const HostExpressions& expressions, HostFacts& facts) const
    {
        const auto note = [&](const std::optional<IndexForm>& form) {
            if (!form)
                return;
            for (const auto& symbol : symbolsOf(*form))
                for (const auto& name : expressions.freeNames())
                    if (mentions(symbol, name)
                        && std::find(facts.freeNames.begin(), facts.freeNames.end(), name) == facts.freeNames.end())
                        facts.freeNames.push_back(name);
        };
        for (const auto& extent : facts.grid)
            note(extent);
        for (const auto& extent : facts.block)
            note(extent);
        note(facts.sharedBytes);
        for (const auto& [name, form] : facts.bytes)
            note(form);
        for (const auto* var : m_variables) {
            const auto name = var->getNameAsString();
            const bool isFree =
                std::find(facts.freeNames.begin(), facts.freeNames.end(), name) != facts.freeNames.end();
            if (const auto value = isFree && var->hasInit() ? expressions.startValue(var->getInit()) : std::nullopt)
                facts.freeValues[name] = *value;
        }
    }

    const HostedSource& m_source;
    const FunctionDecl& m_kernel;
    const std::vector<std::string>& m_names;
    std::vector<const CUDAKernelCallExpr*> m_launches;
    std::vector<const CallExpr*> m_calls;
    std::vector<const VarDecl*> m_variables;
};

}  // namespace

HostFacts hostFacts(const HostedSource& source, const FunctionDecl& kernel, const std::vector<std::string>& names)
{
    return FactReader(source, kernel, names).read();
}

std::set<std::string> symbolsFilledByHost(const HostedSource& source)
{
    std::set<std::string> names;
    for (const auto* function : source.hostFunctions())
        walk(function->getBody(), [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            if (call == nullptr || call->getNumArgs() == 0 || calleeName(call).rfind("cudaMemcpyToSymbol", 0) != 0)
                return true;
            walk(call->getArg(0), [&](const Stmt* part) {
                if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(part))
                    names.insert(reference->getDecl()->getNameAsString());
                return true;
            });
            return true;
        });
    return names;
}

}  // namespace warploom
