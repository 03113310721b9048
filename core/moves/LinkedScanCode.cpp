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
    "@step@ @steps@[@ROUNDS@];  // fold of what precedes the thread's elements of a round\n"
    "@step@ @whole@[@ROUNDS@];  // of all of the warp's in it\n"
    "#pragma unroll\n"
    "for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@) {\n"
    "    @step@ @up_to@ = @values@[@round@][0];\n"
    "    #pragma unroll\n"
    "    for (int @k@ = 1; @k@ < @W@; ++@k@)\n"
    "        @up_to@ = @up_to with value@;\n"
    "    @up_to@ = @scanned up_to@;\n"
    "    @steps@[@round@] = @up_to of the lane before@;\n"
    "    @whole@[@round@] = @up_to of the last lane@;\n"
    "}\n";
constexpr const char* kShared = "if (@lane@ == 0) {\n"
                                "    @step@ @all@ = @whole@[0];\n"
                                "    #pragma unroll\n"
                                "    for (int @round@ = 1; @round@ < @ROUNDS@; ++@round@)\n"
                                "        @all@ = @all with whole@;\n"
                                "    @up_to_warp@[@side@][@warp@] = @all@;\n"
                                "}\n";
constexpr const char* kBlockCarry = "const @step@ @up_to_lane@ = @scanned warps@;\n"
                                    "const @step@ @before_warp@ = @up_to_lane of the warp before@;\n"
                                    "@type@ @carry@ = @warp@ > 0 ? @acc with before_warp@ : @acc@;\n";
constexpr const char* kOwnBefore = "@type@ @before@[@ROUNDS@];  // what precedes the thread's elements of a round\n";
constexpr const char* kCarry = "#pragma unroll\n"
                               "for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@) {\n"
                               "    @before@[@round@] = @lane@ > 0 ? @carry with before@ : @carry@;\n"
                               "    @carry@ = @carry with whole@;\n"
                               "}\n";
constexpr const char* kRecurrence =
    "// What steps of a recurrence come to: a value becomes factor * value + term.\n"
    "struct @name@ {\n"
    "    @type@ factor;\n"
    "    @type@ term;\n\n"
    "    __device__ __forceinline__ @type@ of(@type@ value) const { return @of@; }\n"
    "    __device__ __forceinline__ @name@ then(@name@ next) const\n    {\n"
    "        return {next.factor * factor, next.of(term)};\n    }\n"
    "    __device__ __forceinline__ @name@ ofLane(int lane) const\n    {\n"
    "        return {__shfl_sync(0xffffffffu, factor, lane), __shfl_sync(0xffffffffu, term, lane)};\n    }\n"
    "    __device__ __forceinline__ @name@ ofLaneBefore(unsigned offset) const\n    {\n"
    "        return {__shfl_up_sync(0xffffffffu, factor, offset), __shfl_up_sync(0xffffffffu, term, offset)};\n    }\n"
    "    // Of all lanes up to each.\n"
    "    __device__ __forceinline__ @name@ upToLane() const\n    {\n"
    "        @name@ all = *this;\n"
    "        for (unsigned offset = 1; offset < 32; offset *= 2) {\n"
    "            const @name@ before = all.ofLaneBefore(offset);\n"
    "            if (threadIdx.x % 32 >= offset)\n"
    "                all = before.then(all);\n        }\n"
    "        return all;\n    }\n};\n\n";

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
        if (fold.affine)
            conditional.insert(fold.affine->guarded.begin(), fold.affine->guarded.end());
    }
    auto found = ScanLanes::make(*m_kernel, *m_folds, parts, conditional, false, true);
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
    for (std::size_t number = 1; number < groups().size(); ++number)
        m_values.emplace_back(fmt::format("aligned {}", number),
                              directives.freshName(fmt::format("aligned_{}", number + 1)));
    for (const auto& fold : m_folds->folds)
        nameFold(fold);
}

