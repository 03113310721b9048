// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ShapeGuess.h"

namespace warploom {

using namespace clang;

namespace {

// Bins of a histogram, where nothing says how many.
constexpr std::int64_t kBins = 256;

IndexForm product(const std::vector<IndexForm>& shape)
{
    auto result = one();
    for (const auto& extent : shape)
        result = result * extent;
    return result;
}

/// n / 4 and the like: what is left of a size when its tail is dropped.
bool hasQuotient(const IndexForm& form)
{
    return std::any_of(form.terms().begin(), form.terms().end(), [](const auto& term) {
        return std::any_of(term.first.begin(), term.first.end(),
                           [](const auto& symbol) { return symbol.front() == '['; });
    });
}

/// \p form with values read from buffers standing for themselves, as if they were sizes.
IndexForm withData(const IndexForm& form, const AccessReport& report)
{
    return mapSymbols(form, [&](const std::string& symbol) {
        return IndexForm::symbol(report.dataSymbols.count(symbol) > 0 ? "@" + symbol.substr(1) : symbol);
    });
}

class ShapeGuesser {
public:
    ShapeGuesser(const KernelView& view, const LaunchGuess& launch)
        : m_view(view)
        , m_names(namesOf(view, launch))
        , m_bounds(launch.forms, m_names, view.report.symbolFacts, view.threadLimits())
    {
    }

    ShapeGuesses guess()
    {
        for (m_pass = 0; m_pass < 2; ++m_pass)
            for (const auto& access : m_view.report.accesses)
                if (isWanted(access.base))
                    addAccess(access);
        choosePasses();
        for (const auto& parameter : m_view.parameters) {
            if (!parameter.type.isPointer)
                continue;
            if (!parameter.isUsed)
                m_shapes[parameter.declaration] = {one()};
            askHost(parameter, m_result.arrays[parameter.declaration]);
        }
        for (const auto& parameter : m_view.parameters)
            if (parameter.type.isPointer)
                adoptNeighbour(parameter.declaration, m_result.arrays[parameter.declaration]);
        for (auto& [base, guess] : m_result.arrays)
            settle(base, guess);
        inventTotals();
        inventEntries();
        return std::move(m_result);
    }

private:
    static std::vector<std::string> namesOf(const KernelView& view, const LaunchGuess& launch)
    {
        auto names = view.integerNames();
        names.insert(names.end(), view.host.freeNames.begin(), view.host.freeNames.end());
        for (const auto& size : launch.invented)
            names.push_back(size.name);
        return names;
    }

    [[nodiscard]] bool isWanted(const VarDecl* base) const
    {
        return m_view.parameterOf(base) != nullptr || base->hasAttr<CUDASharedAttr>();
    }

    /// Bounds that hold for any size, unless asking for whole blocks makes the array smaller: then nothing checks them.
    void choosePasses()
    {
        for (auto& [base, guess] : m_result.arrays) {
            auto& any = m_reached[0][base];
            auto& whole = m_reached[1][base];
            const auto a = product(whole.shape);
            const auto b = product(any.shape);
            const bool isTighter = m_bounds.isAtMost(a, b, true)
                || (m_bounds.isAtMost(a, b) && whole.multiples.size() <= any.multiples.size());
            auto& chosen = !any.shape.empty() && isTighter ? whole : any;
            m_shapes[base] = chosen.shape;
            if (chosen.written)
                m_written[base] = *chosen.written;
            if (m_view.parameterOf(base) != nullptr)
                m_result.multiples.insert(chosen.multiples.begin(), chosen.multiples.end());
        }
    }

    [[nodiscard]] std::optional<IndexReach> reached(const IndexForm& index, const std::vector<IndexFact>& facts) const
    {
        return m_bounds.reach(index, facts, m_pass == 1);
    }

