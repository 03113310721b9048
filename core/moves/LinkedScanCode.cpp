// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LinkedScanCode.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kLinkedBlock =
    "// The block's threads take @ITEMS@ elements each at a time: the variables hold what precedes them.\n"
    "const int @lane@ = threadIdx.x % 32;\n"
    "const int @warp@ = threadIdx.x / 32;\n"
    "const int @warps@ = blockDim.x / 32;\n"
    "int @side@ = 0;\n";
constexpr const char* kLinkedWarp =
    "// The warp's lanes take @ITEMS@ elements each at a time: the variables hold what precedes them.\n"
    "const int @lane@ = threadIdx.x % 32;\n";
constexpr const char* kLinkedTile = "constexpr int @ROUNDS@ = @ITEMS@ / @W@;\n"
                                    "const int @left@ = static_cast<int>(min(@end@ - @first@, 32LL * @ITEMS@));\n";
constexpr const char* kWarpFold =
    "@type@ @before@[@ROUNDS@];  // fold of what precedes the thread's elements of a round\n"
    "@type@ @whole@[@ROUNDS@];  // of all of the warp's in it\n"
    "#pragma unroll\n"
    "for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@) {\n"
    "    @type@ @up_to@ = @values@[@round@][0];\n"
    "    #pragma unroll\n"
    "    for (int @k@ = 1; @k@ < @W@; ++@k@)\n"
    "        @up_to@ = @up_to with value@;\n"
    "    @up_to@ = @scanWarp@(@up_to@);\n"
    "    @before@[@round@] = __shfl_up_sync(0xffffffffu, @up_to@, 1);\n"
    "    @whole@[@round@] = __shfl_sync(0xffffffffu, @up_to@, 31);\n"
    "}\n";
constexpr const char* kShared = "if (@lane@ == 0) {\n"
                                "    @type@ @all@ = @whole@[0];\n"
                                "    #pragma unroll\n"
                                "    for (int @round@ = 1; @round@ < @ROUNDS@; ++@round@)\n"
                                "        @all@ = @all with whole@;\n"
                                "    @up_to_warp@[@side@][@warp@] = @all@;\n"
                                "}\n";
constexpr const char* kBlockCarry =
    "const @type@ @up_to_lane@ = @scanWarp@(@up_to_warp@[@side@][min(@lane@, @warps@ - 1)]);\n"
    "const @type@ @before_warp@ = __shfl_sync(0xffffffffu, @up_to_lane@, max(@warp@ - 1, 0));\n"
    "@type@ @carry@ = @warp@ > 0 ? @acc with before_warp@ : @acc@;\n";
constexpr const char* kCarry = "#pragma unroll\n"
                               "for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@) {\n"
                               "    @before@[@round@] = @lane@ > 0 ? @carry with before@ : @carry@;\n"
                               "    @carry@ = @carry with whole@;\n"
                               "}\n";

std::string unrolled(const std::string& head, const std::string& body)
{
    return "#pragma unroll\n" + head + " {\n" + reindented(body, "    ") + "}\n";
}

bool isExtremum(const Reduction& reduction)
{
    return reduction.operation == ReductionOperation::Max || reduction.operation == ReductionOperation::Min;
}

}  // namespace

std::optional<LinkedScanCode> LinkedScanCode::make(const KernelScope& kernel, const LinkedFolds& folds,
                                                   const std::string& items, const std::string& last, bool isBlock)
{
    LinkedScanCode code(kernel, folds, isBlock);
    for (const Stmt* step : folds.steps) {
        if (!kernel.source().range(step) || !kernel.renaming(folds.var, step, {}))
            return std::nullopt;
        for (const auto& fold : folds.folds)
            if (!kernel.renaming(fold.reduction.var, step, {}))
                return std::nullopt;
    }
    if (!code.readLanes())
        return std::nullopt;
    code.nameParts(items, last);
    if (!code.addFunctions())
        return std::nullopt;
    code.m_loop = code.wholeLoop();
    return code;
}

bool LinkedScanCode::readLanes()
{
    std::vector<const Stmt*> parts(m_folds->locals.begin(), m_folds->locals.end());
    parts.insert(parts.end(), m_folds->writes.begin(), m_folds->writes.end());
    std::set<const Stmt*> conditional;
    for (const auto& fold : m_folds->folds) {
        const auto own = fold.parts();
        parts.insert(parts.end(), own.begin(), own.end());
        if (fold.condition != nullptr)
            conditional.insert(fold.factors.begin(), fold.factors.end());
    }
    auto found = ScanLanes::make(*m_kernel, *m_folds, parts, conditional, false);
    if (!found)
        return false;
    m_lanes = std::move(found->lanes);
    m_width = found->width;
    return true;
}

