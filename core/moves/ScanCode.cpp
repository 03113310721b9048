// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ScanCode.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kPackedBytes = 16;
constexpr int kMostPacked = 8;

/// What moves so many bytes at once.
const char* movedAs(int bytes)
{
    switch (bytes) {
    case 16:
        return "uint4";
    case 8:
        return "uint2";
    case 4:
        return "unsigned int";
    default:
        return "unsigned short";
    }
}

constexpr const char* kScanWarp =
    "// Folds the values of the lanes up to each lane of the warp.\n"
    "static __device__ __forceinline__ @type@ @name@(@type@ value)\n{\n"
    "    const unsigned lane = threadIdx.x % 32;\n"
    "    for (unsigned offset = 1; offset < 32; offset *= 2) {\n"
    "        const @type@ before = __shfl_up_sync(0xffffffffu, value, offset);\n"
    "        if (lane >= offset)\n            value = @before op value@;\n    }\n    return value;\n}\n\n";

bool isWithin(const KernelScope& kernel, const Stmt* inner, const Stmt* outer)
{
    for (const Stmt* node = inner; node != nullptr; node = kernel.parent(node))
        if (node == outer)
            return true;
    return false;
}

}  // namespace

std::optional<ScanCode> ScanCode::make(const KernelScope& kernel, const RunningFold& fold, const std::string& items,
                                       const std::string& padding, bool startsAligned)
{
    ScanCode code(kernel, fold);
    if (!code.readLanes(startsAligned))
        return std::nullopt;
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

std::vector<const Stmt*> ScanCode::withLocals(std::vector<const Stmt*> parts) const
{
    // A local may need earlier ones.
    for (auto local = m_fold->locals.rbegin(); local != m_fold->locals.rend(); ++local)
        for (const auto* one : (*local)->decls())
            if (std::ranges::any_of(parts, [&](const Stmt* part) {
                    return !m_kernel->references(llvm::cast<VarDecl>(one), part).empty();
                })) {
                parts.insert(parts.begin(), *local);
                break;
            }
    return parts;
}

std::vector<const Stmt*> ScanCode::foldParts() const
{
    std::vector<const Stmt*> parts(m_fold->factors.begin(), m_fold->factors.end());
    if (m_fold->condition != nullptr)
        parts.push_back(m_fold->condition);
    return withLocals(parts);
}

std::vector<const Stmt*> ScanCode::writeParts() const
{
    std::vector<const Stmt*> parts;
    for (const auto& write : m_fold->writes)
        parts.push_back(write.statement);
    return withLocals(parts);
}

std::vector<const Stmt*> ScanCode::parts() const
{
    auto parts = foldParts();
    const auto others = writeParts();
    parts.insert(parts.end(), others.begin(), others.end());
    return parts;
}

bool ScanCode::canBeWide(const Access& access) const
{
    const auto& context = m_kernel->source().context();
    const auto type = innermostElement(access.base->getType());
    const auto bytes = type->isIncompleteType() ? 0 : context.getTypeSizeInChars(type).getQuantity();
    const auto stride = access.index ? access.index->coefficient(m_kernel->symbolOf(m_fold->var)) : std::nullopt;
    bool isPlain = access.call == nullptr && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) && stride
        && stride->isOne() && !type.isVolatileQualified();
    bool isUsed = false;
    for (const Stmt* part : parts()) {
        isUsed = isUsed || isWithin(*m_kernel, access.expression, part);
        isPlain = isPlain && !isConditional(access.expression, part);
    }
    // Its place is written where the loop's own variables are not.
    walk(access.expression, [&](const Stmt* node) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        isPlain = isPlain
            && (var == nullptr || var == m_fold->var
                || !(m_fold->loop->getBeginLoc() < var->getBeginLoc()
                     && var->getBeginLoc() < m_fold->loop->getEndLoc()));
        return isPlain;
    });
    return isPlain && isUsed;
}

/// What a condition keeps from being touched may lie outside the array.
bool ScanCode::isConditional(const Expr* access, const Stmt* part) const
{
    if (!isWithin(*m_kernel, access, part))
        return false;
    if (m_fold->condition != nullptr && std::ranges::find(m_fold->factors, part) != m_fold->factors.end())
        return true;
    for (const Stmt* node = access; node != part; node = m_kernel->parent(node)) {
        const auto* above = m_kernel->parent(node);
        const auto* binary = llvm::dyn_cast<BinaryOperator>(above);
        if (llvm::isa<ConditionalOperator>(above) || (binary != nullptr && binary->isLogicalOp()))
            return true;
    }
    return false;
}

