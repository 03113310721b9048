// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/FactorWriter.h"

#include <numeric>

#include "moves/CodeTemplate.h"
#include "moves/Contraction.h"
#include "moves/PlainLaunch.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kMostUnrolled = 32;
constexpr std::int64_t kStoreBytes = 16;
/// Of what a thread works out before it stores: half of its registers.
constexpr std::int64_t kMostKeptBytes = 512;

constexpr const char* kThreadOf = R"(    const @type@ @name@ = @index@;
    if (@name@ >= @bound@)
        return;
)";

constexpr const char* kLow =
    R"(// What the nearest @element@ leaves of a factor, as another: the factor is the sum of both. @about@
static __device__ __forceinline__ @element@ @low@(float factor)
{
    const float rest = factor - @widened@(@narrowed@(factor));
    // What is no number, or is rounded to an infinity, leaves nothing.
    return @narrowed@(fabsf(rest) <= 3.4e38f ? rest : 0.0f);
}

)";

/// What loads and stores so many bytes.
const char* vectorOf(std::int64_t bytes)
{
    return bytes >= 16 ? "uint4" : bytes == 8 ? "uint2" : bytes == 4 ? "unsigned" : "unsigned short";
}

}  // namespace

FactorWriter::FactorWriter(const MoveContext& context, const KernelScope& kernel, const FactorNest& nest,
                           const FactorPlace& place, std::size_t side, const WrittenType& type,
                           std::vector<FactorArrays> arrays, std::set<const VarDecl*> needed)
    : m_context(context)
    , m_kernel(kernel)
    , m_nest(nest)
    , m_place(place)
    , m_side(side)
    , m_type(type)
    , m_arrays(std::move(arrays))
    , m_needed(std::move(needed))
    , m_isAlong(place.liesAlongDepth(side))
    , m_first(context.directives().freshName("first_" + place.own(side)->getNameAsString()))
    , m_lane(context.directives().freshName("lane"))
    , m_low(context.directives().freshName("lowPart"))
{
    const auto fitting = lanesThatFit();
    if (m_isAlong)
        m_chunk = std::gcd(m_place.run(), fitting);
    else
        m_lanes = fitting;
    if (m_lanes > 1)
        findAhead();
}

std::string FactorWriter::typeOf(const VarDecl* var) const
{
    return var->getType().getUnqualifiedType().getAsString(m_kernel.source().context().getPrintingPolicy());
}

/// Elements of a store, as many as registers allow; 1 where that is no more than one.
std::int64_t FactorWriter::lanesThatFit() const
{
    std::int64_t parts = 0;
    for (const auto& one : m_arrays)
        parts += static_cast<std::int64_t>(one.names.size());
    auto fitting = kStoreBytes / m_type.bytes;
    const auto kept = [&] { return m_place.run() * parts * m_type.bytes * (m_isAlong ? 1 : fitting); };
    while (fitting > 1 && kept() > kMostKeptBytes)
        fitting /= 2;
    return fitting * m_type.bytes < 4 ? 1 : fitting;
}

/// Whether \p node is worked out in every round, whatever values there are.
bool FactorWriter::isAlways(const Stmt* node) const
{
    for (; node != nullptr && !llvm::isa<DeclStmt>(node); node = m_kernel.parent(node)) {
        const auto* binary = llvm::dyn_cast<BinaryOperator>(node);
        if (llvm::isa<ConditionalOperator, LambdaExpr>(node) || (binary != nullptr && binary->isLogicalOp()))
            return false;
        if (binary != nullptr && binary->isAssignmentOp())
            return true;
    }
    return node != nullptr;
}

/// Adds what the place \p node is made of; false where memory has a part in it.
bool FactorWriter::addPlaceOf(const Stmt* node, std::set<const VarDecl*>& variables) const
{
    bool isPlain = true;
    walk(node, [&](const Stmt* inner) {
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(inner);
        const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
        if (var == nullptr || !var->isLocalVarDecl() || !variables.insert(var).second)
            return isPlain;
        const auto all = declarationsOutside();
        const bool isDeclared =
            std::ranges::any_of(all, [&](const DeclStmt* declaration) { return declaration->getSingleDecl() == var; });
        if (isDeclared)
            isPlain = isPlain && m_kernel.accesses(var->getInit()).empty() && addPlaceOf(var->getInit(), variables);
        return isPlain;
    });
    return isPlain;
}