void LinkedScanCode::nameParts(const std::string& items, const std::string& last)
{
    const auto& source = m_kernel->source();
    const auto& directives = source.directives();
    for (const auto* name : {"lane", "warp", "warps", "side", "tile", "first", "left", "round", "at", "k", "aligned",
                             "element", "up_to", "ROUNDS"})
        m_values.emplace_back(name, directives.freshName(name));
    m_values.emplace_back("end", directives.freshName("limit"));
    m_values.emplace_back("ITEMS", items);
    m_values.emplace_back("W", std::to_string(m_width));
    m_values.emplace_back("RW", std::to_string(32 * m_width));
    m_values.emplace_back("last", last);
    m_values.emplace_back("start", source.text(m_folds->first));
    for (const auto& fold : m_folds->folds) {
        const auto var = fold.reduction.var->getNameAsString();
        auto& own = m_ofFolds[&fold];
        own.emplace_back("up_to with value", combination(fold.reduction, "@up_to@", "@values@[@round@][@k@]"));
        own.emplace_back("acc with value", combination(fold.reduction, "@acc@", "@values@[@round@][@k@]"));
        own.emplace_back("all with whole", combination(fold.reduction, "@all@", "@whole@[@round@]"));
        own.emplace_back("carry with whole", combination(fold.reduction, "@carry@", "@whole@[@round@]"));
        own.emplace_back("carry with before", combination(fold.reduction, "@carry@", "@before@[@round@]"));
        own.emplace_back("acc with before_warp", combination(fold.reduction, "@acc@", "@before_warp@"));
        own.emplace_back("acc with all_warps",
                         combination(fold.reduction, "@acc@", "__shfl_sync(0xffffffffu, @up_to_lane@, @warps@ - 1)"));
        own.emplace_back("carry", m_isBlock ? directives.freshName(var + "_carry") : var);
        for (const auto* name : {"values", "before", "whole", "all", "up_to_warp", "up_to_lane", "before_warp", "own"})
            own.emplace_back(name, directives.freshName(var + "_" + name));
        own.emplace_back("type", fold.type().getAsString(source.context().getPrintingPolicy()));
        own.emplace_back("acc", var);
        own.emplace_back("neutral", neutralText(fold.reduction));
    }
}

std::string LinkedScanCode::scanFunction(const Fold& fold)
{
    const auto& source = m_kernel->source();
    const auto type = valueOf(m_ofFolds[&fold], "type");
    auto base = std::string("scanWarp") + wordOf(fold.reduction.operation) + (type == "float" ? "" : "_" + type);
    std::ranges::replace(base, ' ', '_');
    const auto textOf = [&](const std::string& name) {
        return filled(scanWarpText(fold.reduction), {{"type", type}, {"name", name}});
    };
    if (source.text().find(textOf(base)) != std::string_view::npos
        || m_functions.find(textOf(base)) != std::string::npos)
        return base;
    auto name = source.directives().freshName(base);
    // Another function of the same name combines by another one: max and fmaxf.
    while (mentions(m_functions, name)) {
        if (m_functions.find(textOf(name)) != std::string::npos)
            return name;
        name += "_other";
    }
    m_functions += textOf(name);
    return name;
}

bool LinkedScanCode::addFunctions()
{
    ReductionFunctions reductions(m_kernel->source());
    for (const auto& fold : m_folds->folds) {
        if (fold.level) {
            m_ofFolds[&fold].emplace_back("scanWarp", scanFunction(fold));
            continue;
        }
        const auto name = reductions.use(fold.reduction, m_isBlock ? ReductionLevel::Block : ReductionLevel::Warp);
        if (name.empty())
            return false;
        m_ofFolds[&fold].emplace_back("reduce", name);
    }
    m_functions += reductions.text();
    return true;
}

LinkedScanCode::FoldList LinkedScanCode::scansOf(std::size_t level) const
{
    FoldList found;
    for (const auto& fold : m_folds->folds)
        if (fold.level == level)
            found.push_back(&fold);
    return found;
}

LinkedScanCode::FoldList LinkedScanCode::onlyWholes() const
{
    FoldList found;
    for (const auto& fold : m_folds->folds)
        if (!fold.level)
            found.push_back(&fold);
    return found;
}

std::string LinkedScanCode::text(const Fold& fold, const std::string& code) const
{
    return text(filled(code, m_ofFolds.at(&fold)));
}

