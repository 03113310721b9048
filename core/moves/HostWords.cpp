// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"

#include "moves/GuardedKernel.h"
#include "moves/SourceTokens.h"

namespace warploom {

using namespace clang;

namespace {

std::string squeezed(std::string text)
{
    std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
    return text;
}

/// Words of a line's directive, without notes; empty for other lines.
std::string directiveOf(std::string_view line)
{
    const auto marker = line.find("// warploom:");
    if (marker == std::string_view::npos || line.find_first_not_of(" \t") != marker)
        return {};
    auto body = line.substr(marker + std::string_view("// warploom:").size());
    body = body.substr(0, body.find("//"));
    const auto begin = body.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string() : std::string(body.substr(begin));
}

class Speaker {
public:
    Speaker(const KernelScope& kernel, const LaunchLine& launch, const VarDecl* var)
        : m_kernel(kernel)
        , m_launch(launch)
        , m_var(var)
    {
    }

    /// Sets isUnknown() where it has no words.
    std::string say(const Expr* expression)
    {
        expression = expression->IgnoreParens()->IgnoreImplicit()->IgnoreParenImpCasts();
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression))
            return sayReference(reference);
        if (llvm::isa<IntegerLiteral, FloatingLiteral, CXXBoolLiteralExpr>(expression))
            return known(m_kernel.source().text(expression));
        if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression))
            return fmt::format("{}[{}]", say(subscript->getBase()), say(subscript->getIdx()));
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression))
            return fmt::format("({}{}{})", say(binary->getLHS()), binary->getOpcodeStr().str(), say(binary->getRHS()));
        if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
            unary != nullptr && !unary->isIncrementDecrementOp())
            return fmt::format("({}{})", UnaryOperator::getOpcodeStr(unary->getOpcode()).str(),
                               say(unary->getSubExpr()));
        if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression))
            return fmt::format("({}?{}:{})", say(choice->getCond()), say(choice->getTrueExpr()),
                               say(choice->getFalseExpr()));
        if (const auto* cast = llvm::dyn_cast<ExplicitCastExpr>(expression))
            return fmt::format("{}({})", typeOf(cast->getType()), say(cast->getSubExpr()));
        if (const auto* made = llvm::dyn_cast<CXXConstructExpr>(expression); made != nullptr && made->getNumArgs() == 1)
            return say(made->getArg(0));
        if (const auto* call = llvm::dyn_cast<CallExpr>(expression))
            return sayCall(call);
        return known({});
    }
    [[nodiscard]] bool isUnknown() const { return m_isUnknown; }

private:
    std::string known(std::string text)
    {
        m_isUnknown = m_isUnknown || text.empty();
        return text;
    }

    static std::string typeOf(QualType type) { return type.getCanonicalType().getUnqualifiedType().getAsString(); }

    std::string sayReference(const DeclRefExpr* reference)
    {
        const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || var->isFileVarDecl())
            return known(identifierOf(reference->getDecl()).str());
        if (var == m_var)
            return "$";
        if (m_kernel.isModified(var))
            return known({});
        if (llvm::isa<ParmVarDecl>(var))
            return fmt::format("<{}:{}>", known(m_kernel.argumentOf(m_launch, reference)),
                               typeOf(innermostElement(var->getType())));
        if (!var->hasInit())
            return known({});
        const auto value = say(var->getInit());
        const auto* plain = var->getInit()->IgnoreParenImpCasts();
        return m_kernel.source().context().hasSameUnqualifiedType(var->getType(), plain->getType())
            ? value
            : fmt::format("{}({})", typeOf(var->getType()), value);
    }

    std::string sayCall(const CallExpr* call)
    {
        auto text = known(calleeName(call)) + "(";
        for (const Expr* argument : call->arguments())
            text += say(argument) + ",";
        return text + ")";
    }

    const KernelScope& m_kernel;
    const LaunchLine& m_launch;
    const VarDecl* m_var;
    bool m_isUnknown = false;
};

}  // namespace

std::set<std::string> namesIn(std::string_view text)
{
    std::set<std::string> names;
    for (const auto& token : tokensOf(text))
        if (token.kind == SourceToken::Kind::Word && (token.range.begin == 0 || text[token.range.begin - 1] != '.'))
            names.emplace(text.substr(token.range.begin, token.range.size()));
    return names;
}