/// Of values that are the same throughout a run.
std::vector<const DeclStmt*> FactorWriter::declarationsOutside() const
{
    auto all = m_nest.declarations;
    for (std::size_t at = 0; at < m_place.loopsAroundRun(); ++at)
        all.insert(all.end(), m_nest.loops[at].declarations.begin(), m_nest.loops[at].declarations.end());
    return all;
}

/// Whether \p load is one of neighbours in all lanes, of the same place throughout a run, that begin on a boundary of
/// all of them.
bool FactorWriter::isAhead(const Access& load) const
{
    const auto* subscript = llvm::dyn_cast_or_null<ArraySubscriptExpr>(load.expression);
    if (subscript == nullptr || load.call != nullptr || !llvm::isa_and_nonnull<ParmVarDecl>(load.base) || !load.index
        || subscript->getType().isVolatileQualified() || !isAlways(subscript))
        return false;
    for (auto at = m_place.loopsAroundRun(); at < m_nest.loops.size(); ++at)
        if (load.index->dependsOn(m_kernel.symbolOf(m_nest.loops[at].loop.var)))
            return false;
    const auto bytes = m_kernel.source().context().getTypeSizeInChars(subscript->getType()).getQuantity();
    return (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) && isAligned(load);
}

bool FactorWriter::isAligned(const Access& load) const
{
    const auto* own = m_place.own(m_side);
    const auto step = load.index->coefficient(threadSymbol(static_cast<int>(m_side)));
    const auto index = m_kernel.form(own->getInit());
    const auto bound = m_kernel.form(m_nest.guarded.bounds.at(own));
    if (!step || !step->isOne() || !index || !bound)
        return false;
    auto rest = *load.index - *index;
    if (const Expr* advance = m_kernel.advanceOf(load.base)) {
        const auto moved = m_kernel.form(advance);
        if (!moved)
            return false;
        rest = rest - IndexForm::symbol(KernelScope::advanceSymbol(load.base)) + *moved;
    }
    return rest.isMultiple(std::nullopt, m_lanes) || rest.isMultipleWith(*bound, m_lanes);
}

void FactorWriter::findAhead()
{
    for (const auto& one : m_arrays)
        for (const auto& load : one.factor->loads) {
            auto variables = m_aheadNeeds;
            const auto range = isAhead(load) ? m_kernel.source().range(load.expression) : std::nullopt;
            if (!range || m_aheadLoads.count(load.expression) > 0 || !addPlaceOf(load.expression, variables))
                continue;
            // Names of loops within would be others' there.
            const bool isKnown = std::ranges::all_of(variables, [&](const VarDecl* var) {
                const auto all = declarationsOutside();
                return var == m_place.own(m_side) || !isDeclaredWithin(var, m_nest.statement())
                    || std::ranges::any_of(all, [&](const auto* declared) { return declared->getSingleDecl() == var; })
                    || std::ranges::any_of(m_nest.loops, [&](const auto& loop) { return loop.loop.var == var; });
            });
            if (!isKnown)
                continue;
            m_aheadNeeds = std::move(variables);
            const auto words = m_kernel.source().text(*range);
            auto known = std::ranges::find_if(m_ahead, [&](const AheadLoad& other) { return other.text == words; });
            if (known == m_ahead.end()) {
                auto name = m_context.directives().freshName("next_" + load.base->getNameAsString());
                while (std::ranges::any_of(m_ahead, [&](const AheadLoad& other) { return other.name == name; }))
                    name += "_" + std::to_string(m_ahead.size() + 1);
                const auto element = innermostElement(load.base->getType()).getUnqualifiedType();
                m_ahead.push_back({words,
                                   name,
                                   element.getAsString(m_kernel.source().context().getPrintingPolicy()),
                                   m_kernel.source().context().getTypeSizeInChars(element).getQuantity(),
                                   {}});
                known = std::prev(m_ahead.end());
            }
            known->ranges.push_back(*range);
            m_aheadLoads.insert(load.expression);
        }
    for (const auto& one : m_arrays)
        for (const auto& parts : one.factor->parts)
            for (const auto& part : parts)
                addLaneNeeds(part.expression);
}

/// Adds the variables that \p node, and what those are set to, names beside loads that come ahead.
void FactorWriter::addLaneNeeds(const Stmt* node)
{
    if (node == nullptr || m_aheadLoads.count(node) > 0)
        return;
    const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
    const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
    if (var != nullptr && var->isLocalVarDecl() && m_laneNeeds.insert(var).second)
        addLaneNeeds(var->getInit());
    for (const Stmt* child : node->children())
        addLaneNeeds(child);
}

