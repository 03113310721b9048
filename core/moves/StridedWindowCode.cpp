// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/StridedWindowCode.h"

#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/StridedWindowWriter.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kStoreHelper =
    R"(// Copies BYTES between places on such a boundary, 16 at most, in as few words as there are.
template <int BYTES>
static __device__ __forceinline__ void @copyWide@(void* to, const void* from)
{
    if constexpr (BYTES % 16 == 0) {
        #pragma unroll
        for (int i = 0; i < BYTES / 16; ++i)
            static_cast<uint4*>(to)[i] = static_cast<const uint4*>(from)[i];
    } else if constexpr (BYTES == 8) {
        *static_cast<uint2*>(to) = *static_cast<const uint2*>(from);
    } else if constexpr (BYTES == 4) {
        *static_cast<unsigned*>(to) = *static_cast<const unsigned*>(from);
    } else {
        #pragma unroll
        for (int i = 0; i < BYTES; ++i)
            static_cast<char*>(to)[i] = static_cast<const char*>(from)[i];
    }
}

)";

constexpr const char* kLinearWindowHead =
    R"(    // A thread computes @OUTPUTS@ neighbours of a row.
    const @columnType@ @groups@ = (@columns@ + @OUTPUTS@ - 1) / @OUTPUTS@;
    const @indexType@ @item@ = @place@;
    const @indexType@ @row@ = @item@ / @groups@;
    const @columnType@ @first@ = (@item@ - @row@ * @groups@) * @OUTPUTS@;
    const @indexType@ @rest@ = @bound@ - @row@ * @columns@;
    const @columnType@ @there@ = @rest@ < @columns@ ? @rest@ : @columns@;
    if (@surplus@@first@ >= @there@)
        return;
)";

/// The same where windows may reach over a row's ends: threads with such ones come last, so that the warps before them
/// have none.
constexpr const char* kLinearEndsHead =
    R"(    // A thread computes @OUTPUTS@ neighbours of a row; those at the ends of rows come last.
    const @columnType@ @groups@ = (@columns@ + @OUTPUTS@ - 1) / @OUTPUTS@;
    const @columnType@ @inside@ = @groups@ > 2 ? @groups@ - 2 : 0;
    const @indexType@ @item@ = @place@;
    const @indexType@ @before@ = (@bound@ + @columns@ - 1) / @columns@ * @inside@;
    const bool @isEnd@ = @item@ >= @before@;
    const @columnType@ @each@ = @isEnd@ ? @groups@ - @inside@ : @inside@;
    const @indexType@ @number@ = @isEnd@ ? @item@ - @before@ : @item@;
    const @indexType@ @row@ = @number@ / @each@;
    const @columnType@ @turn@ = @number@ - @row@ * @each@;
    const @columnType@ @first@ = (!@isEnd@ ? @turn@ + 1 : @turn@ == 0 ? 0 : @turn@ + @inside@) * @OUTPUTS@;
    const @indexType@ @rest@ = @bound@ - @row@ * @columns@;
    const @columnType@ @there@ = @rest@ < @columns@ ? @rest@ : @columns@;
    if (@surplus@@first@ >= @there@)
        return;
)";

constexpr const char* kPlaneWindowHead =
    R"(    // A thread computes @OUTPUTS@ neighbours of a row.
    const @indexType@ @first@ = (@place@) * @OUTPUTS@;
@otherIndices@    if (@leaves@)
        return;
)";

}  // namespace

StridedWindowWriter::StridedWindowWriter(const MoveContext& context, const KernelScope& kernel,
                                         const StridedWindows& found, const std::string& outputs)
    : m_kernel(kernel)
    , m_source(context.source())
    , m_found(found)
{
    const auto& directives = context.directives();
    m_names = {{"OUTPUTS", outputs}};
    for (const auto& [mark, base] : CodeValues{{"output", "output"},
                                               {"groups", "groups"},
                                               {"item", "item"},
                                               {"row", "row"},
                                               {"first", "first"},
                                               {"rest", "rest"},
                                               {"there", "there"},
                                               {"at", "at"},
                                               {"isThere", "isThere"},
                                               {"placeOf", "placeOf"},
                                               {"begin", "begin"},
                                               {"end", "end"},
                                               {"words", "words"},
                                               {"word", "word"},
                                               {"i", "i"},
                                               {"j", "j"},
                                               {"inside", "inside"},
                                               {"before", "before"},
                                               {"isEnd", "isEnd"},
                                               {"each", "each"},
                                               {"number", "number"},
                                               {"turn", "turn"},
                                               {"isWithin", "isWithin"},
                                               {"isInner", "isInner"},
                                               {"copyWide", "copyWide"}})
        m_names.emplace_back(mark, directives.freshName(base));
    m_column = found.isLinear ? directives.freshName("column") : found.index->getNameAsString();
    for (std::size_t i = 0; i < found.lines.size(); ++i)
        m_lines.emplace_back(directives.freshName("line" + numbered(i)), directives.freshName("kLength" + numbered(i)));
    for (const auto* state : found.states)
        m_states[state] = directives.freshName(state->getNameAsString() + "_of");
    for (std::size_t i = 0; i < found.stores.size(); ++i)
        m_stored.push_back(directives.freshName("stored" + numbered(i)));
}