bool ScanCode::addLane(const Access& access, bool startsAligned)
{
    const auto& source = m_kernel->source();
    const auto range = source.range(access.expression);
    const auto names = m_kernel->renaming(m_fold->var, access.expression, "@at@");
    if (!range || !names)
        return false;
    auto lane = std::ranges::find_if(
        m_lanes, [&](const auto& known) { return known.base == access.base && known.index == *access.index; });
    if (lane == m_lanes.end()) {
        const auto type = innermostElement(access.base->getType()).getUnqualifiedType();
        Lane added;
        added.base = access.base;
        added.index = *access.index;
        added.place = rewritten(source.text(), *range, *names);
        added.element = type.getAsString(source.context().getPrintingPolicy());
        added.bytes = static_cast<int>(source.context().getTypeSizeInChars(type).getQuantity());
        const auto rest = access.index->without(m_kernel->symbolOf(m_fold->var));
        added.isAligned = startsAligned && rest.isMultiple(std::nullopt, kPackedBytes);
        lane = m_lanes.insert(m_lanes.end(), added);
    }
    const auto isIn = [&](const std::vector<const Stmt*>& parts) {
        return std::ranges::any_of(parts,
                                   [&](const Stmt* part) { return isWithin(*m_kernel, access.expression, part); });
    };
    lane->isFolded = lane->isFolded || (access.reads && isIn(foldParts()));
    lane->isReadAgain = lane->isReadAgain || (access.reads && isIn(writeParts()));
    lane->isStored = lane->isStored || access.writes;
    lane->uses.push_back(*range);
    return true;
}

bool ScanCode::readLanes(bool startsAligned)
{
    int widest = 0;
    for (const auto& access : m_kernel->accesses(m_fold->loop->getBody())) {
        if (!canBeWide(access))
            continue;
        if (!addLane(access, startsAligned))
            return false;
        widest = std::max(widest, m_lanes.back().bytes);
    }
    // An array that is written has one index only, so either all of its accesses are wide or none is.
    if (widest > 0)
        m_width = std::min(kPackedBytes / widest, kMostPacked);
    return true;
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
    std::map<std::string, int> taken;
    for (auto& lane : m_lanes) {
        const auto base = lane.base->getName().str();
        const int number = ++taken[base];
        lane.name = source.directives().freshName(number == 1 ? fmt::format("{}_packed", base)
                                                              : fmt::format("{}_packed_{}", base, number));
    }
    auto scanWarp = std::string(kScanWarp);
    scanWarp.replace(scanWarp.find("@before op value@"), std::string_view("@before op value@").size(),
                     combination(m_fold->reduction, "before", "value"));
    addFunction("scanWarp", std::string("scanWarp") + wordOf(m_fold->reduction.operation), scanWarp);
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
    std::string value;
    for (const auto* factor : m_fold->factors) {
        auto text = textOf(factor, isWide);
        // Products and negations are of the fold's type, as they were.
        const bool isAsIs = m_fold->factors.size() == 1 && !m_fold->isNegated;
        if (!isAsIs
            && !m_kernel->source().context().hasSameUnqualifiedType(
                llvm::cast<Expr>(factor)->IgnoreParenImpCasts()->getType(), m_fold->type()))
            text = fmt::format("static_cast<{}>({})", valueOf(m_values, "type"), text);
        value += m_fold->factors.size() == 1 ? text : fmt::format("{}({})", value.empty() ? "" : " * ", text);
    }
    if (value.empty())
        value = "1";
    if (m_fold->isNegated)
        value = fmt::format("-({})", value);
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
        const bool isLoaded = folds ? lane.isFolded : lane.isReadAgain;
        if (isLoaded || (!folds && lane.isStored))
            text += fmt::format("__align__({}) {} {}[{}];\n", lane.bytes * m_width, lane.element, lane.name, m_width);
        if (isLoaded)
            text += filled(fmt::format("*reinterpret_cast<{0}*>({1}) = *reinterpret_cast<const {0}*>(&{2});\n",
                                       movedAs(lane.bytes * m_width), lane.name, lane.place));
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
                                       movedAs(lane.bytes * m_width), lane.name, lane.place));
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
