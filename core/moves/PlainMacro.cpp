// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/SourceTokens.h"

namespace warploom {

namespace {

using namespace clang;

/// A macro with parameters, and its text without the breaks of lines.
struct LoopMacro {
    std::vector<std::string> parameters;
    std::string text;
};

/// KERNEL_LOOP(i, n) { … } says the loop that the macro makes of it.
class PlainMacro : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "the loop of a macro"; }
    [[nodiscard]] bool looksWithin() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* loop = llvm::dyn_cast<ForStmt>(node);
                loop != nullptr && !made && loop->getBeginLoc().isMacroID())
                made = written(kernel.source(), *loop);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> written(const ParsedSource& source, const ForStmt& loop)
    {
        const auto& manager = source.context().getSourceManager();
        const auto at = source.offset(manager.getExpansionLoc(loop.getBeginLoc()));
        // What is not made by the macro stays where it is.
        if (!at || loop.getBody()->getBeginLoc().isMacroID())
            return std::nullopt;
        const std::string_view text = source.text();
        std::size_t end = *at;
        while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
            ++end;
        const std::string name(text.substr(*at, end - *at));
        const auto macro = macroOf(text, name);
        const auto arguments = macro ? argumentsAt(text, end) : std::nullopt;
        if (!arguments || arguments->size() != macro->parameters.size())
            return std::nullopt;
        const auto made = expanded(*macro, *arguments);
        if (made.rfind("for", 0) != 0)
            return std::nullopt;
        SourceEdit edit(text);
        edit.replace({*at, end}, made);
        return edit.apply();
    }

    /// The one definition of \p name, where it has parameters and makes no names of them.
    static std::optional<LoopMacro> macroOf(std::string_view text, const std::string& name)
    {
        std::optional<LoopMacro> found;
        for (const auto& token : tokensOf(text)) {
            if (token.kind != SourceToken::Kind::Directive)
                continue;
            const std::string line(text.substr(token.range.begin, token.range.size()));
            if (!mentions(line, name))
                continue;
            auto macro = read(line, name);
            // Undefined, defined again, or part of another.
            if (!macro || found)
                return std::nullopt;
            found = std::move(macro);
        }
        return found;
    }

    static std::optional<LoopMacro> read(const std::string& line, const std::string& name)
    {
        const auto word = line.find("define");
        const auto at = word == std::string::npos ? word : line.find_first_not_of(" \t", word + 6);
        if (at == std::string::npos || line.compare(at, name.size() + 1, name + "(") != 0)
            return std::nullopt;
        std::size_t end = at + name.size();
        const auto parameters = argumentsAt(line, end);
        if (!parameters || line.find('#', end) != std::string::npos || line.find("//", end) != std::string::npos
            || line.find("/*", end) != std::string::npos || line.find("__VA_ARGS__") != std::string::npos)
            return std::nullopt;
        LoopMacro macro{*parameters, {}};
        for (std::size_t i = end; i < line.size(); ++i) {
            const char letter =
                line[i] == '\n' || line[i] == '\r' || line[i] == '\t' || line[i] == '\\' ? ' ' : line[i];
            if (letter != ' ' || (!macro.text.empty() && macro.text.back() != ' '))
                macro.text += letter;
        }
        while (!macro.text.empty() && macro.text.back() == ' ')
            macro.text.pop_back();
        return macro;
    }

    /// What stands in the parentheses at \p at, which is moved behind them, cut at its commas.
    static std::optional<std::vector<std::string>> argumentsAt(std::string_view text, std::size_t& at)
    {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t'))
            ++at;
        if (at >= text.size() || text[at] != '(')
            return std::nullopt;
        std::vector<std::string> arguments(1);
        int depth = 0;
        for (std::size_t i = at; i < text.size(); ++i) {
            const char letter = text[i];
            if (letter == '"' || letter == '\'' || letter == '#')
                return std::nullopt;
            depth += letter == '(' || letter == '[' || letter == '{' ? 1
                : letter == ')' || letter == ']' || letter == '}'    ? -1
                                                                     : 0;
            if (depth == 0) {
                at = i + 1;
                for (auto& argument : arguments)
                    argument = trimmed(argument);
                return arguments;
            }
            if (letter == ',' && depth == 1)
                arguments.emplace_back();
            else if (i > at)
                arguments.back() += letter;
        }
        return std::nullopt;
    }

    static std::string trimmed(const std::string& text)
    {
        const auto first = text.find_first_not_of(" \t\r\n");
        return first == std::string::npos ? std::string()
                                          : text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
    }

    /// Each argument in the place of its parameter, all at once.
    static std::string expanded(const LoopMacro& macro, const std::vector<std::string>& arguments)
    {
        std::string text;
        std::size_t done = 0;
        for (const auto& token : tokensOf(macro.text)) {
            const auto word = macro.text.substr(token.range.begin, token.range.size());
            const auto found = std::ranges::find(macro.parameters, word);
            if (token.kind != SourceToken::Kind::Word || found == macro.parameters.end())
                continue;
            text += macro.text.substr(done, token.range.begin - done)
                + arguments[static_cast<std::size_t>(found - macro.parameters.begin())];
            done = token.range.end;
        }
        return text + macro.text.substr(done);
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainMacro() { return std::make_unique<PlainMacro>(); }

}  // namespace warploom