std::string FactorWriter::text(TextRange range) const
{
    std::vector<Replacement> replacements;
    if (m_isByLanes)
        for (const auto& load : m_ahead)
            for (const auto& one : load.ranges)
                if (range.contains(one))
                    replacements.push_back({one, fmt::format("{}[{}]", load.name, m_lane)});
    return rewritten(m_kernel.source().text(), range, replacements);
}

std::string FactorWriter::statementText(const Stmt* statement, const std::string& indentation)
{
    const auto range = m_kernel.source().statementRange(statement);
    m_hasWords = m_hasWords && range.has_value();
    return range ? reindented(indentationAt(m_kernel.source().text(), range->begin) + text(*range), indentation) : "";
}

/// The statements of \p declarations that \p wanted has the variables of.
std::string FactorWriter::declarationsText(const std::vector<const DeclStmt*>& declarations,
                                           const std::set<const VarDecl*>& wanted, const std::string& indentation)
{
    std::string all;
    for (const auto* declaration : declarations)
        if (wanted.count(llvm::cast<VarDecl>(declaration->getSingleDecl())) > 0)
            all += statementText(declaration, indentation);
    return all;
}

/// The product of \p parts as a float; empty where it has no words.
std::string FactorWriter::productText(const FactorParts& parts) const
{
    std::vector<std::string> multiplied;
    std::string divided;
    for (const auto& part : parts) {
        const auto range = m_kernel.source().range(part.expression->IgnoreParenImpCasts());
        const auto value = range ? floatText(*part.expression, text(*range)) : std::string();
        if (value.empty())
            return {};
        if (part.divides)
            divided += " / " + value;
        else
            multiplied.push_back(value);
    }
    return (multiplied.empty() ? "1.0f" : fmt::format("{}", fmt::join(multiplied, " * "))) + divided;
}

std::string FactorWriter::helpers() const { return lowPartFunction(m_type, m_low); }

std::string FactorWriter::body()
{
    std::string advances;
    for (const Stmt* advance : m_nest.advances)
        if (m_needed.count(plainVariable(llvm::cast<BinaryOperator>(advance)->getLHS())) > 0)
            advances += statementText(advance, "    ");
    const auto head = [&](const VarDecl* var, const std::string& name, const std::string& index,
                          const std::string& bound) {
        return filled(kThreadOf, {{"type", typeOf(var)}, {"name", name}, {"index", index}, {"bound", bound}});
    };
    const auto& outermost = m_nest.outermost();
    const std::string thread = "blockIdx.x * blockDim.x + threadIdx.x";
    std::string made;
    if (m_isAlong) {
        const auto* counter = outermost.loop.var;
        made = head(counter, counter->getNameAsString(),
                    outermost.step == 1 ? thread : fmt::format("({}) * {}", thread, outermost.step),
                    m_place.endOf(outermost))
            + advances + alongDepth();
    } else if (m_lanes == 1) {
        made = head(m_place.own(m_side), ownName(), thread, m_place.bound(m_side)) + advances + alongIndex();
    } else {
        made = advances + byLanes();
    }
    return m_hasWords ? made : std::string();
}

/// A thread has a round of the outermost loop, for one index after the other.
std::string FactorWriter::alongDepth()
{
    const auto before = declarationsText(m_nest.declarations, m_needed, "        ");
    return fmt::format("    for ({0} {1} = blockIdx.y; {1} < {2}; {1} += gridDim.y) {{\n", typeOf(m_place.own(m_side)),
                       ownName(), m_place.bound(m_side))
        + before + round(m_chunk > 1 ? Target::Run : Target::Memory, "        ") + "    }\n";
}

/// A thread has an index, for one round of the outermost loop after the other.
std::string FactorWriter::alongIndex()
{
    return declarationsText(m_nest.declarations, m_needed, "    ") + loopHead(m_nest.outermost(), "    ")
        + round(Target::Memory, "        ") + "    }\n";
}

