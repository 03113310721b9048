// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Contraction.h"
#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/SizeForms.h"

namespace warploom {

namespace {

using namespace clang;

constexpr const char* kAcross = "32";
constexpr const char* kDown = "8";

/// What is left of a flat number: number / divisor % modulus.
struct Cut {
    IndexForm divisor;
    std::optional<IndexForm> modulus;
};

/// A variable that holds some neighbouring digits of the flat number.
struct DigitVariable {
    const VarDecl* var = nullptr;
    const DeclStmt* statement = nullptr;
    Cut cut;
    std::size_t first = 0;
    std::size_t end = 0;  ///< excluded
};

struct Digit {
    std::string name;
    QualType type;
    std::string extent;  ///< in the kernel's words; empty for layers, which are as many as the grid has
    std::string host;  ///< the same in the launch's words
};

/// n = at % cols, row = at / cols, t = row % steps, b = row / steps: of a flat number that a launch counts, the digits
/// become the coordinates of a grid.
class DigitReader {
public:
    explicit DigitReader(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_source(kernel.source())
    {
    }

    std::optional<std::string> turned()
    {
        m_launch = onlyLaunch(m_kernel);
        auto guarded = guardedKernel(m_kernel);
        if (m_launch == nullptr || promisesBlocks(m_kernel) || !guarded || guarded->indices.size() != 1
            || guarded->indices.front().dimension != 0 || m_launch->gridParts.size() != 1
            || m_launch->blockParts.size() != 1 || m_launch->shared || declaresShared(m_kernel)
            || usesBuiltinsElsewhere(m_kernel, *guarded) || m_kernel.synchronises(m_kernel.kernel().getBody()))
            return std::nullopt;
        m_guarded = std::move(*guarded);
        m_index = m_guarded.indices.front().var;
        if (!readVariables() || !readCuts() || !readDigits())
            return std::nullopt;
        auto text = rewritten();
        return text && isProduct(*text) ? text : std::nullopt;
    }

private:
    bool readVariables()
    {
        auto statements = m_guarded.preamble;
        statements.insert(statements.end(), m_guarded.body.begin(), m_guarded.body.end());
        for (const Stmt* statement : statements) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
            const auto* var = declaration != nullptr && declaration->isSingleDecl()
                ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
                : nullptr;
            if (var == nullptr || !var->hasInit() || !var->getType()->isIntegerType() || m_kernel.isModified(var))
                continue;
            const auto cut = cutOf(var->getInit());
            if (!cut || (cut->divisor.isOne() && !cut->modulus))
                continue;
            if (m_source.context().getTypeSize(var->getType()) < 32 || !isOnlyName(m_kernel, var))
                return false;
            m_variables.push_back({var, declaration, *cut});
        }
        return m_variables.size() > 1;
    }

    [[nodiscard]] std::optional<Cut> cutOf(const Expr* expression) const
    {
        expression = expression->IgnoreParenCasts();
        if (const auto* var = plainVariable(expression)) {
            if (var == m_index)
                return Cut{IndexForm::constant(1), {}};
            const auto known = std::ranges::find(m_variables, var, &DigitVariable::var);
            return known == m_variables.end() ? std::nullopt : std::optional(known->cut);
        }
        const auto* binary = llvm::dyn_cast<BinaryOperator>(expression);
        if (binary != nullptr && binary->getOpcode() == BO_Sub)
            return remainderOf(*binary);
        if (binary == nullptr || (binary->getOpcode() != BO_Div && binary->getOpcode() != BO_Rem))
            return std::nullopt;
        auto cut = cutOf(binary->getLHS());
        const auto by = m_kernel.form(binary->getRHS());
        if (!cut || !by || !isOfParameters(*by))
            return std::nullopt;
        const auto rest = cut->modulus ? exactQuotient(*cut->modulus, *by) : std::optional(IndexForm());
        if (!rest)
            return std::nullopt;
        if (binary->getOpcode() == BO_Rem)
            return Cut{cut->divisor, *by};
        return Cut{cut->divisor * *by, cut->modulus ? rest : std::nullopt};
    }

    /// at - (at / cols) * cols
    [[nodiscard]] std::optional<Cut> remainderOf(const BinaryOperator& difference) const
    {
        const auto whole = cutOf(difference.getLHS());
        const auto* product = llvm::dyn_cast<BinaryOperator>(difference.getRHS()->IgnoreParenCasts());
        if (!whole || product == nullptr || product->getOpcode() != BO_Mul)
            return std::nullopt;
        for (const auto& [factor, other] :
             {std::pair(product->getLHS(), product->getRHS()), std::pair(product->getRHS(), product->getLHS())}) {
            const auto taken = cutOf(factor);
            const auto by = m_kernel.form(other);
            if (!taken || !by || !isOfParameters(*by) || !(taken->divisor == whole->divisor * *by))
                continue;
            const bool isAllOfIt =
                whole->modulus ? taken->modulus && *taken->modulus * *by == *whole->modulus : !taken->modulus;
            if (isAllOfIt)
                return Cut{whole->divisor, *by};
        }
        return std::nullopt;
    }