bool isPlainWord(const std::string& text)
{
    return std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::optional<std::string> hostWords(const KernelScope& kernel, const LaunchLine& launch, const IndexForm& form)
{
    const auto parameters = kernel.kernel().parameters();
    std::string sum;
    for (const auto& [monomial, factor] : form.terms()) {
        std::string product = monomial.empty() || factor != 1 ? std::to_string(factor) : std::string();
        for (const auto& symbol : monomial) {
            const auto parameter = std::find_if(parameters.begin(), parameters.end(), [&](const ParmVarDecl* one) {
                return kernel.symbolOf(one) == symbol && !kernel.isModified(one);
            });
            if (parameter == parameters.end() || launch.arguments.size() != parameters.size())
                return std::nullopt;
            const auto at = static_cast<std::size_t>(parameter - parameters.begin());
            const auto text = kernel.source().text(launch.arguments[at]);
            product += fmt::format(
                fmt::runtime(isPlainWord(text) || form.terms().size() * monomial.size() == 1 ? "{}{}" : "{}({})"),
                product.empty() ? "" : " * ", text);
        }
        sum += (sum.empty() ? "" : " + ") + product;
    }
    return sum.empty() ? "0" : sum;
}

std::optional<std::string> hostWords(const KernelScope& kernel, const LaunchLine& launch, const Expr* expression)
{
    const auto form = kernel.form(expression);
    return form ? hostWords(kernel, launch, *form) : std::nullopt;
}

std::optional<std::string> canonicalWords(const KernelScope& kernel, const LaunchLine& launch, const Expr* expression,
                                          const VarDecl* var)
{
    Speaker speaker(kernel, launch, var);
    const auto words = speaker.say(expression);
    return speaker.isUnknown() ? std::nullopt : std::optional(words);
}

std::string withoutLets(const DirectiveEditor& directives, const std::string& expression)
{
    auto text = squeezed(expression);
    // Later lets may name earlier ones.
    for (auto let = directives.lets().rbegin(); let != directives.lets().rend(); ++let) {
        const auto value = squeezed(directives.text(let->expression));
        text =
            text == let->name ? value : withIdentifier(text, let->name, isPlainWord(value) ? value : "(" + value + ")");
    }
    return text;
}

bool passesApart(const KernelScope& kernel, const std::set<const VarDecl*>& written)
{
    const auto parameters = kernel.kernel().parameters();
    for (const auto* launch : kernel.launches())
        for (std::size_t i = 0; i < launch->arguments.size() && i < parameters.size(); ++i)
            for (std::size_t j = 0; j < launch->arguments.size(); ++j)
                if (i != j && written.count(parameters[i]) > 0
                    && squeezed(kernel.source().text(launch->arguments[i]))
                        == squeezed(kernel.source().text(launch->arguments[j])))
                    return false;
    return true;
}

std::string initialiserText(const ParsedSource& source, const VarDecl* var, const std::string& text)
{
    const auto& context = source.context();
    if (var->getType()->getContainedDeducedType() == nullptr
        || context.hasSameUnqualifiedType(var->getType(), context.UnsignedIntTy))
        return text;
    const auto type = var->getType().getCanonicalType().getUnqualifiedType();
    return fmt::format("static_cast<{}>({})", type.getAsString(context.getPrintingPolicy()), text);
}

bool isPlainLaunch(const ParsedSource& source, const LaunchLine& launch)
{
    if (launch.arguments.empty())
        return false;
    const auto rest = directiveOf("// warploom: " + source.text({launch.arguments.back().end, launch.line.end}));
    return squeezed(rest) == ")";
}

bool isAlone(const MoveContext& context, const std::vector<const LaunchLine*>& launches)
{
    for (std::size_t i = 1; i < launches.size(); ++i) {
        const auto& source = context.source();
        if (launches[i]->line.begin < launches[i - 1]->line.end)
            return false;
        const auto between = source.text({launches[i - 1]->line.end, launches[i]->line.begin});
        for (std::size_t at = 0; at < between.size();) {
            const auto end = std::min(between.find('\n', at), between.size());
            const auto directive = directiveOf(std::string_view(between).substr(at, end - at));
            const auto word = directive.substr(0, directive.find(' '));
            if (word == "launch" || word == "zero" || word == "constant")
                return false;
            at = end + 1;
        }
    }
    return true;
}

TextRange lineAround(const ParsedSource& source, std::size_t offset)
{
    const auto text = source.text();
    const auto above = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
    return {above == std::string_view::npos ? 0 : above + 1, std::min(text.find('\n', offset), text.size())};
}

bool isNamed(const ParsedSource& source, const std::string& name, const std::vector<TextRange>& except)
{
    for (std::size_t at = 0; at < source.text().size();) {
        const auto line = lineAround(source, at);
        if (std::ranges::find(except, line) == except.end() && mentions(directiveOf(source.text(line)), name))
            return true;
        at = line.end + 1;
    }
    return false;
}

std::optional<TextRange> wholeDefinition(const KernelScope& kernel)
{
    const auto text = kernel.source().text();
    auto begin = offsetBeforeKernel(kernel);
    const auto body = kernel.source().range(kernel.kernel().getBody());
    if (!begin || !body || text.substr(*begin, body->begin - *begin).find('{') != std::string_view::npos)
        return std::nullopt;
    while (*begin > 0) {
        const auto above = *begin < 2 ? std::string_view::npos : text.rfind('\n', *begin - 2);
        const auto line = above == std::string_view::npos ? 0 : above + 1;
        const auto words = text.substr(line, *begin - 1 - line);
        if (!words.starts_with("//") || words.find("warploom:") != std::string_view::npos
            || words.find("SPDX") != std::string_view::npos)
            break;
        begin = line;
    }
    return TextRange{*begin, std::min(text.find_first_not_of("\n", body->end), text.size())};
}

std::optional<TextRange> scratchLine(const ParsedSource& source, const std::string& name)
{
    const auto text = source.text();
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto directive = directiveOf(text.substr(at, end - at));
        if (directive.starts_with("scratch ") && mentions(directive.substr(0, directive.find('[')), name))
            return TextRange{at, end};
        at = end + 1;
    }
    return std::nullopt;
}

}  // namespace warploom