    /// Twice for every access: see m_pass.
    void addAccess(const BufferAccess& access)
    {
        auto& guess = m_result.arrays[access.base];
        guess.isWritten = guess.isWritten || access.writes;
        noteIndexing(access, guess);
        if (!access.index) {
            noteUnknown(access);
            return;
        }
        const auto started = m_bounds.launched(m_view.started(*access.index));
        for (int axis = 0; axis < 3; ++axis)
            guess.followsThreads =
                guess.followsThreads || started.dependsOn(threadSymbol(axis)) || started.dependsOn(blockSymbol(axis));
        guess.isDense =
            guess.isDense || isDense(started, access.width) || isDense(m_bounds.launched(*access.index), access.width);
        auto index = *access.index + IndexForm::constant(access.width - 1);
        auto facts = access.facts;
        auto reach = reached(index, facts);
        if (!reach) {
            index = withData(index, m_view.report);
            for (auto& fact : facts)
                fact = withData(fact, m_view.report);
            reach = reached(index, facts);
            if (reach && noteOffsets(reach->extent, guess))
                return;
            reach.reset();
        }
        if (!reach) {
            noteUnknown(access);
            return;
        }
        auto shape = rows(index, facts, access.width, *reach);
        if (access.writes && !access.conditions.empty())
            m_partlyWritten.insert(access.base);
        else if (access.writes)
            noteWrite(access, shape, *reach);
        keepLarger(access.base, std::move(shape), std::move(*reach));
    }

    /// Writes that cannot be followed may still reach everything.
    void noteUnknown(const BufferAccess& access)
    {
        // That it depends on data is said with the data.
        const auto symbols = access.index ? symbolsOf(*access.index) : std::vector<std::string>();
        const bool isIndexed = std::any_of(symbols.begin(), symbols.end(), [&](const auto& symbol) {
            return m_view.report.dataSymbols.count(symbol) > 0;
        });
        m_unknown[access.base] += isIndexed || m_pass > 0 ? 0 : 1;
        if (access.writes && access.conditions.empty())
            m_writtenSomewhere.insert(access.base);
    }

    /// Whether some thread or counter moves on by no more than is touched at once, or nothing moves at all.
    [[nodiscard]] static bool isDense(const IndexForm& index, std::int64_t width)
    {
        bool isFixed = true;
        for (const auto& [monomial, factor] : index.terms()) {
            const bool isVariable = std::any_of(monomial.begin(), monomial.end(), [](const auto& symbol) {
                return !isSizeForm(IndexForm::symbol(symbol));
            });
            if (isVariable && monomial.size() == 1 && factor > 0 && factor <= width)
                return true;
            isFixed = isFixed && !isVariable;
        }
        return isFixed;
    }

    /// Rows that start where another buffer's values say: the last of them is how many elements there are.
    bool noteOffsets(const IndexForm& extent, ShapeGuess& guess) const
    {
        const auto& terms = extent.terms();
        if (terms.size() != 1 || terms.begin()->second != 1 || terms.begin()->first.size() != 1)
            return false;
        const auto& symbol = terms.begin()->first.front();
        const auto data = symbol.front() == '@' ? m_view.report.dataSymbols.find("$" + symbol.substr(1))
                                                : m_view.report.dataSymbols.end();
        if (data == m_view.report.dataSymbols.end() || m_view.parameterOf(data->second) == nullptr)
            return false;
        guess.offsetsFrom = data->second;
        return true;
    }

    /// counts[values[i]]: the second buffer decides where the first is touched.
    void noteIndexing(const BufferAccess& access, ShapeGuess& guess) const
    {
        if (!access.index)
            return;
        for (const auto& symbol : symbolsOf(*access.index)) {
            const auto data = m_view.report.dataSymbols.find(symbol);
            if (data != m_view.report.dataSymbols.end() && m_view.parameterOf(data->second) != nullptr
                && access.index->coefficient(symbol) && !access.index->coefficient(symbol)->isZero())
                guess.isIndexed = true;
        }
    }

