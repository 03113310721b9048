// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <clang/AST/DeclTemplate.h>

#include "moves/InstanceNames.h"
#include "moves/PlainForm.h"
#include "moves/SourceTokens.h"

namespace warploom {

namespace {

using namespace clang;

/// template <int R> of a kernel that is only ever launched as kernel<6>: the kernel with 6 for R.
class PlainInstance : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a template as its instance"; }
    [[nodiscard]] bool looksWithin() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* family = kernel.kernel().getDescribedFunctionTemplate();
        if (family == nullptr || family->getTemplateParameters()->hasParameterPack())
            return std::nullopt;
        std::optional<std::vector<std::string>> arguments;
        SourceEdit edit(kernel.source().text());
        for (const auto* launch : kernel.launches()) {
            const auto range = argumentRange(kernel.source(), *launch);
            const auto own = range ? split(kernel.source().text(*range)) : std::vector<std::string>{};
            if (!range || (arguments && *arguments != own))
                return std::nullopt;
            arguments = own;
            edit.remove({range->begin - 1, range->end + 1});
        }
        return arguments && edited(kernel, *family, *arguments, edit) ? edit.apply() : std::nullopt;
    }

private:
    using Words = std::map<std::string, std::string>;

    /// Of what stands between the brackets of kernel<…><<<.
    static std::optional<TextRange> argumentRange(const ParsedSource& source, const LaunchLine& launch)
    {
        const auto text = source.text();
        const auto launched = text.rfind("<<<", launch.grid.begin);
        const auto open = text.find('<', text.find(launch.kernel, launch.line.begin) + launch.kernel.size());
        if (launched == std::string_view::npos || open >= launched || launched < launch.line.begin)
            return std::nullopt;
        const auto close = text.rfind('>', launched);
        return close == std::string_view::npos || close <= open ? std::nullopt
                                                                : std::optional(TextRange{open + 1, close});
    }

    static std::vector<std::string> split(const std::string& text)
    {
        std::vector<std::string> parts(1);
        int depth = 0;
        for (const char c : text) {
            depth += c == '<' || c == '(' ? 1 : c == '>' || c == ')' ? -1 : 0;
            if (c == ',' && depth == 0)
                parts.emplace_back();
            else if (c != ' ' || (!parts.back().empty() && parts.back().back() != ' '))
                parts.back() += c;
        }
        for (auto& part : parts)
            part.erase(part.find_last_not_of(' ') + 1);
        return parts;
    }

    static bool isNumber(std::string_view text)
    {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    }

    /// What a parameter for a number is in the kernel: of the parameter's own type.
    static std::string numberText(const ParsedSource& source, const NonTypeTemplateParmDecl& parameter,
                                  const std::string& argument)
    {
        const auto type = parameter.getType();
        if (type->isDependentType() || !type->isIntegralOrEnumerationType())
            return {};
        const bool isSame = source.context().hasSameUnqualifiedType(type, source.context().IntTy)
            ? isNumber(argument) || source.directives().findTune(argument) != nullptr
            : type->isBooleanType() && (argument == "true" || argument == "false");
        return isSame ? argument : fmt::format("static_cast<{}>({})", declaredAs(source, type, ""), argument);
    }

    /// Types of words alone: "const T" of a pointer would be another one.
    static std::string typeText(const std::string& argument)
    {
        const bool isPlain = argument.find_first_of("*&[](){}") == std::string::npos;
        return isPlain ? argument : std::string();
    }

    static std::optional<Words> wordsOf(const ParsedSource& source, const TemplateParameterList& parameters,
                                        const std::vector<std::string>& arguments)
    {
        Words words;
        for (unsigned i = 0; i < parameters.size(); ++i) {
            const auto* parameter = parameters.getParam(i);
            const auto* number = llvm::dyn_cast<NonTypeTemplateParmDecl>(parameter);
            std::string text = i < arguments.size() ? arguments[i] : std::string();
            if (number != nullptr && text.empty() && number->hasDefaultArgument())
                if (const auto range = source.range(number->getDefaultArgument().getSourceRange()))
                    text = source.text(*range);
            if (text.empty() || llvm::isa<TemplateTemplateParmDecl>(parameter))
                return std::nullopt;
            text = number != nullptr ? numberText(source, *number, text) : typeText(text);
            if (text.empty())
                return std::nullopt;
            if (const auto name = identifierOf(parameter).str(); !name.empty())
                words[name] = text;
        }
        return arguments.size() <= parameters.size() ? std::optional(words) : std::nullopt;
    }

    static bool edited(const KernelScope& kernel, const FunctionTemplateDecl& family,
                       const std::vector<std::string>& arguments, SourceEdit& edit)
    {
        const auto& source = kernel.source();
        const auto& parameters = *family.getTemplateParameters();
        const auto words = wordsOf(source, parameters, arguments);
        const auto begin = source.offset(parameters.getTemplateLoc());
        const auto close = source.offset(parameters.getRAngleLoc());
        const auto body = source.range(kernel.kernel().getBody());
        if (!words || !begin || !close || !body || *body < TextRange{*close, *close})
            return false;
        const auto head = source.text().find_first_not_of(" \t\n", *close + 1);
        edit.remove({*begin, head});
        const auto text = source.text().substr(head, body->end - head);
        std::string before;
        for (const auto& token : tokensOf(text)) {
            if (token.kind == SourceToken::Kind::Directive)
                return false;
            if (token.kind == SourceToken::Kind::Comment)
                continue;
            const auto word = std::string(text.substr(token.range.begin, token.range.size()));
            const auto known = token.kind == SourceToken::Kind::Word ? words->find(word) : words->end();
            if (known != words->end()) {
                if (before == "." || before == "->" || before == "::")
                    return false;
                edit.replace({head + token.range.begin, head + token.range.end}, known->second);
            }
            before = word;
        }
        return true;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainInstance() { return std::make_unique<PlainInstance>(); }

}  // namespace warploom