void LinkedScanCode::nameFold(const Fold& fold)
{
    const auto& source = m_kernel->source();
    const auto& directives = source.directives();
    const auto var = fold.reduction.var->getNameAsString();
    auto& own = m_ofFolds[&fold];
    const auto add = [&](const char* name, const std::string& text) { own.emplace_back(name, text); };
    const auto ofLane = [&](const std::string& value, const std::string& lane) {
        return fold.affine ? fmt::format("{}.ofLane({})", value, lane)
                           : fmt::format("__shfl_sync(0xffffffffu, {}, {})", value, lane);
    };
    add("up_to with value", together(fold, "@up_to@", "@values@[@round@][@k@]"));
    add("all with whole", together(fold, "@all@", "@whole@[@round@]"));
    add("acc with value", onwards(fold, "@acc@", "@values@[@round@][@k@]"));
    add("carry with whole", onwards(fold, "@carry@", "@whole@[@round@]"));
    add("carry with before", onwards(fold, "@carry@", "@steps@[@round@]"));
    add("acc with before_warp", onwards(fold, "@acc@", "@before_warp@"));
    add("acc with all_warps", onwards(fold, "@acc@", ofLane("@up_to_lane@", "@warps@ - 1")));
    add("up_to of the lane before",
        fold.affine ? "@up_to@.ofLaneBefore(1)" : "__shfl_up_sync(0xffffffffu, @up_to@, 1)");
    add("up_to of the last lane", ofLane("@up_to@", "31"));
    add("up_to_lane of the warp before", ofLane("@up_to_lane@", "max(@warp@ - 1, 0)"));
    for (const auto& [name, value] : {std::pair{"scanned up_to", "@up_to@"},
                                      std::pair{"scanned warps", "@up_to_warp@[@side@][min(@lane@, @warps@ - 1)]"}})
        add(name,
            fold.affine           ? fmt::format("{}.upToLane()", value)
                : fold.isHandedOn ? std::string(value)
                                  : fmt::format("@scanWarp@({})", value));
    add("carry", m_isBlock ? directives.freshName(var + "_carry") : var);
    add("steps", directives.freshName(var + (fold.affine ? "_steps" : "_before")));
    for (const auto* name : {"values", "before", "whole", "all", "up_to_warp", "up_to_lane", "before_warp", "own"})
        add(name, directives.freshName(var + "_" + name));
    add("type", fold.type().getAsString(source.context().getPrintingPolicy()));
    add("acc", var);
    add("neutral", fold.affine ? "{1, 0}" : neutralText(fold.reduction));
}

std::string LinkedScanCode::together(const Fold& fold, const std::string& a, const std::string& b)
{
    if (fold.isHandedOn)
        return b;
    return fold.affine ? fmt::format("{}.then({})", a, b) : combination(fold.reduction, a, b);
}

std::string LinkedScanCode::onwards(const Fold& fold, const std::string& value, const std::string& folded)
{
    return fold.affine ? fmt::format("{}.of({})", folded, value) : together(fold, value, folded);
}

std::string LinkedScanCode::scanFunction(const Fold& fold)
{
    const auto type = valueOf(m_ofFolds[&fold], "type");
    auto base = std::string("scanWarp") + wordOf(fold.reduction.operation) + (type == "float" ? "" : "_" + type);
    std::ranges::replace(base, ' ', '_');
    return defined(base, [&](const std::string& name) {
        return filled(scanWarpText(fold.reduction), {{"type", type}, {"name", name}});
    });
}

std::string LinkedScanCode::recurrenceType(const Fold& fold)
{
    const auto type = valueOf(m_ofFolds[&fold], "type");
    const auto step = fmt::format("{}(factor, value, term)", type == "float" ? "fmaf" : "fma");
    // What is dropped may be infinite.
    const auto of = fold.affine->isChosen ? "factor == 0 ? term : " + step : step;
    const auto base = std::string(fold.affine->isChosen ? "RecurrenceWithResets" : "Recurrence")
        + (type == "float" ? "" : "_" + type);
    return defined(base, [&](const std::string& name) {
        return filled(kRecurrence, {{"name", name}, {"type", type}, {"of", of}});
    });
}