std::string LinkedScanCode::textOf(const Stmt* part) const
{
    const auto& source = m_kernel->source();
    const auto own = llvm::isa<DeclStmt>(part) ? *source.statementRange(part) : *source.range(part);
    std::vector<Replacement> replacements;
    for (const auto& lane : m_lanes)
        for (const auto& use : lane.uses)
            if (own.contains(use))
                replacements.push_back({use, text(fmt::format("{}[@round@][@k@]", lane.name))});
    return rewritten(source.text(), own, replacements);
}

std::string LinkedScanCode::wholeLoop() const
{
    std::string code = text(m_isBlock ? kLinkedBlock : kLinkedWarp) + text("const long long @end@ = @last@;\n");
    for (const auto& fold : m_folds->folds) {
        if (fold.level && m_isBlock)
            code += text(fold, "__shared__ @type@ @up_to_warp@[2][32];\n");
        if (!fold.level)
            code += text(fold, "@type@ @own@ = @neutral@;\n");
    }
    const auto* step = m_isBlock ? "blockDim.x * @ITEMS@" : "32 * @ITEMS@";
    const auto* place = m_isBlock ? "@warp@ * (32 * @ITEMS@) + @W@ * @lane@" : "@W@ * @lane@";
    code += text(fmt::format("for (long long @tile@ = @start@; @tile@ < @end@; @tile@ += {}) {{\n"
                             "    const long long @first@ = @tile@ + {};\n",
                             step, place));
    return code + reindented(tile(), "    ") + "}\n" + wholes();
}

std::string LinkedScanCode::tile() const
{
    auto code = text(kLinkedTile) + loads();
    for (std::size_t level = 0; level < m_folds->levels; ++level)
        code += scans(level);
    if (!m_folds->writes.empty() || !onlyWholes().empty())
        code += elements(onlyWholes(), true);
    return code + stores() + (m_isBlock ? text("@side@ = 1 - @side@;\n") : std::string());
}

std::string LinkedScanCode::isAligned() const
{
    std::vector<std::string> conditions;
    for (const auto& lane : m_lanes)
        conditions.push_back(text(fmt::format("reinterpret_cast<size_t>(&{}) % {} == 0",
                                              filled(lane.place, {{"at", "@first@"}}), lane.bytes * m_width)));
    return text(fmt::format("const bool @aligned@ = {};\n", fmt::join(conditions, "\n    && ")));
}

std::string LinkedScanCode::inRounds(const std::string& wide, const std::string& single) const
{
    const auto singles = text("if (@round@ * @RW@ + @k@ < @left@) {\n"
                              "    const long long @element@ = @at@ + @k@;\n")
        + reindented(single, "    ") + "}\n";
    return unrolled(text("for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@)"),
                    text("const long long @at@ = @first@ + @round@ * @RW@;\n"
                         "if (@aligned@ && @round@ * @RW@ + @W@ <= @left@) {\n")
                        + reindented(wide, "    ") + "} else {\n"
                        + reindented(unrolled(text("for (int @k@ = 0; @k@ < @W@; ++@k@)"), singles), "    ") + "}\n");
}

std::string LinkedScanCode::loads() const
{
    std::string arrays;
    std::string wide;
    std::string single;
    for (const auto& lane : m_lanes) {
        arrays += text(fmt::format("__align__({}) {} {}[@ROUNDS@][{}];\n", lane.bytes * m_width, lane.element,
                                   lane.name, m_width));
        if (lane.reads.empty())
            continue;
        wide += text(fmt::format("*reinterpret_cast<{0}*>({1}[@round@]) = *reinterpret_cast<const {0}*>(&{2});\n",
                                 packedType(lane.bytes * m_width), lane.name, lane.place));
        single += text(fmt::format("{}[@round@][@k@] = {};\n", lane.name, filled(lane.place, {{"at", "@element@"}})));
    }
    return arrays + (m_lanes.empty() ? "" : isAligned()) + (wide.empty() ? "" : inRounds(wide, single));
}

std::string LinkedScanCode::stores() const
{
    std::string wide;
    std::string single;
    for (const auto& lane : m_lanes) {
        if (!lane.isStored)
            continue;
        // NVRTC takes plain stores of vectors apart here and there.
        wide += text(fmt::format("__stcg(reinterpret_cast<{0}*>(&{2}), *reinterpret_cast<const {0}*>({1}[@round@]));\n",
                                 packedType(lane.bytes * m_width), lane.name, lane.place));
        single += text(fmt::format("{} = {}[@round@][@k@];\n", filled(lane.place, {{"at", "@element@"}}), lane.name));
    }
    return wide.empty() ? std::string() : inRounds(wide, single);
}