    /// How far plain writes reach says whether anything is left unwritten.
    void noteWrite(const BufferAccess& access, const std::vector<IndexForm>& shape, const IndexReach& reach)
    {
        if (m_bounds.startsAboveZero(access.facts)) {
            m_partlyWritten.insert(access.base);
            return;
        }
        const auto reached = shape.empty() ? reach.extent : product(shape);
        auto& known = m_reached[m_pass][access.base].written;
        if (!known || m_bounds.isAtMost(*known, reached, true))
            known = reached;
    }

    /// The index cut into rows by the sizes that multiply in it, so that row * n + column becomes rows of n.
    std::vector<IndexForm> rows(const IndexForm& whole, const std::vector<IndexForm>& facts, std::int64_t width,
                                const IndexReach& reach)
    {
        const auto index = m_bounds.launched(whole);
        std::vector<IndexForm> shape;
        auto rest = index;
        IndexForm above;
        for (const auto& stride : strides(index, width)) {
            IndexForm steps;
            IndexForm remainder;
            split(rest, stride, steps, remainder);
            if (steps.isZero())
                continue;
            const auto count = reached(steps, facts);
            const auto within = reached(remainder, facts);
            const auto length = above.isZero() ? std::nullopt : exactQuotient(above, stride);
            if (!count || !within || (!above.isZero() && !length))
                continue;
            if (!m_bounds.isAtMost(within->extent, stride)) {
                noteAlias(stride, within->extent);
                return {reach.extent};
            }
            shape.push_back(above.isZero() ? count->extent : *length);
            above = stride;
            rest = remainder;
        }
        if (!shape.empty())
            shape.push_back(above);
        const bool isRounded = std::any_of(shape.begin(), shape.end(), hasQuotient) && !hasQuotient(reach.extent);
        // Anything smaller would leave part of the index out.
        return shape.empty() || isRounded || !m_bounds.isAtMost(reach.extent, product(shape))
            ? std::vector{reach.extent}
            : shape;
    }

    /// Terms of \p form that \p stride divides, divided by it, and the others.
    static void split(const IndexForm& form, const IndexForm& stride, IndexForm& steps, IndexForm& remainder)
    {
        for (const auto& [monomial, factor] : form.terms()) {
            auto term = IndexForm::constant(factor);
            for (const auto& symbol : monomial)
                term = term * IndexForm::symbol(symbol);
            if (const auto quotient = exactQuotient(term, stride))
                steps = steps + *quotient;
            else
                remainder = remainder + term;
        }
    }

    /// What variables are multiplied by in \p index: products of sizes and numbers, the largest first.
    [[nodiscard]] std::vector<IndexForm> strides(const IndexForm& index, std::int64_t width) const
    {
        std::vector<IndexForm> found;
        const auto add = [&](const IndexForm& stride) {
            if (!stride.isOne() && std::find(found.begin(), found.end(), stride) == found.end())
                found.push_back(stride);
        };
        for (const auto& [monomial, factor] : index.terms()) {
            auto sizes = one();
            for (const auto& symbol : monomial)
                if (isSizeForm(IndexForm::symbol(symbol)) && symbol.front() != '[')
                    sizes = sizes * IndexForm::symbol(symbol);
            const bool hasVariable = std::any_of(monomial.begin(), monomial.end(), [](const auto& symbol) {
                return !isSizeForm(IndexForm::symbol(symbol));
            });
            if (hasVariable)
                add(sizes);
            // Pixels of three channels, vectors of four lanes.
            if (hasVariable && sizes.isOne() && factor > 1 && factor <= 4)
                add(IndexForm::constant(factor));
            if (hasVariable && !sizes.isOne() && factor > 1 && factor <= 4)
                add(sizes * IndexForm::constant(factor));
        }
        if (width > 1)
            add(IndexForm::constant(width));
        std::stable_sort(found.begin(), found.end(),
                         [&](const auto& a, const auto& b) { return m_bounds.isAtMost(b, a, true); });
        return found;
    }

