// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/MacroCalls.h"

#include "moves/KernelScope.h"
#include "moves/SourceTokens.h"

namespace warploom {

using namespace clang;

namespace {

/// Where in the file code that a macro makes begins, for \p function and those that it calls.
void findOrigins(const ParsedSource& source, const FunctionDecl& function, std::set<const FunctionDecl*>& visited,
                 std::set<std::size_t>& origins)
{
    const FunctionDecl* definition = nullptr;
    if (!function.hasBody(definition) || !visited.insert(definition).second)
        return;
    const auto& sources = source.context().getSourceManager();
    walk(definition->getBody(), [&](const Stmt* node) {
        const auto begin = node->getBeginLoc();
        if (const auto at = begin.isMacroID() ? source.offset(sources.getExpansionLoc(begin)) : std::nullopt)
            origins.insert(*at);
        const auto* call = llvm::dyn_cast<CallExpr>(node);
        if (call != nullptr && call->getDirectCallee() != nullptr)
            findOrigins(source, *call->getDirectCallee(), visited, origins);
        return true;
    });
}

/// A token of a macro's text.
struct MacroWord {
    std::string text;
    bool isApart = false;  ///< a blank stands before it
};

struct MacroDefinition {
    std::vector<std::string> parameters;  ///< the last one __VA_ARGS__ where any number may follow
    std::vector<MacroWord> words;

    [[nodiscard]] bool isVariadic() const { return !parameters.empty() && parameters.back() == "__VA_ARGS__"; }
    [[nodiscard]] std::optional<std::size_t> numberOf(const std::string& word) const
    {
        const auto found = std::ranges::find(parameters, word);
        return found == parameters.end() ? std::nullopt
                                         : std::optional(static_cast<std::size_t>(found - parameters.begin()));
    }
};

/// The directive whose hash is at \p begin, with blanks for breaks of lines, without the hash.
std::string directiveAt(std::string_view text, std::size_t begin)
{
    std::string line;
    for (std::size_t at = begin + 1; at < text.size(); ++at) {
        if (text[at] != '\n') {
            line += text[at];
            continue;
        }
        const auto last = line.find_last_not_of('\r');
        if (last == std::string::npos || line[last] != '\\')
            break;
        line.resize(last);
        line += ' ';
    }
    return line;
}

/// Without remarks.
std::vector<MacroWord> wordsOfDirective(const std::string& line)
{
    std::vector<MacroWord> words;
    std::size_t last = 0;
    for (const auto& token : tokensOf(line)) {
        if (token.kind == SourceToken::Kind::Comment || token.range.size() == 0)
            continue;
        words.push_back({line.substr(token.range.begin, token.range.size()), token.range.begin > last});
        last = token.range.end;
    }
    return words;
}

/// What stands behind `define`, for a macro with parameters that makes no words or strings of them, and does not call
/// itself.
std::optional<MacroDefinition> definitionOf(const std::vector<MacroWord>& words)
{
    // define NAME ( a , b ) text
    if (words.size() < 4 || words[2].text != "(" || words[2].isApart)
        return std::nullopt;
    MacroDefinition macro;
    std::size_t at = 3;
    for (; at < words.size() && words[at].text != ")"; ++at)
        if (words[at].text != ",")
            macro.parameters.push_back(words[at].text == "..." ? "__VA_ARGS__" : words[at].text);
    if (at == words.size())
        return std::nullopt;
    macro.words.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
    const bool isPlain = std::ranges::none_of(macro.words, [&](const MacroWord& word) {
        return isOneOf(word.text, {"#", "##", "__VA_OPT__"}) || word.text == words[1].text;
    });
    return isPlain ? std::optional(macro) : std::nullopt;
}

/// Macros that have one meaning all over the file, whatever tunables and compilers say.
class FixedMacros {
public:
    FixedMacros(std::string_view text, const std::vector<SourceToken>& tokens)
    {
        for (const auto& token : tokens)
            if (token.kind == SourceToken::Kind::Directive)
                read(wordsOfDirective(directiveAt(text, token.range.begin)));
    }

    /// Null where there is none of that name.
    [[nodiscard]] const MacroDefinition* find(const std::string& name) const
    {
        const auto found = m_definitions.find(name);
        return found == m_definitions.end() || !found->second ? nullptr : &*found->second;
    }

private:
    void read(const std::vector<MacroWord>& words)
    {
        if (words.empty())
            return;
        const auto& kind = words.front().text;
        const auto subject = words.size() > 1 ? words[1].text : std::string();
        if (kind == "define" || kind == "undef") {
            // Only where there was none: as good as by no condition.
            const bool isFixed = m_conditions.empty() || (m_conditions.size() == 1 && m_conditions[0] == subject);
            const bool isFirst = m_definitions.count(subject) == 0;
            m_definitions[subject] = kind == "define" && isFixed && isFirst ? definitionOf(words) : std::nullopt;
        } else if (isOneOf(kind, {"if", "ifdef", "ifndef"}))
            m_conditions.push_back(kind == "ifndef" ? subject : std::string());
        else if (isOneOf(kind, {"elif", "elifdef", "elifndef", "else"}) && !m_conditions.empty())
            m_conditions.back().clear();
        else if (kind == "endif" && !m_conditions.empty())
            m_conditions.pop_back();
    }

