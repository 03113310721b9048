// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/HostWords.h"
#include "moves/RoundMoves.h"
#include "moves/SliceWriter.h"

namespace warploom {

using namespace clang;

namespace {

const char* const kSlicePart =
    R"(// Of each row of `row` elements of an array, the `part` ones from `first` on, which a block keeps a copy of.
struct @Part@ {
    unsigned elements;  // of the array; 0: too many for any to be kept
    unsigned row;
    unsigned inverse;  // 2^32 / row, a little more
    unsigned first;
    unsigned part;
    unsigned count;  // of the copy

    __device__ @Part@(unsigned long long rows, unsigned long long row, unsigned first, unsigned part, unsigned most)
        : elements((rows * row) >> 31 == 0 ? rows * row : 0)
        , row(row)
        , inverse(0xffffffffu / max(this->row, 1u) + 1)
        , first(first)
        , part(part)
        , count(elements == 0 ? 0 : min(rows * part, 0ull + most))
    {
    }
};

)";

/// Which part of a row an element is of is worked out from its address: additions elsewhere are right too.
const char* const kAddToPart = R"(// Adds to the copy where address is of the part, else to the array itself.
static __device__ __forceinline__ void @add@(@type@* address, @type@ value, @type@* array, const @Part@& part,
                                             @type@* kept)
{
    const unsigned long long place = address - array;
    unsigned row = __umulhi(static_cast<unsigned>(place), part.inverse);
    unsigned column = static_cast<unsigned>(place) - row * part.row;
    if (static_cast<int>(column) < 0) {  // one row too far
        row -= 1;
        column += part.row;
    }
    const unsigned at = row * part.part + (column - part.first);
    if (place < part.elements && column - part.first < part.part && at < part.count)
        atomicAdd(kept + at, value);
    else
        atomicAdd(address, value);
}

)";

const char* const kMergePart =
    "for (unsigned @at@ = threadIdx.x; @at@ < @count@; @at@ += blockDim.x)\n"
    "    if (@kept@[@at@] != 0)\n"
    "        atomicAdd(@elements of array@ + @at@ / @own@.part * @own@.row + @own@.first + @at@ % @own@.part, "
    "@kept@[@at@]);\n";

/// Where the axis is the first one, a part of it is a run of elements.
const char* const kRunOfLoop = "@type@* const @own@ = @elements of array@ + @loop first@ * (0ull + @stride@);\n"
                               "const unsigned @count@ = @loop first@ < @loop last@\n"
                               "    ? min((@loop last@ - @loop first@) * (0ull + @stride@), 0ull + @SLICE@) : 0;\n";

const char* const kMergeRunOfLoop = "for (unsigned @at@ = threadIdx.x; @at@ < @count@; @at@ += blockDim.x)\n"
                                    "    if (@kept@[@at@] != 0)\n"
                                    "        atomicAdd(@own@ + @at@, @kept@[@at@]);\n";

class LoopSlices : public SliceWriter {
public:
    using SliceWriter::SliceWriter;

protected:
    bool readOwn() override
    {
        for (const Stmt* statement : m_guarded.body)
            walk(statement, [&](const Stmt* node) {
                if (m_loop || !llvm::isa<ForStmt, WhileStmt, DoStmt>(node))
                    return !m_loop;
                if (auto loop = m_kernel.countedLoop(node); loop && holdsAdditions(*loop->statement))
                    m_loop = loop;
                return false;
            });
        return m_loop && readLoop() && readAxes() && moveToPart();
    }

    std::optional<std::pair<std::int64_t, std::int64_t>> measure(const ExpressionScope& sizes,
                                                                 std::int64_t most) const override
    {
        std::int64_t each = 0;
        for (std::size_t i = 0; i < m_arrays.size(); ++i) {
            const auto own = valueOfText(eachOf(i), sizes);
            if (!own)
                return std::nullopt;
            each = std::max(each, *own);
        }
        const auto rounds = valueOfText(m_rounds, sizes);
        if (!rounds || each > most)
            return std::nullopt;
        const auto slices = (*rounds + most / each - 1) / (most / each);
        return std::pair(slices, (*rounds + slices - 1) / slices * each);
    }