    /// Where rows are further apart than they are long, both are taken to be the same.
    void noteAlias(const IndexForm& stride, const IndexForm& length)
    {
        const auto apart = bareName(stride);
        const auto size = bareName(length);
        if (!apart || !size || *apart == *size || m_view.host.ambiguous.count(*apart) > 0)
            return;
        for (const auto& access : m_view.report.accesses)
            for (const auto& fact : access.facts)
                if (const auto symbols = symbolsOf(fact);
                    std::find(symbols.begin(), symbols.end(), *apart) != symbols.end())
                    return;
        m_result.aliases[*apart] = *size;
    }

    /// An array is as large as the farthest access needs; of two alike the one that shows rows.
    void keepLarger(const VarDecl* base, std::vector<IndexForm> shape, IndexReach reach)
    {
        auto& known = m_reached[m_pass][base];
        const bool isLarger = known.shape.empty() || m_bounds.isAtMost(product(known.shape), product(shape), true)
            || (known.shape.size() < shape.size() && m_bounds.isAtMost(product(known.shape), product(shape)));
        if (isLarger)
            known.shape = std::move(shape);
        known.multiples.insert(reach.multiples.begin(), reach.multiples.end());
    }

    /// What is allocated counts where indices could not be followed, or reach less far.
    void askHost(const KernelParameterView& parameter, ShapeGuess& guess)
    {
        auto& shape = m_shapes[parameter.declaration];
        guess.why = shape.empty() ? std::string() : "indices and guards";
        const auto bytes = m_view.host.bytes.find(parameter.name);
        if (bytes == m_view.host.bytes.end())
            return;
        const auto elements = exactQuotient(bytes->second, IndexForm::constant(elementSize(parameter.type.element)));
        if (!elements)
            return;
        const auto symbols = symbolsOf(*elements);
        const bool isClear = std::none_of(symbols.begin(), symbols.end(),
                                          [&](const auto& symbol) { return m_view.host.ambiguous.count(symbol) > 0; });
        if (shape.empty()) {
            shape = {*elements};
            guess.why = "what the host code allocates";
        } else if (isClear && m_bounds.isAtMost(product(shape), *elements, true)) {
            const std::vector<IndexForm> inner(shape.begin() + 1, shape.end());
            const auto outermost = exactQuotient(*elements, product(inner));
            shape = outermost && shape.size() > 1 ? shape : std::vector{*elements};
            if (outermost && shape.size() > 1)
                shape.front() = *outermost;
            guess.why = "what the host code allocates";
        }
    }

    /// An array that is one row or two short of another with the same rows is as large: its border is left out.
    void adoptNeighbour(const VarDecl* base, ShapeGuess& guess)
    {
        auto& shape = m_shapes[base];  // a reference into a map: stays
        if (m_partlyWritten.count(base) == 0 || shape.empty())
            return;
        for (const auto& other : m_view.parameters) {
            const auto& candidate = m_shapes[other.declaration];
            if (other.declaration == base || candidate.size() != shape.size()
                || !std::equal(shape.begin() + 1, shape.end(), candidate.begin() + 1))
                continue;
            const auto missing = (candidate.front() - shape.front()).constantValue();
            if (missing && *missing > 0) {
                shape = candidate;
                guess.why = "as large as " + other.name;
            }
        }
    }

    /// Puts together what all accesses and the host code have said.
    void settle(const VarDecl* base, ShapeGuess& guess)
    {
        guess.shape = m_shapes[base];
        if (guess.shape.empty())
            guess.why = "its indices could not be followed";
        else if (m_unknown[base] > 0 && m_view.parameterOf(base) != nullptr)
            guess.doubt = fmt::format("{} of the indices into {} could not be followed", m_unknown[base],
                                      m_view.parameterOf(base)->name);
        const auto written = m_written.find(base);
        const bool isWhole =
            !guess.shape.empty() && written != m_written.end() && m_bounds.isAtMost(guess.elements(), written->second);
        guess.isReachedWhole = !guess.isWritten || isWhole || m_writtenSomewhere.count(base) > 0;
    }