/// The same for neighbours at once, where lines are whole vectors of them; else for the block's indices in turn.
std::string FactorWriter::byLanes()
{
    m_isByLanes = true;
    const auto wide = loopHead(m_nest.outermost(), "        ") + round(Target::Lanes, "            ") + "        }\n";
    m_isByLanes = false;
    const auto narrow = declarationsText(m_nest.declarations, m_needed, "            ")
        + loopHead(m_nest.outermost(), "            ") + round(Target::Memory, "                ") + "            }\n";
    return filled(R"(    if (@bound@ % @lanes@ == 0) {
        const @type@ @first@ = (blockIdx.x * blockDim.x + threadIdx.x) * @lanes@;
        if (@first@ >= @bound@)
            return;
@wide@    } else {
        const @type@ @first@ = blockIdx.x * blockDim.x * @lanes@ + threadIdx.x;
        for (@type@ @own@ = @first@; @own@ < @bound@ && @own@ < @first@ + blockDim.x * @lanes@; @own@ += blockDim.x) {
@narrow@        }
    }
)",
                  {{"wide", wide},
                   {"narrow", narrow},
                   {"type", typeOf(m_place.own(m_side))},
                   {"first", m_first},
                   {"own", ownName()},
                   {"bound", m_place.bound(m_side)},
                   {"lanes", std::to_string(m_lanes)}});
}

/// That of the outermost has the rounds that the block's row of the grid takes.
std::string FactorWriter::loopHead(const NestLoop& loop, const std::string& indentation) const
{
    const auto name = loop.loop.var->getNameAsString();
    const auto type = typeOf(loop.loop.var);
    if (loop.loop.statement == m_nest.outermost().loop.statement) {
        const auto step = loop.step == 1 ? std::string() : fmt::format(" * {}", loop.step);
        return fmt::format("{0}for ({1} {2} = blockIdx.y{3}; {2} < {4}; {2} += gridDim.y{3}) {{\n", indentation, type,
                           name, step, m_place.endOf(loop));
    }
    const auto rounds = m_kernel.form(loop.loop.bound)->constantValue();
    return (rounds && *rounds <= kMostUnrolled ? indentation + "#pragma unroll\n" : "")
        + fmt::format("{0}for ({1} {2} = 0; {2} < {3}; ++{2}) {{\n", indentation, type, name, m_place.endOf(loop));
}

/// What is done in a round of the outermost loop.
std::string FactorWriter::round(Target target, std::string indentation)
{
    const bool isByLanes = target == Target::Lanes;
    const auto outside = m_place.loopsAroundRun();
    auto made = isByLanes ? "" : declarationsText(m_nest.outermost().declarations, m_needed, indentation);
    std::string ends;
    const auto opened = [&](const std::string& head) {
        made += head;
        ends = indentation + "}\n" + ends;
        indentation += "    ";
    };
    for (std::size_t at = 1; at < outside; ++at) {
        opened(loopHead(m_nest.loops[at], indentation));
        if (!isByLanes)
            made += declarationsText(m_nest.loops[at].declarations, m_needed, indentation);
    }
    const auto around = std::exchange(ends, std::string());
    const auto inRun = indentation;
    if (isByLanes) {
        made += aheadText(indentation);
        made += valueArrays(target, indentation);
        opened(fmt::format("{0}#pragma unroll\n{0}for (int {1} = 0; {1} < {2}; ++{1}) {{\n", indentation, m_lane,
                           m_lanes));
        if (m_laneNeeds.count(m_place.own(m_side)) > 0)
            made += fmt::format("{}const {} {} = {} + {};\n", indentation, typeOf(m_place.own(m_side)), ownName(),
                                m_first, m_lane);
        made += declarationsText(declarationsOutside(), m_laneNeeds, indentation);
    } else {
        made += valueArrays(target, indentation);
    }
    for (auto at = outside; at < m_nest.loops.size(); ++at) {
        opened(loopHead(m_nest.loops[at], indentation));
        made += declarationsText(m_nest.loops[at].declarations, isByLanes ? m_laneNeeds : m_needed, indentation);
    }
    made += assignments(target, indentation);
    return made + ends + stores(target, inRun) + around;
}

std::string FactorWriter::aheadText(const std::string& indentation)
{
    if (m_ahead.empty())
        return {};
    std::string arrays;
    std::string loads;
    for (const auto& load : m_ahead) {
        arrays += fmt::format("{}__align__(16) {} {}[{}];\n", indentation, load.element, load.name, m_lanes);
        const auto* vector = vectorOf(load.bytes * m_lanes);
        const auto pieces = std::max<std::int64_t>(1, load.bytes * m_lanes / kStoreBytes);
        for (std::int64_t piece = 0; piece < pieces; ++piece)
            loads += fmt::format("{0}    *reinterpret_cast<{1}*>({2}{4}) = *reinterpret_cast<const {1}*>(&{3}{4});\n",
                                 indentation, vector, load.name, load.text,
                                 piece == 0 ? "" : fmt::format(" + {}", piece * m_lanes / pieces));
    }
    // Here the loads are those of the first lane.
    m_isByLanes = false;
    const auto declarations = declarationsText(declarationsOutside(), m_aheadNeeds, indentation + "    ");
    m_isByLanes = true;
    return arrays
        + fmt::format("{0}{{\n{0}    const {1} {2} = {3};\n{4}{5}{0}}}\n", indentation, typeOf(m_place.own(m_side)),
                      ownName(), m_first, declarations, loads);
}

