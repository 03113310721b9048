// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StripCode.h"

#include "moves/OnlineCode.h"

namespace warploom {

using namespace clang;

namespace {

TextRange parametersEnd(const KernelScope& kernel)
{
    const auto* parameter = kernel.kernel().getParamDecl(kernel.kernel().getNumParams() - 1);
    const auto range = kernel.source().range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
    return range ? TextRange{range->end, range->end} : TextRange{};
}

std::string operand(const std::string& text)
{
    return text.find_first_of("?&|^<>=,") == std::string::npos ? text : "(" + text + ")";
}

/// \p code with all lines but the first at \p indentation, without the last one's end.
std::string hanging(const std::string& code, const std::string& indentation)
{
    const auto lines = reindented(code, indentation);
    return lines.substr(indentation.size(), lines.size() - indentation.size() - 1);
}

/// Whether a variable of \p kernel hides what else \p name stands for.
bool hidesName(const KernelScope& kernel, llvm::StringRef name)
{
    bool hides =
        std::ranges::any_of(kernel.kernel().parameters(), [&](const auto* one) { return one->getName() == name; });
    walk(kernel.kernel().getBody(), [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        hides = hides
            || (reference != nullptr && llvm::isa<VarDecl>(reference->getDecl())
                && identifierOf(reference->getDecl()) == name);
        return !hides;
    });
    return hides;
}

}  // namespace

StripCode::StripCode(const MoveContext& context, const KernelScope& kernel, const StripFolds& folds,
                     const OnlinePass* pass)
    : m_source(context.source())
    , m_kernel(kernel)
    , m_folds(folds)
    , m_pass(pass)
{
    const auto& directives = context.directives();
    const auto* index = folds.guarded.indices[0].var;
    m_values = {{"STRIPS", directives.freshName("STRIPS")},
                {"strip", directives.freshName("strip")},
                {"length", directives.freshName("strip_length")},
                {"end", directives.freshName("strip_end")},
                {"i", index->getNameAsString()},
                {"outputs", operand(m_source.text(folds.guarded.bounds.at(index)))}};
    nameLaunches(directives);
    if (m_pass != nullptr)
        addState(context);
}

std::vector<std::string> StripCode::kernels() const
{
    std::vector<std::string> names;
    for (const auto& launch : m_launches)
        names.push_back(launch.kernel);
    return names;
}

bool StripCode::apply(SourceEdit& edit, const LaunchLine& launch)
{
    const auto parameters = parametersEnd(m_kernel);
    const auto outputs = m_kernel.argumentOf(launch, m_folds.guarded.bounds.at(m_folds.guarded.indices[0].var));
    if (outputs.empty() || parameters.end == 0 || launch.arguments.empty())
        return false;
    const TextRange arguments{launch.arguments.front().begin, launch.arguments.back().end};
    std::string lines;
    std::string passed;
    for (std::size_t at = 0; at < m_launches.size(); ++at) {
        const auto strips = stripsText(at);
        const auto added = m_source.statementRange(m_launches[at].counted.statement);
        if (!strips || !added)
            return false;
        edit.insert(m_folds.definition.begin, *strips);
        edit.insert(parameters.end, declared(m_launches[at], true));
        edit.replace(*added, addedText(m_launches[at]));
        for (const auto& partial : m_launches[at].partials) {
            lines += filled(fmt::format("// warploom: scratch {} {}[@STRIPS@ * ({})]\n", partial.name,
                                        partial.scratchType, outputs),
                            m_values);
            passed += ", " + partial.name;
        }
        lines += filled(fmt::format("// warploom: launch {}<<<dim3({}, @STRIPS@), {}>>>({}{})\n", m_launches[at].kernel,
                                    m_source.text(launch.gridParts.front()), m_source.text(launch.block),
                                    m_source.text(arguments), passed),
                        m_values);
    }
    edit.insert(launch.line.begin, lines);
    edit.insert(arguments.end, passed);
    return m_pass == nullptr || join(edit);
}

void StripCode::nameLaunches(const DirectiveEditor& directives)
{
    const bool isOne = m_folds.loops.size() == 1 && m_folds.loops[0].folds.size() == 1;
    std::set<std::string> variables;
    for (const auto& loop : m_folds.loops) {
        const auto number = m_launches.empty() ? std::string() : fmt::format("_{}", m_launches.size() + 1);
        auto& launch = m_launches.emplace_back();
        launch.counted = loop.counted;
        launch.kernel = directives.freshName(m_kernel.name() + "_strips" + number);
        for (const auto& fold : loop.folds) {
            const auto variable = fold.reduction.var->getNameAsString();
            // One variable may have a part in each loop.
            const bool isAgain = !isOne && !variables.insert(variable).second;
            const auto name = isOne ? "partial" : "partial_" + variable + (isAgain ? number : "");
            launch.partials.push_back(
                {variable, fold.type, fold.scratchType, directives.freshName(name), fold.reduction});
        }
        if (m_pass != nullptr)
            return;
    }
}

/// What the second loop would add up, as the first loop's launch leaves it.
void StripCode::addState(const MoveContext& context)
{
    m_passValues = onlineValues(context, *m_pass);
    for (const char* mark : onlineCode(m_pass->kind).state) {
        const auto variable = valueOf(m_passValues, mark);
        const Partial partial{variable, m_pass->type, m_pass->type == "float" ? "f32" : "f64",
                              context.directives().freshName("partial_" + variable), std::nullopt};
        m_passValues.emplace_back(mark + std::string("_of"), element(partial, "@strip@"));
        m_launches.front().partials.push_back(partial);
    }
}

std::string StripCode::declared(const Launch& launch, bool isRead)
{
    std::string text;
    for (const auto& partial : launch.partials)
        text += fmt::format(", {}{}* {}", isRead ? "const " : "", partial.type, partial.name);
    return text;
}

std::string StripCode::element(const Partial& partial, const char* place) const
{
    return filled(fmt::format("{}[size_t({}) * @outputs@ + @i@]", partial.name, place), m_values);
}

/// A loop that goes through the strips and does \p steps in each, in the place of what stands \p at.
std::string StripCode::overStrips(const std::vector<std::string>& steps, std::size_t at) const
{
    const auto indentation = indentationAt(m_source.text(), at);
    const bool isOneLine = steps.size() == 1 && steps[0].find('\n') == std::string::npos;
    std::string text = filled("for (int @strip@ = 0; @strip@ < @STRIPS@; ++@strip@)", m_values);
    text += isOneLine ? "\n" : " {\n";
    for (const auto& step : steps)
        text += reindented(step, indentation + "    ");
    return isOneLine ? text.substr(0, text.size() - 1) : text + indentation + "}";
}

/// What strips have come to, put together.
std::string StripCode::addedText(const Launch& launch) const
{
    const auto at = m_source.statementRange(launch.counted.statement)->begin;
    std::vector<std::string> steps;
    for (const auto& partial : launch.partials)
        if (partial.fold)
            steps.push_back(
                partial.fold->operation == ReductionOperation::Sum
                    ? fmt::format("{} += {};", partial.variable, element(partial, "@strip@"))
                    : fmt::format("{} = {};", partial.variable,
                                  combination(*partial.fold, partial.variable, element(partial, "@strip@"))));
    return originText(at) + overStrips(steps, at);
}

/// What the strips' own distances are counted from, which the one that puts them together has to know too.
std::string StripCode::originText(std::size_t at) const
{
    const std::string origin = m_pass == nullptr ? "" : onlineCode(m_pass->kind).origin;
    return origin.empty() ? origin : filled(origin, m_passValues) + "\n" + indentationAt(m_source.text(), at);
}

/// The second loop, from what the strips have left.
bool StripCode::join(SourceEdit& edit) const
{
    const auto second = m_source.statementRange(m_pass->second.front().statement);
    if (!second)
        return false;
    edit.replace(*second, overStrips({filled(onlineCode(m_pass->kind).joined, m_passValues)}, second->begin));
    return true;
}

std::string StripCode::storedText(const Launch& launch, const std::string& indentation) const
{
    std::vector<std::string> stores;
    for (const auto& partial : launch.partials)
        stores.push_back(fmt::format("{} = {};", element(partial, "blockIdx.y"), partial.variable));
    return fmt::format("{}", fmt::join(stores, "\n" + indentation));
}

/// The kernel that folds one strip of a loop: the user's own, with another end.
std::optional<std::string> StripCode::stripsText(std::size_t at) const
{
    const auto& launch = m_launches[at];
    const auto name = m_source.offset(m_kernel.kernel().getLocation());
    const auto loop = m_source.statementRange(launch.counted.statement);
    const auto start = m_source.range(launch.counted.start);
    const auto bound = m_source.range(launch.counted.bound);
    if (!name || !loop || !start || !bound)
        return std::nullopt;
    const auto parameters = parametersEnd(m_kernel);
    std::vector<Replacement> changes{{{*name, *name + m_kernel.name().size()}, launch.kernel}};
    for (std::size_t before = 0; before < at; ++before) {
        const auto whole = m_source.statementRange(m_launches[before].counted.statement);
        if (!whole)
            return std::nullopt;
        changes.push_back({parameters, declared(m_launches[before], true)});
        changes.push_back({*whole, addedText(m_launches[before])});
    }
    const auto indentation = indentationAt(m_source.text(), loop->begin);
    changes.push_back({parameters, declared(launch, false)});
    changes.push_back({{loop->begin, loop->begin}, boundsText(launch, indentation)});
    changes.push_back({*start, filled("@length@ * blockIdx.y", m_values)});
    changes.push_back({*bound, valueOf(m_values, "end")});
    if (m_pass != nullptr) {
        const auto& code = onlineCode(m_pass->kind);
        const auto each = withEachElement(m_source, launch.counted, filled(code.each, m_passValues));
        if (!each)
            return std::nullopt;
        changes.push_back(
            {{loop->begin, loop->begin}, hanging(filled(code.before, m_passValues), indentation) + "\n" + indentation});
        changes.insert(changes.end(), each->begin(), each->end());
    }
    changes.push_back(
        {{loop->end, m_folds.guarded.bodyRange.end}, "\n" + indentation + storedText(launch, indentation)});
    return rewritten(m_source.text(), m_folds.definition, changes) + "\n\n";
}

std::string StripCode::boundsText(const Launch& launch, const std::string& indentation) const
{
    const auto type =
        launch.counted.var->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
    const auto bound = m_source.text(launch.counted.bound);
    const auto cast = type.find(' ') == std::string::npos ? type : "static_cast<" + type + ">";
    return filled(fmt::format("// One of the strips that {4} puts together.\n{3}"
                              "const {0} @length@ = ({1} + @STRIPS@ - 1) / @STRIPS@;\n{3}"
                              "const {0} @end@ = {6}min({5}({2}), {5}(@length@ * (blockIdx.y + 1)));\n{3}",
                              type, operand(bound), bound, indentation, m_kernel.name(), cast,
                              hidesName(m_kernel, "min") ? "::" : ""),
                  m_values);
}

}  // namespace warploom