    /// The last offset of a ragged array is its length: no index shows it.
    void inventTotals()
    {
        auto unused = m_view.unusedNames();
        for (const auto& parameter : m_view.parameters) {
            auto& guess = m_result.arrays[parameter.declaration];
            if (!parameter.type.isPointer || guess.offsetsFrom == nullptr || !guess.shape.empty())
                continue;
            auto& total = m_totals[guess.offsetsFrom];
            if (total.empty() && !unused.empty()) {
                total = unused.front();
                unused.erase(unused.begin());
            } else if (total.empty()) {
                total = m_totals.size() == 1 ? "total" : fmt::format("total_{}", m_totals.size());
                m_result.invented.push_back(
                    {total, std::nullopt, fmt::format("number of elements of {}", parameter.name)});
            }
            guess.shape = {IndexForm::symbol(total)};
            guess.why = "rows that start where " + m_view.parameterOf(guess.offsetsFrom)->name + " says";
        }
    }

    struct Reached {
        std::vector<IndexForm> shape;
        std::optional<IndexForm> written;
        std::set<std::pair<std::string, std::int64_t>> multiples;
    };

    /// Arrays that values of another buffer are indices into have as many entries as those values may name.
    void inventEntries()
    {
        std::map<const VarDecl*, std::string> entries;
        for (const auto& access : m_view.report.accesses) {
            const auto* parameter = m_view.parameterOf(access.base);
            auto& guess = m_result.arrays[access.base];
            if (parameter == nullptr || !guess.isIndexed || !access.index || !guess.shape.empty())
                continue;
            const auto* source = dataSource(*access.index);
            if (source == nullptr)
                continue;
            auto& name = entries[source];
            if (name.empty()) {
                name = entries.size() == 1 ? "entries" : fmt::format("entries_{}", entries.size());
                m_result.invented.push_back(
                    {name, access.atomic.empty() ? std::nullopt : std::optional(kBins),
                     fmt::format("how many entries values of {} name", m_view.parameterOf(source)->name)});
            }
            auto facts = access.facts;
            for (const auto& symbol : symbolsOf(*access.index))
                if (m_view.report.dataSymbols.count(symbol) > 0)
                    facts.push_back(IndexForm::symbol(symbol) - IndexForm::symbol(name));
            const auto index = *access.index + IndexForm::constant(access.width - 1);
            if (const auto reach = m_bounds.reach(index, facts))
                guess.shape = rows(index, facts, access.width, *reach);
            guess.why = "as many as values of " + m_view.parameterOf(source)->name + " name";
        }
    }

    /// The one buffer of the kernel whose values take part in \p index.
    [[nodiscard]] const VarDecl* dataSource(const IndexForm& index) const
    {
        const VarDecl* source = nullptr;
        for (const auto& symbol : symbolsOf(index))
            if (const auto data = m_view.report.dataSymbols.find(symbol);
                data != m_view.report.dataSymbols.end() && m_view.parameterOf(data->second) != nullptr)
                source = data->second;
        return source;
    }

    const KernelView& m_view;
    std::vector<std::string> m_names;
    IndexBounds m_bounds;
    std::size_t m_pass = 0;  ///< 0: bounds that hold for any size first; 1: the tightest
    std::array<std::map<const VarDecl*, Reached>, 2> m_reached;
    ShapeGuesses m_result;
    std::map<const VarDecl*, std::vector<IndexForm>> m_shapes;
    std::map<const VarDecl*, IndexForm> m_written;
    std::set<const VarDecl*> m_partlyWritten;
    std::set<const VarDecl*> m_writtenSomewhere;
    std::map<const VarDecl*, int> m_unknown;
    std::map<const VarDecl*, std::string> m_totals;
};

}  // namespace

IndexForm ShapeGuess::elements() const { return product(shape); }

ShapeGuesses guessShapes(const KernelView& view, const LaunchGuess& launch)
{
    return ShapeGuesser(view, launch).guess();
}

}  // namespace warploom
