// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ConstantUses.h"

#include <charconv>

namespace warploom {

using namespace clang;

namespace {

bool followsThreads(const KernelScope& kernel, const VarDecl* array)
{
    bool follows = false;
    for (const auto& access : kernel.accesses(kernel.kernel().getBody())) {
        if (access.base != array)
            continue;
        if (!access.index)
            return false;
        for (int dimension = 0; dimension < 3; ++dimension)
            follows = follows || access.index->dependsOn(threadSymbol(dimension));
    }
    return follows;
}

std::optional<std::int64_t> plainInteger(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error != std::errc{} || rest.find_first_not_of("uU \t\r") != std::string_view::npos)
        return std::nullopt;
    return value;
}

class Collector {
public:
    explicit Collector(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::vector<ConstantUse> collect()
    {
        const auto* body = m_kernel.kernel().getBody();
        walk(body, [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const auto* inner : declaration->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(inner); isSharedArray(var))
                        addExtents(var);
            if (const auto* attributed = llvm::dyn_cast<AttributedStmt>(node))
                for (const auto* attribute : attributed->getAttrs())
                    if (const auto* hint = llvm::dyn_cast<LoopHintAttr>(attribute);
                        hint != nullptr && hint->getValue() != nullptr)
                        walkConstants(hint->getValue(), ConstantRole::Unroll);
            addConstant(node, std::nullopt);
            return true;
        });
        for (const auto* bounds : m_kernel.kernel().specific_attrs<CUDALaunchBoundsAttr>())
            walkConstants(bounds->getMaxThreads(), ConstantRole::LaunchBounds);
        std::stable_sort(m_uses.begin(), m_uses.end(), [](const auto& a, const auto& b) { return a.range < b.range; });
        return std::move(m_uses);
    }

private:
    void walkConstants(const Expr* expression, ConstantRole role)
    {
        walk(expression, [&](const Stmt* node) {
            addConstant(node, role);
            return true;
        });
    }

    void addExtents(const VarDecl* array)
    {
        const auto role = followsThreads(m_kernel, array) ? ConstantRole::SharedExtent : ConstantRole::Other;
        for (auto location = array->getTypeSourceInfo()->getTypeLoc().getAs<ArrayTypeLoc>(); location;
             location = location.getElementLoc().getAs<ArrayTypeLoc>())
            if (location.getSizeExpr() != nullptr)
                walkConstants(location.getSizeExpr(), role);
    }

    void addConstant(const Stmt* node, std::optional<ConstantRole> role)
    {
        ConstantUse use;
        if (const auto* literal = llvm::dyn_cast<IntegerLiteral>(node);
            literal != nullptr && literal->getValue().getActiveBits() < 32)
            use.value = static_cast<std::int64_t>(literal->getValue().getZExtValue());
        else if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node)) {
            const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
            const auto* initial = var == nullptr || !var->getType().isConstQualified() || !var->hasInit()
                ? nullptr
                : llvm::dyn_cast<IntegerLiteral>(var->getInit()->IgnoreParenImpCasts());
            if (initial == nullptr)
                return;
            use.value = static_cast<std::int64_t>(initial->getValue().getLimitedValue());
        } else {
            return;
        }
        const auto range = m_kernel.source().range(node);
        if (!range)
            return;
        use.range = *range;
        const auto text = m_kernel.source().text(*range);
        if (!plainInteger(text))
            use.name = text;
        if (role)
            use.role = *role;
        else
            findRole(node, use);
        m_uses.push_back(use);
    }

    void findRole(const Stmt* node, ConstantUse& use) const
    {
        const Stmt* above = m_kernel.parent(node);
        while (above != nullptr && llvm::isa<ParenExpr, CastExpr>(above)) {
            node = above;
            above = m_kernel.parent(node);
        }
        if (const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above)) {
            const auto* other = binary->getLHS() == node ? binary->getRHS() : binary->getLHS();
            if (binary->getOpcode() == BO_Mul)
                if (const auto form = m_kernel.form(other))
                    for (int dimension = 0; dimension < 3; ++dimension)
                        if (*form == IndexForm::symbol(blockSymbol(dimension))) {
                            use.role = ConstantRole::ThreadIndex;
                            use.dimension = dimension;
                        }
            if (binary->getOpcode() == BO_AddAssign && binary->getRHS() == node)
                if (const auto loop = m_kernel.countedLoop(m_kernel.parent(binary)))
                    if (const auto start = m_kernel.form(loop->start); start && start->dependsOn("$threadIdx."))
                        use.role = ConstantRole::LoopStep;
        }
    }

    const KernelScope& m_kernel;
    std::vector<ConstantUse> m_uses;
};

void addMacros(const ParsedSource& source, std::vector<NamedConstant>& constants)
{
    const auto text = source.text();
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        constexpr std::string_view kDefine = "#define ";
        const auto nameBegin = line.substr(0, kDefine.size()) == kDefine ? line.find_first_not_of(' ', kDefine.size())
                                                                         : std::string_view::npos;
        const auto nameEnd = nameBegin == std::string_view::npos ? nameBegin : line.find_first_of(" \t", nameBegin);
        if (nameEnd != std::string_view::npos) {
            const auto body = line.substr(line.find_first_not_of(" \t", nameEnd) == std::string_view::npos
                                              ? line.size()
                                              : line.find_first_not_of(" \t", nameEnd));
            if (const auto value = plainInteger(body.substr(0, body.find("//"))))
                constants.push_back({std::string(line.substr(nameBegin, nameEnd - nameBegin)), *value, {at, end}});
        }
        at = end + 1;
    }
}

void addVariable(const ParsedSource& source, const VarDecl* var, TextRange statement,
                 std::vector<NamedConstant>& constants)
{
    if (!var->getType().isConstQualified() || !var->getType()->isIntegerType() || !var->hasInit())
        return;
    const auto* literal = llvm::dyn_cast<IntegerLiteral>(var->getInit()->IgnoreParenImpCasts());
    const auto written = literal == nullptr ? std::nullopt : source.range(literal);
    if (written && plainInteger(source.text(*written)))
        constants.push_back(
            {var->getNameAsString(), static_cast<std::int64_t>(literal->getValue().getLimitedValue()), statement});
}

}  // namespace

std::vector<ConstantUse> constantUses(const KernelScope& kernel) { return Collector(kernel).collect(); }

std::vector<NamedConstant> namedConstants(const ParsedSource& source)
{
    std::vector<NamedConstant> constants;
    addMacros(source, constants);
    for (const auto* declaration : source.context().getTranslationUnitDecl()->decls()) {
        const auto* var = llvm::dyn_cast<VarDecl>(declaration);
        const auto range = var == nullptr ? std::nullopt : source.range(var->getSourceRange());
        const auto end = range ? source.text().find(';', range->end) : std::string_view::npos;
        if (end != std::string_view::npos
            && source.text().substr(range->end, end - range->end).find_first_not_of(' ') == std::string_view::npos)
            addVariable(source, var, {range->begin, end + 1}, constants);
    }
    for (const auto* kernel : source.kernels())
        walk(kernel->getBody(), [&](const Stmt* node) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
            const auto range = declaration == nullptr ? std::nullopt : source.statementRange(declaration);
            if (range && declaration->isSingleDecl())
                if (const auto* var = llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()))
                    addVariable(source, var, *range, constants);
            return true;
        });
    return constants;
}

}  // namespace warploom