    [[nodiscard]] bool isOfParameters(const IndexForm& form) const
    {
        return std::ranges::all_of(symbolsOf(form), [&](const std::string& symbol) {
            return std::ranges::any_of(m_kernel.kernel().parameters(), [&](const ParmVarDecl* one) {
                return m_kernel.symbolOf(one) == symbol && !m_kernel.isModified(one);
            });
        });
    }

    /// Each a multiple of the one before it, from 1 on, and where each variable begins and ends.
    bool readCuts()
    {
        std::vector<IndexForm> found;
        const auto add = [&](const IndexForm& form) {
            if (!form.isOne() && std::ranges::find(found, form) == found.end())
                found.push_back(form);
        };
        for (const auto& one : m_variables) {
            add(one.cut.divisor);
            if (one.cut.modulus)
                add(one.cut.divisor * *one.cut.modulus);
        }
        m_cuts = {IndexForm::constant(1)};
        while (!found.empty()) {
            const auto next = std::ranges::find_if(found, [&](const IndexForm& cut) {
                return std::ranges::all_of(
                    found, [&](const IndexForm& other) { return exactQuotient(other, cut).has_value(); });
            });
            if (next == found.end() || !exactQuotient(*next, m_cuts.back()))
                return false;
            m_cuts.push_back(*next);
            found.erase(next);
        }
        const auto placeOf = [&](const IndexForm& form) {
            return static_cast<std::size_t>(std::ranges::find(m_cuts, form) - m_cuts.begin());
        };
        for (auto& one : m_variables) {
            one.first = placeOf(one.cut.divisor);
            one.end = one.cut.modulus ? placeOf(one.cut.divisor * *one.cut.modulus) : m_cuts.size();
        }
        return m_cuts.size() == 2 || m_cuts.size() == 3;
    }

    bool readDigits()
    {
        const auto total = hostForm(hostWords(m_kernel, *m_launch, m_guarded.bounds.at(m_index)));
        const auto below = hostForm(hostWords(m_kernel, *m_launch, m_cuts.back()));
        const auto last = total && below ? exactQuotient(*total, *below) : std::nullopt;
        if (!last)
            return false;
        for (std::size_t i = 0; i < m_cuts.size(); ++i) {
            Digit digit;
            const auto own = std::ranges::find_if(
                m_variables, [&](const DigitVariable& one) { return one.first == i && one.end == i + 1; });
            digit.name = own == m_variables.end() ? m_source.directives().freshName(fmt::format("digit_{}", i))
                                                  : own->var->getName().str();
            digit.type = own == m_variables.end() ? m_source.context().IntTy : own->var->getType().getUnqualifiedType();
            const bool isLast = i + 1 == m_cuts.size();
            if (i == 2)
                digit.name = layerText(digit.type);
            const auto extent = isLast ? std::nullopt : exactQuotient(m_cuts[i + 1], m_cuts[i]);
            const auto* parameter = isLast ? parameterOf(*last) : parameterNamed(*extent);
            if (parameter != nullptr)
                digit.extent = parameter->getName().str();
            else if (!isLast || m_cuts.size() == 2)
                return false;
            digit.host = isLast ? expressionText(*last, symbolsOf(*last))
                                : hostWords(m_kernel, *m_launch, *extent).value_or(std::string());
            if (digit.host.empty())
                return false;
            m_digits.push_back(std::move(digit));
        }
        return true;
    }

    /// The number of the block's layer, which moves know by itself.
    [[nodiscard]] std::string layerText(QualType type) const
    {
        const auto name = type.getAsString(m_source.context().getPrintingPolicy());
        return fmt::format(
            fmt::runtime(name.find(' ') == std::string::npos ? "{}(blockIdx.z)" : "static_cast<{}>(blockIdx.z)"), name);
    }

    [[nodiscard]] std::optional<IndexForm> hostForm(const std::optional<std::string>& words) const
    {
        return words ? formOfExpression(withoutLets(m_source.directives(), *words)) : std::nullopt;
    }

    [[nodiscard]] const ParmVarDecl* parameterNamed(const IndexForm& form) const
    {
        for (const auto* one : m_kernel.kernel().parameters())
            if (form == IndexForm::symbol(m_kernel.symbolOf(one)))
                return one;
        return nullptr;
    }

    /// An integer that the launch passes \p host for.
    [[nodiscard]] const ParmVarDecl* parameterOf(const IndexForm& host) const
    {
        const auto& parameters = m_kernel.kernel().parameters();
        for (std::size_t i = 0; i < parameters.size(); ++i)
            if (parameters[i]->getType()->isIntegerType() && !m_kernel.isModified(parameters[i])
                && hostForm(m_source.text(m_launch->arguments[i])) == host)
                return parameters[i];
        return nullptr;
    }

