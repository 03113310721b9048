// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/OnlineCode.h"

namespace warploom {

using namespace clang;

namespace {

// The distances are counted from an element of the row: what rounding takes from a mean is small against them then. As
// good as two passes: the mean of what a thread has seen is corrected, nothing large is taken from anything large.
const OnlineCode kSquares{
    "// Squares in the same pass: each thread adds up those of the distances from the mean of what it has seen.\n"
    "const @type@ @origin@ = @any@ ? @first@ : @zero@;\n"
    "@type@ @middle@ = 0;\n"
    "@type@ @spread@ = 0;\n"
    "@type@ @seen@ = 0;\n",
    "const @type@ @entry@ = @f@ - @origin@;\n"
    "const @type@ @ahead@ = @entry@ - @middle@;\n"
    "@seen@ += 1;\n"
    "@middle@ += @step@;\n"
    "@spread@ += @ahead@ * (@entry@ - @middle@);\n",
    "if (@seen@ > 0) {\n"
    "    const @type@ @off@ = @middle@ - (@number@ - @origin@);  // from the mean of all to the thread's own\n"
    "    @result@ += @spread@ + @seen@ * @off@ * @off@;\n"
    "}",
    {"middle", "spread", "seen"},
    "if (@seen_of@ > 0) {\n"
    "    const @type@ @off@ = @middle_of@ - (@number@ - @origin@);  // from the mean of all to the strip's own\n"
    "    @result@ += @spread_of@ + @seen_of@ * @off@ * @off@;\n"
    "}",
    "const @type@ @origin@ = @any@ ? @first@ : @zero@;"};

const OnlineCode kExponentials{
    "// Exponentials in the same pass: each thread adds them up in terms of the largest that it has seen so far.\n"
    "@type@ @high@ = @lowest@;\n"
    "@type@ @scaled@ = 0;\n",
    // The larger of two powers is 1 in terms of itself: one exponential an element, and no branch that lanes take
    // apart.
    "const @type@ @entry@ = @f@;\n"
    "const @type@ @ahead@ = @entry@ - @high@;\n"
    "const @type@ @ratio@ = @exp@(-@abs@(@ahead@));\n"
    "@scaled@ = @ahead@ > 0 ? @scaled@ * @ratio@ + 1 : @scaled@ + @ratio@;\n"
    "@high@ = @max@(@high@, @entry@);\n",
    "if (@own@)\n"
    "    @result@ += @scaled@ * @exp@(@high@ - @number@);",
    {"high", "scaled"},
    "if (@own@)\n"
    "    @result@ += @scaled_of@ * @exp@(@high_of@ - @number@);",
    ""};

}  // namespace

const OnlineCode& onlineCode(OnlineSum kind) { return kind == OnlineSum::Squares ? kSquares : kExponentials; }

CodeValues onlineValues(const MoveContext& context, const OnlinePass& pass)
{
    const auto& source = context.source();
    const auto& directives = context.directives();
    const bool isFloat = pass.type == "float";
    const auto isName = [](const std::string& text) { return text.find_first_of(" +-*/%()[].") == std::string::npos; };
    std::string any;
    std::string own;
    for (const auto& loop : pass.first) {
        const auto type = loop.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        const auto text = source.text(loop.bound);
        const auto bound = isName(text) ? text : "(" + text + ")";
        const auto start = source.text(loop.start);
        any += fmt::format("{}{} > 0", any.empty() ? "" : " && ", bound);
        own += start == "0" ? fmt::format("{}0 < {}", own.empty() ? "" : " && ", bound)
                            : fmt::format("{}static_cast<{}>({}) < {}", own.empty() ? "" : " && ", type, start, bound);
    }
    CodeValues values{{"type", pass.type},
                      {"step", isFloat ? "__fdividef(@ahead@, @seen@)" : "@ahead@ / @seen@"},
                      {"zero", isFloat ? "0.0f" : "0.0"},
                      {"lowest", isFloat ? "-3.402823466e+38f" : "-1.7976931348623157e+308"},
                      {"any", any},
                      {"first", pass.origin},
                      {"f", pass.value},
                      {"number", isName(pass.number) ? pass.number : "(" + pass.number + ")"},
                      {"result", pass.result->getNameAsString()},
                      {"exp", pass.exponential},
                      {"abs", isFloat ? "fabsf" : "fabs"},
                      {"max", isFloat ? "fmaxf" : "fmax"},
                      {"own", own}};
    for (const char* name : {"origin", "middle", "spread", "seen", "entry", "ahead", "off", "high", "scaled", "ratio"})
        values.emplace_back(name, directives.freshName(name));
    return values;
}

std::optional<std::vector<Replacement>> withEachElement(const ParsedSource& source, const CountedLoop& loop,
                                                        const std::string& each)
{
    const auto* statement = loop.statement;
    const auto body = source.statementRange(statement->getBody());
    const auto close = source.offset(statement->getRParenLoc());
    const auto head = source.offset(statement->getForLoc());
    if (!body || !close || !head)
        return std::nullopt;
    const auto margin = indentationAt(source.text(), *head);
    const auto lines = reindented(each, margin + "    ");
    if (llvm::isa<CompoundStmt>(statement->getBody()))
        return std::vector<Replacement>{{{body->begin + 1, body->begin + 1}, "\n" + lines.substr(0, lines.size() - 1)}};
    return std::vector<Replacement>{
        {{*close + 1, body->end},
         fmt::format(" {{\n{}{}{}}}", lines,
                     reindented(indentationAt(source.text(), body->begin) + source.text(*body), margin + "    "),
                     margin)}};
}

}  // namespace warploom