    void nameOwn() override
    {
        const auto& directives = m_context.directives();
        for (const auto* name : {"SLICES", "PART", "MOST"})
            m_names.emplace_back(name, directives.freshName(name));
        m_names.emplace_back("slices", valueOf(m_names, "SLICES"));
        m_names.emplace_back("Part", directives.freshName("SlicePart"));
    }

    std::string functions() const override
    {
        std::string text = isFirstAxis() ? "" : kSlicePart;
        for (const auto& one : m_arrays)
            if (const auto own = filled(isFirstAxis() ? kAddToRun : kAddToPart, one.names);
                text.find(own) == std::string::npos)
                text += own;
        return filled(text, m_names);
    }

    std::string shared() const override
    {
        return "const @loop type@ @loop first@ = blockIdx.y * @loop part@;\n"
               "const @loop type@ @loop last@ = @loop first@ + @loop part@ < @loop bound@ ? @loop first@ + @loop part@ "
               ": @loop bound@;\n";
    }

    std::string slice() const override
    {
        return isFirstAxis() ? kRunOfLoop
                             : "const @Part@ @own@(@rows@, @stride@ * (0ull + @loop bound@), @loop first@ * @stride@, "
                               "@loop part@ * @stride@, @SLICE@);\n";
    }

    std::string merge() const override { return isFirstAxis() ? kMergeRunOfLoop : kMergePart; }
    std::string passed() const override
    {
        return isFirstAxis() ? ", @own@, @count@, @kept@" : ", @elements of array@, @own@, @kept@";
    }

    std::vector<std::pair<std::string, std::string>> parameters() const override
    {
        std::vector<std::pair<std::string, std::string>> all;
        for (std::size_t i = 0; i < m_arrays.size(); ++i) {
            if (!isFirstAxis())
                all.emplace_back("unsigned " + valueOf(m_arrays[i].names, "rows"), rowsOf(i));
            all.emplace_back("unsigned " + valueOf(m_arrays[i].names, "stride"), strideOf(i));
        }
        all.emplace_back(valueOf(m_names, "loop type") + " " + valueOf(m_names, "loop part"), valueOf(m_names, "PART"));
        return all;
    }

    std::string lets() const override
    {
        std::string most;
        for (std::size_t i = 0; i < m_arrays.size(); ++i) {
            const auto own = eachOf(i);
            most = most.empty() || most == own ? own : fmt::format("max({}, {})", most, own);
        }
        most = isPlainWord(most) ? most : "(" + most + ")";
        return fmt::format("// warploom: let @MOST@ = max(@SLICE@ / {0}, 1)\n"
                           "// warploom: let @SLICES@ = max(ceil_div({1}, @MOST@), 1)\n"
                           "// warploom: let @PART@ = max(ceil_div({1}, @SLICES@), 1)\n",
                           most, m_rounds);
    }

    std::string comment() const override
    {
        return fmt::format("// Blocks of one blockIdx.y do one part of the loop over {}, and keep the part of {} that "
                           "it adds to;\n// those of one blockIdx.x go through one share of the items.\n",
                           m_loop->var->getName().str(), arrayNames());
    }

private:
    [[nodiscard]] bool holdsAdditions(const Stmt& loop) const
    {
        std::size_t found = 0;
        std::size_t all = 0;
        for (const auto& one : m_arrays) {
            all += one.array.additions.size();
            walk(&loop, [&](const Stmt* node) {
                const auto* call = llvm::dyn_cast<CallExpr>(node);
                found += std::ranges::count(one.array.additions, call);
                return true;
            });
        }
        return found == all;
    }