    std::map<std::string, std::optional<MacroDefinition>> m_definitions;  ///< nothing for those of several meanings
    std::vector<std::string> m_conditions;  ///< open ones, by what must not be defined
};

/// Whether two texts side by side could be read as other tokens than apart.
bool runTogether(std::string_view before, std::string_view after)
{
    if (before.empty() || after.empty())
        return false;
    const auto isWord = [](char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '.' || letter == '"'
            || letter == '\'';
    };
    const auto isSign = [](char letter) {
        return std::string_view("+-<>=&|*/:%^!#.").find(letter) != std::string::npos;
    };
    return (isWord(before.back()) && isWord(after.front())) || (isSign(before.back()) && isSign(after.front()));
}

void append(std::string& text, std::string_view part, bool isApart)
{
    if (!part.empty() && !text.empty() && text.back() != ' ' && (isApart || runTogether(text, part)))
        text += ' ';
    text += part;
}

class CallReader {
public:
    explicit CallReader(const ParsedSource& source)
        : m_source(source)
        , m_tokens(tokensOf(source.text()))
        , m_fixed(source.text(), m_tokens)
    {
    }

    [[nodiscard]] std::optional<MacroCall> callAt(std::size_t offset) const
    {
        const auto name =
            std::ranges::lower_bound(m_tokens, offset, {}, [](const auto& one) { return one.range.begin; });
        if (name == m_tokens.end() || name->range.begin != offset || name->kind != SourceToken::Kind::Word)
            return std::nullopt;
        const auto* macro = m_fixed.find(std::string(text(*name)));
        auto end = name->range.end;
        const auto arguments = macro == nullptr ? std::nullopt
                                                : argumentsAt(static_cast<std::size_t>(name - m_tokens.begin()) + 1,
                                                              macro->isVariadic() ? macro->parameters.size() : 0, end);
        const bool isWithout = macro != nullptr && macro->parameters.empty() && arguments && arguments->size() == 1
            && arguments->front().empty();
        if (!arguments || (arguments->size() != macro->parameters.size() && !isWithout))
            return std::nullopt;
        auto made = expanded(*macro, *arguments);
        const auto whole = m_source.text();
        if (runTogether(whole.substr(0, offset), made))
            made.insert(0, " ");
        if (runTogether(made, whole.substr(end)))
            made += ' ';
        return MacroCall{{offset, end}, std::move(made)};
    }

private:
    [[nodiscard]] std::string_view text(const SourceToken& token) const
    {
        return m_source.text().substr(token.range.begin, token.range.size());
    }

    /// What stands in the parentheses that follow token \p at, cut at its commas into not more than \p most arguments,
    /// if that is not 0; \p end becomes what is behind them.
    [[nodiscard]] std::optional<std::vector<std::string>> argumentsAt(std::size_t at, std::size_t most,
                                                                      std::size_t& end) const
    {
        std::vector<std::string> arguments;
        int depth = 0;
        std::size_t last = end;
        for (; at < m_tokens.size() && m_tokens[at].kind != SourceToken::Kind::Directive; ++at) {
            const auto& token = m_tokens[at];
            const auto word = text(token);
            if (token.kind == SourceToken::Kind::Comment)
                continue;
            depth += word == "(" ? 1 : word == ")" ? -1 : 0;
            if (depth == 0) {
                end = token.range.end;
                return arguments.empty() ? std::nullopt : std::optional(arguments);
            }
            const bool isComma = word == "," && depth == 1 && (most == 0 || arguments.size() < most);
            if (arguments.empty() || isComma)
                arguments.emplace_back();
            else
                append(arguments.back(), word, token.range.begin > last);
            last = token.range.end;
        }
        return std::nullopt;
    }

    /// Each argument in the place of its parameter.
    static std::string expanded(const MacroDefinition& macro, const std::vector<std::string>& arguments)
    {
        std::string text;
        for (const auto& word : macro.words) {
            const auto number = macro.numberOf(word.text);
            append(text, number ? arguments[*number] : word.text, word.isApart);
        }
        return text;
    }

    const ParsedSource& m_source;
    std::vector<SourceToken> m_tokens;
    FixedMacros m_fixed;
};

}  // namespace

std::vector<MacroCall> macroCalls(const ParsedSource& source, const FunctionDecl& function)
{
    std::set<const FunctionDecl*> visited;
    std::set<std::size_t> origins;
    findOrigins(source, function, visited, origins);
    std::vector<MacroCall> calls;
    if (origins.empty())
        return calls;
    const CallReader reader(source);
    for (const auto origin : origins)
        if (auto call = reader.callAt(origin))
            calls.push_back(std::move(*call));
    return calls;
}

}  // namespace warploom
