// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ScanCode.h"

namespace warploom {

using namespace clang;

std::optional<ScanCode> ScanCode::make(const KernelScope& kernel, const RunningFold& fold, const std::string& items,
                                       const std::string& padding, bool startsAligned)
{
    ScanCode code(kernel, fold);
    std::set<const Stmt*> conditional;
    if (fold.condition != nullptr)
        conditional.insert(fold.factors.begin(), fold.factors.end());
    auto lanes = ScanLanes::make(kernel, fold, code.parts(), conditional, startsAligned);
    if (!lanes)
        return std::nullopt;
    code.m_lanes = std::move(lanes->lanes);
    code.m_width = lanes->width;
    for (const auto* part : code.parts())
        if (!kernel.source().range(part) || !kernel.renaming(fold.var, part, {})
            || !kernel.renaming(fold.reduction.var, part, {}))
            return std::nullopt;
    code.nameParts(items, padding);
    return code;
}

std::vector<std::int64_t> ScanCode::itemValues() const
{
    if (m_kernel->source().context().getTypeSize(m_fold->type()) == 64)
        return {8, 16, 24, 32};
    return {16, 8, 24, 32};
}

std::vector<const Stmt*> ScanCode::foldParts() const
{
    return m_fold->withLocals(*m_kernel, m_fold->FoldUpdate::parts());
}

std::vector<const Stmt*> ScanCode::writeParts() const
{
    std::vector<const Stmt*> parts;
    for (const auto& write : m_fold->writes)
        parts.push_back(write.statement);
    return m_fold->withLocals(*m_kernel, parts);
}

std::vector<const Stmt*> ScanCode::parts() const
{
    auto parts = foldParts();
    const auto others = writeParts();
    parts.insert(parts.end(), others.begin(), others.end());
    return parts;
}

void ScanCode::addName(const std::string& mark, const std::string& base)
{
    addValue(mark, m_kernel->source().directives().freshName(base));
}

void ScanCode::nameParts(const std::string& items, const std::string& padding)
{
    const auto& source = m_kernel->source();
    for (const auto* name :
         {"value", "round", "at", "lane", "k", "first", "whole", "all", "carry", "warp", "full", "up_to"})
        addName(name, name);
    addName("end", "limit");
    addName("before", "preceding");
    addName("ROUNDS", "ROUNDS");
    addValue("ITEMS", items);
    addValue("W", std::to_string(m_width));
    addValue("RW", std::to_string(32 * m_width));
    addValue("type", m_fold->type().getAsString(source.context().getPrintingPolicy()));
    addValue("acc", m_fold->reduction.var->getNameAsString());
    addValue("padding", padding);
    addFunction("scanWarp", std::string("scanWarp") + wordOf(m_fold->reduction.operation),
                scanWarpText(m_fold->reduction));
}

void ScanCode::addFunction(const std::string& mark, const std::string& base, const std::string& text)
{
    const auto& source = m_kernel->source();
    auto named = base;
    if (const auto type = valueOf(m_values, "type"); text.find("@type@") != std::string::npos && type != "float")
        named += "_" + type;
    std::ranges::replace(named, ' ', '_');
    const auto textOf = [&](const std::string& name) { return filled(warploom::filled(text, {{"name", name}})); };
    const bool isThere = source.text().find(textOf(named)) != std::string_view::npos;
    const auto name = isThere ? named : source.directives().freshName(named);
    if (!isThere)
        m_functions += textOf(name);
    addValue(mark, name);
}

std::string ScanCode::textOf(const Stmt* part, bool isWide) const
{
    const auto& source = m_kernel->source();
    const auto range = source.statementRange(part);
    const auto own = llvm::isa<DeclStmt>(part) ? *range : *source.range(part);
    std::vector<Replacement> replacements;
    for (const auto& lane : m_lanes)
        for (const auto& use : lane.uses)
            if (isWide && own.contains(use))
                replacements.push_back({use, filled(fmt::format("{}[@k@]", lane.name))});
    return rewritten(source.text(), own, replacements);
}

std::string ScanCode::prologue(const std::vector<const Stmt*>& parts, bool isWide) const
{
    std::string locals;
    std::string all;
    for (const auto* part : parts) {
        const auto text = textOf(part, isWide);
        all += text + "\n";
        if (llvm::isa<DeclStmt>(part))
            locals += text + "\n";
    }
    const auto var = m_fold->var->getNameAsString();
    if (!mentions(all, var))
        return locals;
    const auto type =
        m_fold->var->getType().getUnqualifiedType().getAsString(m_kernel->source().context().getPrintingPolicy());
    return filled(fmt::format("const {0} {1} = static_cast<{0}>(@at@ + @k@);\n", type, var)) + locals;
}

std::string ScanCode::foldStep(bool isWide) const
{
    const auto value = foldedText(*m_kernel, *m_fold, [&](const Stmt* part) { return textOf(part, isWide); });
    const auto own = prologue(foldParts(), isWide);
    if (m_fold->condition == nullptr)
        return own + filled("@value@[@round@][@k@] = ") + value + ";\n";
    return own + filled(isWide ? "@value@[@round@][@k@] = @padding@;\n" : "") + "if ("
        + textOf(m_fold->condition, isWide) + ")\n    " + filled("@value@[@round@][@k@] = ") + value + ";\n";
}

std::string ScanCode::writeStep(bool isWide) const
{
    auto text = prologue(writeParts(), isWide);
    const auto update = filled("@acc@ = ") + combined("@acc@", "@value@[@round@][@k@]") + ";\n";
    bool isUpdated = false;
    for (const auto& write : m_fold->writes) {
        if (write.afterUpdate && !std::exchange(isUpdated, true))
            text += update;
        text += textOf(write.statement, isWide) + ";\n";
    }
    return text + (isUpdated ? "" : update);
}

std::string ScanCode::isFull() const
{
    std::string aligned;
    for (const auto& lane : m_lanes)
        if (!lane.isAligned)
            aligned += filled(fmt::format("\n    && reinterpret_cast<size_t>(&{}) % {} == 0",
                                          warploom::filled(lane.place, {{"at", "@first@"}}), lane.bytes * m_width));
    return filled("@first@ + @RW@ * @ROUNDS@ - @W@ * @lane@ <= @end@") + aligned;
}

std::string ScanCode::wideLoads(bool folds) const
{
    std::string text;
    for (const auto& lane : m_lanes) {
        const bool isLoaded = lane.isReadIn(*m_kernel, folds ? foldParts() : writeParts());
        if (isLoaded || (!folds && lane.isStored))
            text += fmt::format("__align__({}) {} {}[{}];\n", lane.bytes * m_width, lane.element, lane.name, m_width);
        if (isLoaded)
            text += filled(fmt::format("*reinterpret_cast<{0}*>({1}) = *reinterpret_cast<const {0}*>(&{2});\n",
                                       packedType(lane.bytes * m_width), lane.name, lane.place));
    }
    return text;
}

std::string ScanCode::wideStores() const
{
    std::string text;
    for (const auto& lane : m_lanes)
        if (lane.isStored)
            // NVRTC takes plain stores of vectors apart here and there.
            text += filled(fmt::format("__stcg(reinterpret_cast<{0}*>(&{2}), *reinterpret_cast<const {0}*>({1}));\n",
                                       packedType(lane.bytes * m_width), lane.name, lane.place));
    return text;
}

std::string ScanCode::inRounds(const std::string& step) const
{
    return filled("#pragma unroll\n"
                  "for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@) {\n"
                  "    const long long @at@ = @first@ + @round@ * @RW@;\n")
        + reindented(step, "    ") + "}\n";
}

std::string ScanCode::forEach(const std::string& step) const
{
    const bool isOne = std::ranges::count(step, '\n') == 1;
    return filled("#pragma unroll\nfor (int @k@ = 0; @k@ < @W@; ++@k@)") + (isOne ? "\n" : " {\n")
        + reindented(step, "    ") + (isOne ? "" : "}\n");
}

std::string ScanCode::loads() const
{
    const auto narrow = filled("@value@[@round@][@k@] = @padding@;\nif (@at@ + @k@ < @end@) {\n")
        + reindented(foldStep(false), "    ") + "}\n";
    const auto fold = filled("@type@ @up_to@ = @value@[@round@][0];\n#pragma unroll\n"
                             "for (int @k@ = 1; @k@ < @W@; ++@k@)\n    @up_to@ = ")
        + combined("@up_to@", "@value@[@round@][@k@]") + filled(";\n@up_to@ = @scanWarp@(@up_to@);\n");
    return filled("constexpr int @ROUNDS@ = @ITEMS@ / @W@;\nconst bool @full@ = ") + isFull() + ";\n"
        + filled("@type@ @value@[@ROUNDS@][@W@];\nif (@full@) {\n")
        + reindented(inRounds(wideLoads(true) + forEach(foldStep(true))), "    ") + "} else {\n"
        + reindented(inRounds(forEach(narrow)), "    ")
        + filled("}\n@type@ @before@[@ROUNDS@];  // fold of the round's elements that precede the lane's\n"
                 "@type@ @whole@[@ROUNDS@];  // of all of the round's\n"
                 "#pragma unroll\nfor (int @round@ = 0; @round@ < @ROUNDS@; ++@round@) {\n")
        + reindented(fold, "    ")
        + filled("    @before@[@round@] = __shfl_up_sync(0xffffffffu, @up_to@, 1);\n"
                 "    @whole@[@round@] = __shfl_sync(0xffffffffu, @up_to@, 31);\n}\n");
}

std::string ScanCode::total() const
{
    return filled("@type@ @all@ = @whole@[0];\n#pragma unroll\n"
                  "for (int @round@ = 1; @round@ < @ROUNDS@; ++@round@)\n    @all@ = ")
        + combined("@all@", "@whole@[@round@]") + ";\n";
}

std::string ScanCode::writes() const
{
    const auto before = filled("@type@ @acc@ = @carry@;\nif (@lane@ > 0)\n    @acc@ = ")
        + combined("@carry@", "@before@[@round@]") + ";\n";
    const auto after = filled("@carry@ = ") + combined("@carry@", "@whole@[@round@]") + ";\n";
    const auto narrow = filled("if (@at@ + @k@ < @end@) {\n") + reindented(writeStep(false), "    ") + "}\n";
    const auto wide = wideLoads(false) + forEach(writeStep(true)) + wideStores();
    // One branch for all rounds: with one in each, the compiler takes wide stores apart.
    return filled("if (@full@) {\n") + reindented(inRounds(before + wide + after), "    ") + "} else {\n"
        + reindented(inRounds(before + forEach(narrow) + after), "    ") + "}\n";
}

}  // namespace warploom