std::string LinkedScanCode::scans(std::size_t level) const
{
    const auto found = scansOf(level);
    std::string code;
    for (const auto* fold : found)
        code += text(*fold, "@type@ @values@[@ROUNDS@][@W@];\n");
    code += elements(found, false);
    for (const auto* fold : found)
        code += warpFold(*fold);
    if (m_isBlock)
        code += exchange(found);
    for (const auto* fold : found)
        code += carry(*fold);
    return code;
}

std::string LinkedScanCode::warpFold(const Fold& fold) const { return text(fold, kWarpFold); }

std::string LinkedScanCode::exchange(const FoldList& scans) const
{
    std::string code;
    for (const auto* fold : scans)
        code += text(*fold, kShared);
    return code + "__syncthreads();\n";
}

std::string LinkedScanCode::carry(const Fold& fold) const
{
    if (!m_isBlock)
        return text(fold, kCarry);
    return text(fold, kBlockCarry) + text(fold, kCarry) + text(fold, "@acc@ = @acc with all_warps@;\n");
}

std::string LinkedScanCode::elements(const FoldList& found, bool writes) const
{
    std::vector<const Stmt*> parts;
    for (const auto* fold : found) {
        const auto own = fold->parts();
        parts.insert(parts.end(), own.begin(), own.end());
    }
    if (writes)
        parts.insert(parts.end(), m_folds->writes.begin(), m_folds->writes.end());
    parts = m_folds->withLocals(*m_kernel, parts);
    const auto read = m_folds->readBy(*m_kernel, parts);
    std::string before;
    for (const auto* fold : read)
        before += text(*fold, "@type@ @acc@ = @before@[@round@];\n");
    std::string each;
    for (const auto* fold : found)
        if (fold->level)
            each += text(*fold, "@values@[@round@][@k@] = @neutral@;\n");
    each += text("if (@round@ * @RW@ + @k@ < @left@) {\n") + reindented(steps(found, read, parts), "    ") + "}\n";
    return unrolled(text("for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@)"),
                    before + unrolled(text("for (int @k@ = 0; @k@ < @W@; ++@k@)"), each));
}

std::string LinkedScanCode::steps(const FoldList& found, const FoldList& read,
                                  const std::vector<const Stmt*>& parts) const
{
    const auto isIn = [](const auto& list, const auto* one) { return std::ranges::find(list, one) != list.end(); };
    std::string code;
    for (const Stmt* step : m_folds->steps) {
        const auto* fold = m_folds->foldOf(step);
        const auto* expression = llvm::dyn_cast<Expr>(step);
        const Stmt* part = expression == nullptr ? step : expression->IgnoreImplicit();
        if (fold != nullptr && isIn(found, fold))
            code += update(*fold);
        else if (fold != nullptr && isIn(read, fold))
            code += text(*fold, "@acc@ = @acc with value@;\n");
        else if (fold == nullptr && isIn(parts, part))
            code += textOf(part) + (llvm::isa<DeclStmt>(part) ? "\n" : ";\n");
    }
    const auto var = m_folds->var->getNameAsString();
    if (!mentions(code, var))
        return code;
    const auto type =
        m_folds->var->getType().getUnqualifiedType().getAsString(m_kernel->source().context().getPrintingPolicy());
    return text(fmt::format("const {0} {1} = static_cast<{0}>(@first@ + @round@ * @RW@ + @k@);\n", type, var)) + code;
}

std::string LinkedScanCode::update(const Fold& fold) const
{
    const auto value = foldedText(*m_kernel, fold, [&](const Stmt* part) { return textOf(part); });
    const auto own = text(fold, "@own@");
    const auto set = fold.level
        ? text(fold, "@values@[@round@][@k@] = ") + value + ";\n"
        : fmt::format("{} = {};\n", own,
                      combination(fold.reduction, own, isExtremum(fold.reduction) ? value : "(" + value + ")"));
    return fold.condition == nullptr ? set : "if (" + textOf(fold.condition) + ")\n    " + set;
}

std::string LinkedScanCode::wholes() const
{
    std::string code;
    for (const auto* fold : onlyWholes()) {
        const auto whole = text(*fold, "@reduce@(@own@)");
        code += text(*fold, "@acc@ = ")
            + (isExtremum(fold->reduction) ? whole : combination(fold->reduction, text(*fold, "@acc@"), whole)) + ";\n";
    }
    return code;
}

}  // namespace warploom