bool StridedWindowWriter::write(SourceEdit& edit)
{
    const auto body = m_source.range(m_kernel.kernel().getBody());
    const auto before = offsetBeforeKernel(m_kernel);
    const auto text = "\n" + kernelText();
    if (!body || !before || !m_isWhole || !editLaunches(edit))
        return false;
    if (!m_found.stores.empty() || m_found.tap == nullptr)
        edit.insert(*before, filled(kStoreHelper, m_names));
    edit.replace({body->begin + 1, body->end - 1}, filled(text, m_names));
    return m_isWhole;
}

std::string StridedWindowWriter::kernelText()
{
    if (!m_found.loops.empty())
        return headText() + statesText() + nestText() + epilogueText();
    auto text = headText();
    for (std::size_t i = 0; i < m_found.lines.size(); ++i)
        text += mapLineText(i);
    return text + epilogueText();
}

std::string StridedWindowWriter::headText()
{
    const auto early = needsOf({m_found.columns, m_found.bound(), m_found.guarded.guard->getCond()});
    std::string first, rest;
    for (const auto* statement : m_found.declarations) {
        const auto* var = variableOf(statement);
        if (isIndex(var) || isState(var) || m_found.moving.count(var) > 0)
            continue;
        (early.count(var) > 0 ? first : rest) += statementWords(statement, "    ");
    }
    const auto* own = m_found.guarded.indexOf(0);
    CodeValues values = {{"indexType", indexType()},
                         {"columnType", typeText(columnType())},
                         {"columns", columns()},
                         {"bound", operand(m_found.bound())},
                         {"place", m_source.text(own->initialiser)}};
    // What is left of nothing is a large number without a sign.
    values.emplace_back("surplus",
                        m_found.index->getType()->isUnsignedIntegerType()
                            ? fmt::format("@row@ * {} >= {} || ", columns(), operand(m_found.bound()))
                            : "");
    std::string others;
    for (const auto& index : m_found.guarded.indices)
        if (index.var != own->var)
            others += fmt::format("    const {} {} = {};\n", typeText(index.var->getType()),
                                  index.var->getNameAsString(), m_source.text(index.initialiser));
    values.emplace_back("otherIndices", others);
    if (!m_found.isLinear) {
        const auto* condition = m_found.guarded.guard->getCond();
        const auto text = words(condition, renamed(m_found.index, condition, "@first@"));
        values.emplace_back("leaves", m_found.guarded.returnsEarly ? text : "!(" + text + ")");
    }
    return first
        + filled(!m_found.isLinear ? kPlaneWindowHead
                     : hasInner()  ? kLinearEndsHead
                                   : kLinearWindowHead,
                 values)
        + rest;
}

bool StridedWindowWriter::editLaunches(SourceEdit& edit)
{
    const auto launches = m_kernel.launches();
    for (const auto* launch : launches) {
        if (!m_found.isLinear) {
            const auto part = launch->gridParts.front();
            edit.replace(part, fmt::format("ceil_div({}, {})", m_source.text(part), valueOf(m_names, "OUTPUTS")));
            continue;
        }
        const auto all = inLaunchWords(m_kernel, *launch, m_found.bound());
        const auto columnsThere = inLaunchWords(m_kernel, *launch, m_found.columns);
        if (!all || !columnsThere || launch->gridParts.size() != 1 || launch->blockParts.size() != 1)
            return false;
        const auto divisor = isPlainWord(*columnsThere) ? *columnsThere : fmt::format("max({}, 1)", *columnsThere);
        edit.replace(launch->grid,
                     gridExtent(fmt::format("ceil_div({}, {}) * ceil_div({}, {})", *all, divisor, *columnsThere,
                                            valueOf(m_names, "OUTPUTS")),
                                m_source.text(launch->block)));
    }
    return !launches.empty();
}

bool writeStridedWindows(const MoveContext& context, const KernelScope& kernel, const StridedWindows& found,
                         const std::string& outputs, SourceEdit& edit)
{
    return StridedWindowWriter(context, kernel, found, outputs).write(edit);
}

}  // namespace warploom