    /// Digits from \p first to \p end as one number of \p type, in brackets.
    [[nodiscard]] std::string numberText(std::size_t first, std::size_t end, QualType type) const
    {
        const auto& context = m_source.context();
        auto text = m_digits[end - 1].name;
        if (!context.hasSameUnqualifiedType(type, m_digits[end - 1].type))
            text = fmt::format("({}){}", type.getUnqualifiedType().getAsString(context.getPrintingPolicy()), text);
        for (std::size_t i = end - 1; i-- > first;)
            text = fmt::format("({} * {} + {})", text, m_digits[i].extent, m_digits[i].name);
        return text;
    }

    std::optional<std::string> rewritten() const
    {
        SourceEdit edit(m_source.text());
        std::vector<TextRange> gone;
        for (const auto& one : m_variables) {
            const auto range = m_source.statementRange(one.statement);
            if (!range)
                return std::nullopt;
            edit.removeWithLine(*range);
            gone.push_back(*range);
        }
        const auto condition = m_source.range(m_guarded.guard->getCond());
        const auto flat = declarationOf(m_index);
        if (!condition || !flat)
            return std::nullopt;
        gone.push_back(*condition);
        gone.push_back(*flat);
        const auto replace = [&](const VarDecl* var, const std::string& text) {
            return std::ranges::all_of(
                m_kernel.references(var, m_kernel.kernel().getBody()), [&](const DeclRefExpr* use) {
                    const auto at = m_source.range(use);
                    if (!at || m_source.text(*at) != var->getName())
                        return false;
                    if (std::ranges::none_of(gone, [&](const TextRange& one) { return one.contains(*at); }))
                        edit.replace(*at, text);
                    return true;
                });
        };
        if (!replace(m_index, numberText(0, m_digits.size(), m_index->getType())))
            return std::nullopt;
        for (const auto& one : m_variables)
            if ((one.end != one.first + 1 || one.first == 2)
                && !replace(one.var, numberText(one.first, one.end, one.var->getType())))
                return std::nullopt;
        edit.replace(*flat, declarations(indentationAt(m_source.text(), flat->begin)));
        const auto* sign = m_guarded.returnsEarly ? ">=" : "<";
        edit.replace(*condition,
                     fmt::format("{1} {0} {2} {5} {3} {0} {4}", sign, m_digits[1].name, m_digits[1].extent,
                                 m_digits[0].name, m_digits[0].extent, m_guarded.returnsEarly ? "||" : "&&"));
        const auto layers = m_digits.size() == 2 ? std::string() : ", " + m_digits[2].host;
        edit.replace(m_launch->grid,
                     fmt::format("dim3({}, {}{})", gridExtent(m_digits[0].host, kAcross),
                                 gridExtent(m_digits[1].host, kDown), layers));
        edit.replace(m_launch->block, fmt::format("dim3({}, {})", kAcross, kDown));
        return edit.apply();
    }

    [[nodiscard]] std::optional<TextRange> declarationOf(const VarDecl* var) const
    {
        for (const Stmt* statement : m_kernel.statements())
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
                declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == var)
                return m_source.statementRange(declaration);
        return std::nullopt;
    }

    [[nodiscard]] std::string declarations(const std::string& indentation) const
    {
        return threadIndexDeclaration(m_kernel, m_digits[0].type, m_digits[0].name, 0) + "\n" + indentation
            + threadIndexDeclaration(m_kernel, m_digits[1].type, m_digits[1].name, 1);
    }

    /// Whether it is a product, as it stands or said more plainly still.
    [[nodiscard]] bool isProduct(const std::string& text) const
    {
        const auto parsed = ParsedSource::parse(text, "kernel.cu");
        if (!parsed)
            return false;
        if (isProduct(**parsed))
            return true;
        const auto plain = plainForm(**parsed, "kernel.cu");
        const auto again = plain ? ParsedSource::parse(plain->source, "kernel.cu").value_or(nullptr) : nullptr;
        return again != nullptr && isProduct(*again);
    }

    [[nodiscard]] bool isProduct(const ParsedSource& source) const
    {
        return std::ranges::any_of(source.kernels(), [&](const FunctionDecl* function) {
            const KernelScope kernel(source, *function);
            return kernel.name() == m_kernel.name() && (jointContraction(kernel, true) || foldedPairs(kernel, true));
        });
    }

    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    const LaunchLine* m_launch = nullptr;
    GuardedKernel m_guarded;
    const VarDecl* m_index = nullptr;
    std::vector<DigitVariable> m_variables;
    std::vector<IndexForm> m_cuts;
    std::vector<Digit> m_digits;  ///< from the fastest on
};

/// A product of one flat index.
class PlainDigits : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a grid of an index's digits"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        return DigitReader(kernel).turned();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainDigits() { return std::make_unique<PlainDigits>(); }

}  // namespace warploom