    /// Whether it goes from 0 by ones to a bound that the launch knows, and is not left early.
    bool readLoop()
    {
        const auto step = m_loop->step == nullptr ? IndexForm::constant(1) : m_kernel.form(m_loop->step);
        const auto start = m_source.range(m_loop->start);
        const auto bound = m_source.range(m_loop->bound);
        const auto head = m_kernel.form(m_loop->start);
        if (!step || step != IndexForm::constant(1) || !head || head->constantValue() != 0 || !start || !bound)
            return false;
        m_rounds = m_kernel.argumentOf(m_launch, m_loop->bound);
        if (const auto constant = m_kernel.form(m_loop->bound); constant && constant->constantValue())
            m_rounds = std::to_string(*constant->constantValue());
        const auto* parameter = plainVariable(m_loop->bound);
        if (m_rounds.empty() || (parameter != nullptr && m_kernel.isModified(parameter)))
            return false;
        const auto var = m_loop->var->getName().str();
        const auto& directives = m_context.directives();
        m_names.emplace_back(
            "loop type",
            m_loop->var->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy()));
        m_names.emplace_back("loop bound", m_source.text(*bound));
        for (const auto* part : {"first", "last", "part"})
            m_names.emplace_back(std::string("loop ") + part, directives.freshName(fmt::format("{}_{}", var, part)));
        m_changes.push_back({*start, "@loop first@"});
        m_changes.push_back({*bound, "@loop last@"});
        return true;
    }

    /// The axis that the loop goes along, by its extent. Where it is another, more additions go to the array itself.
    bool readAxes()
    {
        const auto& directives = m_context.directives();
        for (auto& one : m_arrays) {
            const auto& shape = shapeOf(one);
            const auto axis = std::ranges::find_if(shape, [&](const std::string& extent) {
                return withoutLets(directives, extent) == withoutLets(directives, m_rounds);
            });
            if (axis == shape.end())
                return false;
            m_axes.push_back(static_cast<std::size_t>(axis - shape.begin()));
            const auto array = one.array.base->getName().str();
            for (const auto* part : {"rows", "stride"})
                one.names.emplace_back(part, directives.freshName(fmt::format("{}_{}", array, part)));
            one.names.emplace_back("own", directives.freshName(array + "_part"));
            one.names.emplace_back("add", directives.freshName("addToPart"));
            one.names.emplace_back("elements of array",
                                   m_source.context().hasSameUnqualifiedType(
                                       one.array.base->getType()->getPointeeType(), one.array.element)
                                       ? array
                                       : fmt::format("reinterpret_cast<{}*>({})", one.type, array));
        }
        for (auto& one : m_arrays)
            one.names.emplace_back("count",
                                   isFirstAxis() ? directives.freshName(one.array.base->getName().str() + "_count")
                                                 : valueOf(one.names, "own") + ".count");
        return true;
    }

    /// Variables that move from round to round are moved to where the part begins.
    bool moveToPart()
    {
        const auto moves = movesOfRounds(m_kernel, *m_loop);
        const auto place = m_source.statementRange(m_loop->statement);
        if (!moves || !place)
            return false;
        if (moves->empty())
            return true;
        // A hint about the loop has to stay right before it.
        if (!llvm::isa_and_nonnull<CompoundStmt>(m_kernel.parent(m_loop->statement)) || hasHint(place->begin))
            return false;
        std::string text;
        for (const auto& [var, amount] : *moves)
            text += fmt::format("{} += @loop first@ * {};\n{}", var->getName().str(), amount,
                                indentationAt(m_source.text(), place->begin));
        m_changes.push_back({{place->begin, place->begin}, text});
        return true;
    }

    [[nodiscard]] bool hasHint(std::size_t offset) const
    {
        const auto before = m_source.text().substr(0, offset);
        const auto end = before.find_last_not_of(" \t\n");
        const auto begin = end == std::string_view::npos ? end : before.rfind('\n', end);
        return begin != std::string_view::npos && before.substr(begin).find("#pragma") != std::string_view::npos;
    }

    [[nodiscard]] bool isFirstAxis() const
    {
        return std::ranges::all_of(m_axes, [](std::size_t axis) { return axis == 0; });
    }
    [[nodiscard]] std::string rowsOf(std::size_t i) const { return extent(m_arrays[i], 0, m_axes[i]); }
    /// Elements that a round can add to.
    [[nodiscard]] std::string eachOf(std::size_t i) const
    {
        return m_axes[i] == 0 ? strideOf(i) : rowsOf(i) + " * " + strideOf(i);
    }
    [[nodiscard]] std::string strideOf(std::size_t i) const
    {
        return extent(m_arrays[i], m_axes[i] + 1, shapeOf(m_arrays[i]).size());
    }

    std::optional<CountedLoop> m_loop;
    std::string m_rounds;  ///< of the loop, in the launch's words
    std::vector<std::size_t> m_axes;  ///< of each array, which the loop goes along
};

}  // namespace

std::unique_ptr<SliceWriter> makeLoopSlices(const MoveContext& context, const KernelScope& kernel,
                                            GuardedKernel guarded)
{
    return std::make_unique<LoopSlices>(context, kernel, std::move(guarded));
}

}  // namespace warploom