/// What stores of several elements come from.
std::string FactorWriter::valueArrays(Target target, const std::string& indentation) const
{
    std::string all;
    if (target == Target::Memory)
        return all;
    const auto lanes = target == Target::Lanes ? fmt::format("[{}]", m_lanes) : std::string();
    for (const auto& one : m_arrays)
        for (const auto& name : one.names)
            all += fmt::format("{}__align__(16) {} {}_values[{}]{};\n", indentation, m_type.element, name,
                               m_place.run(), lanes);
    return all;
}

std::string FactorWriter::assignments(Target target, const std::string& indentation)
{
    std::string all;
    for (const auto& one : m_arrays)
        for (std::size_t number = 0; number < one.factor->parts.size(); ++number) {
            const auto value = productText(one.factor->parts[number]);
            m_hasWords = m_hasWords && !value.empty();
            const auto place = target == Target::Memory
                ? fmt::format("[{}]", m_place.element(m_side, m_place.written(number), ownName()))
                : fmt::format("_values[{}]{}", m_place.numberInRun(number),
                              target == Target::Lanes ? "[" + m_lane + "]" : "");
            auto factor = value;
            if (one.names.size() > 1 && termText(value) != value) {
                factor = fmt::format("{}_whole{}", one.names[0], number == 0 ? "" : fmt::format("_{}", number + 1));
                all += fmt::format("{}const float {} = {};\n", indentation, factor, value);
            }
            for (std::size_t part = 0; part < one.names.size(); ++part) {
                const auto& made = part == 0 ? m_type.narrowed : m_low;
                all += fmt::format("{}{}{} = {};\n", indentation, one.names[part], place,
                                   made.empty() ? factor : fmt::format("{}({})", made, factor));
            }
        }
    return all;
}

std::string FactorWriter::stores(Target target, const std::string& indentation) const
{
    if (target == Target::Memory)
        return {};
    const bool isByLanes = target == Target::Lanes;
    const auto stored = isByLanes ? m_lanes : m_chunk;
    const auto step = isByLanes ? std::int64_t{1} : m_chunk;
    const bool isOne = m_place.run() == step;
    const auto number = isOne ? std::string("0") : m_context.directives().freshName("at");
    const auto place = isOne && !isByLanes ? m_place.placeInRun("0") : m_place.placeInRun(number);
    std::string all;
    for (const auto& one : m_arrays)
        for (const auto& name : one.names)
            all += fmt::format(
                "{0}{1}*reinterpret_cast<{2}*>(&{3}[{4}]) = *reinterpret_cast<const {2}*>(&{3}_values[{5}]{6});\n",
                indentation, isOne ? "" : "    ", vectorOf(stored * m_type.bytes), name,
                m_place.element(m_side, place, isByLanes ? m_first : ownName()), number, isByLanes ? "[0]" : "");
    if (isOne)
        return all;
    return fmt::format("{0}#pragma unroll\n{0}for (int {1} = 0; {1} < {2}; {3}) {{\n{4}{0}}}\n", indentation, number,
                       m_place.run(), step == 1 ? "++" + number : fmt::format("{} += {}", number, step), all);
}

std::string lowPartFunction(const WrittenType& type, const std::string& low)
{
    return type.parts == 1 ? std::string()
                           : filled(kLow,
                                    {{"element", type.element},
                                     {"about", type.about},
                                     {"narrowed", type.narrowed},
                                     {"widened", type.widened},
                                     {"low", low}});
}

std::string floatText(const Expr& part, const std::string& text)
{
    const Expr* inner = part.IgnoreParenImpCasts();
    if (text.empty())
        return {};
    const auto* call = llvm::dyn_cast<CXXMemberCallExpr>(inner);
    const bool isConverted = call != nullptr && llvm::isa_and_nonnull<CXXConversionDecl>(call->getMethodDecl());
    if (isConverted || !inner->getType()->isSpecificBuiltinType(BuiltinType::Float))
        return fmt::format("static_cast<float>({})", text);
    return llvm::isa<BinaryOperator, ConditionalOperator>(inner) ? "(" + text + ")" : text;
}

}  // namespace warploom