std::string LinkedScanCode::defined(const std::string& base,
                                    const std::function<std::string(const std::string& name)>& textOf)
{
    const auto& source = m_kernel->source();
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
        auto& own = m_ofFolds[&fold];
        if (fold.affine)
            own.emplace_back("step", recurrenceType(fold));
        else
            own.emplace_back("step", valueOf(own, "type"));
        if (fold.level) {
            if (!fold.affine && !fold.isHandedOn)
                own.emplace_back("scanWarp", scanFunction(fold));
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
                replacements.push_back({use, text(neighbour(lane))});
    return rewritten(source.text(), own, replacements);
}

std::string LinkedScanCode::wholeLoop() const
{
    std::string code = text(m_isBlock ? kLinkedBlock : kLinkedWarp) + text("const long long @end@ = @last@;\n");
    for (const auto& fold : m_folds->folds) {
        if (fold.level && m_isBlock)
            code += text(fold, "__shared__ @step@ @up_to_warp@[2][32];\n");
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

std::vector<std::vector<const ScanLane*>> LinkedScanCode::groups() const
{
    std::vector<std::vector<const ScanLane*>> groups;
    for (const auto& lane : m_lanes) {
        const auto own =
            std::ranges::find_if(groups, [&](const auto& group) { return group.front()->index == lane.index; });
        if (own == groups.end())
            groups.push_back({&lane});
        else
            own->push_back(&lane);
    }
    return groups;
}

std::string LinkedScanCode::flag(std::size_t number) const
{
    return number == 0 ? "@aligned@" : fmt::format("@aligned {}@", number);
}

std::string LinkedScanCode::widePlace(const ScanLane& lane, const std::string& at) const
{
    return filled(lane.place, {{"at", lane.isBackwards ? fmt::format("({} + {})", at, m_width - 1) : at}});
}

std::string LinkedScanCode::neighbour(const ScanLane& lane) const
{
    return lane.isBackwards ? fmt::format("{}[@round@][{} - @k@]", lane.name, m_width - 1)
                            : fmt::format("{}[@round@][@k@]", lane.name);
}

std::string LinkedScanCode::isAligned() const
{
    std::string code;
    const auto all = groups();
    for (std::size_t number = 0; number < all.size(); ++number) {
        std::vector<std::string> conditions;
        for (const auto* lane : all[number])
            conditions.push_back(text(fmt::format("reinterpret_cast<size_t>(&{}) % {} == 0",
                                                  widePlace(*lane, "@first@"), lane->bytes * m_width)));
        code += text(fmt::format("const bool {} = {};\n", flag(number), fmt::join(conditions, "\n    && ")));
    }
    return code;
}

std::string LinkedScanCode::inRounds(const std::string& wide, const std::string& single,
                                     const std::string& aligned) const
{
    const auto singles = text("if (@round@ * @RW@ + @k@ < @left@) {\n"
                              "    const long long @element@ = @at@ + @k@;\n")
        + reindented(single, "    ") + "}\n";
    return unrolled(text("for (int @round@ = 0; @round@ < @ROUNDS@; ++@round@)"),
                    text("const long long @at@ = @first@ + @round@ * @RW@;\n"
                         "if ("
                         + aligned + " && @round@ * @RW@ + @W@ <= @left@) {\n")
                        + reindented(wide, "    ") + "} else {\n"
                        + reindented(unrolled(text("for (int @k@ = 0; @k@ < @W@; ++@k@)"), singles), "    ") + "}\n");
}

std::string LinkedScanCode::loads() const
{
    std::string arrays;
    for (const auto& lane : m_lanes)
        arrays += text(fmt::format("__align__({}) {} {}[@ROUNDS@][{}];\n", lane.bytes * m_width, lane.element,
                                   lane.name, m_width));
    std::string rounds;
    const auto all = groups();
    for (std::size_t number = 0; number < all.size(); ++number) {
        std::string wide;
        std::string single;
        for (const auto* lane : all[number]) {
            if (lane->reads.empty())
                continue;
            wide += text(fmt::format("*reinterpret_cast<{0}*>({1}[@round@]) = *reinterpret_cast<const {0}*>(&{2});\n",
                                     packedType(lane->bytes * m_width), lane->name, widePlace(*lane, "@at@")));
            single += text(fmt::format("{} = {};\n", neighbour(*lane), filled(lane->place, {{"at", "@element@"}})));
        }
        rounds += wide.empty() ? "" : inRounds(wide, single, flag(number));
    }
    return arrays + (m_lanes.empty() ? "" : isAligned()) + rounds;
}

std::string LinkedScanCode::stores() const
{
    std::string rounds;
    const auto all = groups();
    for (std::size_t number = 0; number < all.size(); ++number) {
        std::string wide;
        std::string single;
        for (const auto* lane : all[number]) {
            if (!lane->isStored)
                continue;
            // NVRTC takes plain stores of vectors apart here and there.
            wide +=
                text(fmt::format("__stcg(reinterpret_cast<{0}*>(&{2}), *reinterpret_cast<const {0}*>({1}[@round@]));\n",
                                 packedType(lane->bytes * m_width), lane->name, widePlace(*lane, "@at@")));
            single += text(fmt::format("{} = {};\n", filled(lane->place, {{"at", "@element@"}}), neighbour(*lane)));
        }
        rounds += wide.empty() ? "" : inRounds(wide, single, flag(number));
    }
    return rounds;
}

std::string LinkedScanCode::scans(std::size_t level) const
{
    const auto found = scansOf(level);
    std::string code;
    for (const auto* fold : found)
        code += text(*fold, "@step@ @values@[@ROUNDS@][@W@];\n");
    code += elements(found, false);
    for (const auto* fold : found)
        code += warpFold(*fold);
    if (m_isBlock)
        code += exchange(found);
    for (const auto* fold : found)
        code += carry(*fold);
    return code;
}

std::string LinkedScanCode::warpFold(const Fold& fold) const
{
    std::string code = kWarpFold;
    const std::string_view scanned = "    @up_to@ = @scanned up_to@;\n";
    // The last lane's is what the warp hands on.
    if (fold.isHandedOn)
        code.erase(code.find(scanned), scanned.size());
    return text(fold, code);
}

std::string LinkedScanCode::exchange(const FoldList& scans) const
{
    std::string code;
    for (const auto* fold : scans)
        code += text(*fold, kShared);
    return code + "__syncthreads();\n";
}

std::string LinkedScanCode::carry(const Fold& fold) const
{
    const auto rounds = fold.affine ? text(fold, kOwnBefore) + text(fold, kCarry) : text(fold, kCarry);
    if (!m_isBlock)
        return rounds;
    return text(fold, kBlockCarry) + rounds + text(fold, "@acc@ = @acc with all_warps@;\n");
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
    if (fold.affine) {
        const auto part = [&](const Stmt* one) { return textOf(one); };
        const auto* pattern = fold.affine->isConverted ? "static_cast<@type@>({})" : "{}";
        const auto factor = fmt::format(fmt::runtime(pattern), fold.affine->factorText(part));
        const auto term = fmt::format(fmt::runtime(pattern), fold.affine->termText(part));
        return text(fold, fmt::format("@values@[@round@][@k@] = {{{}, {}}};\n", factor, term));
    }
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
