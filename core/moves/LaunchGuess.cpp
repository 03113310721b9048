// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/LaunchGuess.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::int64_t kFewestThreads = 8;
constexpr std::int64_t kDefaultBlocks[3][3] = {{256, 1, 1}, {16, 16, 1}, {8, 8, 4}};

IndexForm negated(const IndexForm& form) { return IndexForm::constant(-1) * form; }

class LaunchGuesser {
public:
    explicit LaunchGuesser(const KernelView& view)
        : m_view(view)
    {
    }

    LaunchGuess guess()
    {
        guessBlock();
        for (int axis = 0; axis < 3; ++axis)
            guessGrid(axis);
        m_guess.sharedBytes = withChosen(m_view.host.sharedBytes);
        m_guess.why = reason();
        return std::move(m_guess);
    }

private:
    [[nodiscard]] bool usesThreads(int axis) const
    {
        return m_view.uses("threadIdx", axis) || m_view.uses("blockDim", axis);
    }
    [[nodiscard]] bool usesBlocks(int axis) const
    {
        return m_view.uses("blockIdx", axis) || m_view.uses("gridDim", axis);
    }

    /// __launch_bounds__ says how large blocks are meant to be.
    [[nodiscard]] std::optional<std::int64_t> launchBounds() const
    {
        for (const auto* bounds : m_view.code->kernel().specific_attrs<CUDALaunchBoundsAttr>()) {
            Expr::EvalResult value;
            if (bounds->getMaxThreads()->EvaluateAsInt(value, m_view.code->parsed().context()))
                return value.Val.getInt().getExtValue();
        }
        return std::nullopt;
    }

    /// Host code first, then the kernel's own constants, then what is usual.
    void guessBlock()
    {
        int axes = 0;
        for (int axis = 0; axis < 3; ++axis)
            axes += usesThreads(axis) ? 1 : 0;
        for (int axis = 0; axis < 3; ++axis) {
            auto& block = m_guess.forms.block[static_cast<std::size_t>(axis)];
            block = m_view.host.block[static_cast<std::size_t>(axis)];
            if (block && !isFree(*block)) {
                m_hostBlock = true;
                continue;
            }
            auto extent = usesThreads(axis) ? kDefaultBlocks[std::max(axes, 1) - 1][axis] : 1;
            if (const auto bounds = launchBounds(); bounds && axes == 1 && usesThreads(axis))
                extent = *bounds;
            if (usesThreads(axis))
                extent = tileExtent(axis).value_or(sharedExtent(axis).value_or(extent));
            if (const auto& free = m_view.host.block[static_cast<std::size_t>(axis)])
                m_chosen[free->toString()] = std::min(extent, kMostThreads);
            block = IndexForm::constant(std::min(extent, kMostThreads));
        }
        if (!m_hostBlock)
            shrinkBlock();
        if (usesThreads(0) && !usesBlocks(0) && m_view.host.launches == 0 && axes == 1)
            fitBlockToGuard();
    }

    /// Threads that have a place in a shared array must find it there.
    void shrinkBlock()
    {
        const auto& context = m_view.code->parsed().context();
        for (const auto& access : m_view.report.accesses) {
            const auto* array =
                access.base != nullptr ? context.getAsConstantArrayType(access.base->getType()) : nullptr;
            if (array == nullptr || !isSharedArray(access.base) || !access.index)
                continue;
            const auto total = static_cast<std::int64_t>(context.getConstantArrayElementCount(array));
            auto& block = *m_guess.forms.block[0];
            while (block.constantValue().value_or(0) > kFewestThreads) {
                const auto reach = bounds().reach(*access.index, access.facts);
                if (!reach || reach->extent.constantValue().value_or(0) <= total)
                    break;
                block = IndexForm::constant(*block.constantValue() / 2);
            }
        }
    }

    /// A kernel of one block whose threads stay below a size is launched with as many.
    void fitBlockToGuard()
    {
        const auto thread = IndexForm::symbol(threadSymbol(0));
        if (m_view.uses("blockDim", 0))
            return;
        for (const auto& access : m_view.report.accesses)
            for (const auto& fact : access.facts) {
                const auto limit = thread - fact;
                if (isSizeForm(limit) && !limit.constantValue() && m_view.parameterOf(access.base) != nullptr)
                    m_guess.forms.block[0] = limit;
            }
    }

    /// blockIdx.x * 32 + threadIdx.x: a block covers 32, if need be in steps.
    [[nodiscard]] std::optional<std::int64_t> tileExtent(int axis) const
    {
        for (const auto& access : m_view.report.accesses) {
            if (!access.index)
                continue;
            const auto index = recombined(m_view.started(*access.index));
            const auto blocks = index.coefficient(blockSymbol(axis));
            const auto threads = index.coefficient(threadSymbol(axis));
            const auto tile = blocks && threads && !threads->isZero() && !blocks->isZero()
                ? exactQuotient(*blocks, *threads)
                : std::nullopt;
            const auto extent = tile ? tile->constantValue() : std::nullopt;
            if (extent && *extent > 1 && *extent <= kMostThreads)
                return stepWithin(*access.index, *threads, *extent);
        }
        return std::nullopt;
    }

    /// The step of a loop that moves the thread's element through a tile of \p extent, else \p extent.
    [[nodiscard]] std::int64_t stepWithin(const IndexForm& index, const IndexForm& threads, std::int64_t extent) const
    {
        const KernelScope scope(m_view.code->parsed(), m_view.code->kernel());
        std::int64_t result = extent;
        walk(m_view.code->kernel().getBody(), [&](const Stmt* node) {
            const auto loop = scope.countedLoop(node);
            const auto step = loop && loop->step != nullptr ? scope.form(loop->step) : std::nullopt;
            const auto value = step ? step->constantValue().value_or(0) : 0;
            if (value < 1 || value >= extent || extent % value != 0)
                return true;
            const auto offset = m_view.code->parsed().offset(loop->statement->getBeginLoc()).value_or(0);
            const auto moved = index.coefficient(fmt::format("$q{:08}d0#", offset));
            if (moved && *moved == threads * IndexForm::constant(value))
                result = value;
            return true;
        });
        return result;
    }

    /// shared[threadIdx.y][threadIdx.x]: the array has a place for each thread.
    [[nodiscard]] std::optional<std::int64_t> sharedExtent(int axis) const
    {
        const auto& context = m_view.code->parsed().context();
        for (const auto& access : m_view.report.accesses) {
            const auto* array =
                access.base != nullptr ? context.getAsConstantArrayType(access.base->getType()) : nullptr;
            if (array == nullptr || !isSharedArray(access.base) || !access.index)
                continue;
            const auto total = static_cast<std::int64_t>(context.getConstantArrayElementCount(array));
            const auto x = IndexForm::symbol(threadSymbol(0));
            if (*access.index == x && axis == 0 && total >= 32 && !usesThreads(1))
                return total;
            const auto stride = (*access.index - x).coefficient(threadSymbol(1));
            const auto row = stride ? stride->constantValue().value_or(0) : 0;
            if (row < 2 || *access.index != x + IndexForm::constant(row) * IndexForm::symbol(threadSymbol(1)))
                continue;
            // Rows of 33 have one column for padding.
            return axis == 0 ? row - row % 2 : axis == 1 ? std::optional(total / row) : std::nullopt;
        }
        return std::nullopt;
    }

    /// A guard is surer than host code that computes the grid from things unknown here, and than a number written
    /// there.
    void guessGrid(int axis)
    {
        const auto index = static_cast<std::size_t>(axis);
        auto& grid = m_guess.forms.grid[index];
        const auto given = withChosen(m_view.host.grid[index]);
        const bool isShared = given && dependsOnAmbiguous(*given);
        if (!usesBlocks(axis)) {
            grid = given && given->constantValue() ? *given : one();
            return;
        }
        const auto guarded = guardedGrid(axis);
        const bool isUncertain = given && guarded && isFree(*given);
        if (given && !isShared && !isUncertain
            && (!given->constantValue() || guarded || m_view.uses("gridDim", axis))) {
            grid = given;
            m_hostGrid = true;
        } else if (guarded) {
            grid = guarded;
        } else if (given && !given->constantValue()) {
            grid = given;
            m_hostGrid = true;
        } else if (given && given->isOne()) {
            grid = given;
        } else {
            grid = unguardedGrid(axis, given);
        }
    }

    /// Block sizes that host code gets from elsewhere are the ones that were chosen here.
    [[nodiscard]] std::optional<IndexForm> withChosen(const std::optional<IndexForm>& form) const
    {
        if (!form)
            return form;
        return mapSymbols(*form, [&](const std::string& symbol) {
            const auto chosen = m_chosen.find(IndexForm::symbol(symbol).toString());
            return chosen == m_chosen.end() ? IndexForm::symbol(symbol) : IndexForm::constant(chosen->second);
        });
    }

    /// Whether host code computes it from something that no launch argument is.
    [[nodiscard]] bool isFree(const IndexForm& form) const
    {
        const auto symbols = symbolsOf(form);
        return std::any_of(symbols.begin(), symbols.end(), [&](const auto& symbol) {
            return std::any_of(m_view.host.freeNames.begin(), m_view.host.freeNames.end(),
                               [&](const auto& name) { return mentions(symbol, name); });
        });
    }

    /// matmul(a, b, c, n, n, n): which of the three the grid is made from cannot be told.
    [[nodiscard]] bool dependsOnAmbiguous(const IndexForm& form) const
    {
        const auto symbols = symbolsOf(form);
        return std::any_of(symbols.begin(), symbols.end(), [&](const auto& symbol) {
            return std::any_of(m_view.host.ambiguous.begin(), m_view.host.ambiguous.end(),
                               [&](const auto& name) { return mentions(symbol, name); });
        });
    }

    [[nodiscard]] IndexBounds bounds() const { return {m_guess.forms, m_view.integerNames(), {}}; }

    /// i / 32 < rows as i < 32 * rows.
    [[nodiscard]] static IndexForm multiplied(const IndexForm& fact)
    {
        for (const auto& [monomial, factor] : fact.terms()) {
            const auto parts = monomial.size() == 1 && factor == 1 ? opaqueParts(monomial.front()) : std::nullopt;
            if (parts && parts->operation == '/' && parts->right.constantValue().value_or(0) > 1
                && !isSizeForm(parts->left))
                return multiplied(parts->left + parts->right * fact.without(monomial.front()));
        }
        return fact;
    }

    /// As many blocks as the guards let do something.
    [[nodiscard]] std::optional<IndexForm> guardedGrid(int axis) const
    {
        const auto bounds = this->bounds();
        std::optional<IndexForm> most;
        for (const auto& access : m_view.report.accesses)
            for (const auto& fact : access.facts) {
                const auto form = multiplied(bounds.launched(m_view.started(fact)));
                const auto coefficient = form.coefficient(blockSymbol(axis));
                const auto reach = coefficient ? coefficient->constantValue().value_or(0) : 0;
                const auto limit = negated(sizePart(form));
                if (reach < 1 || limit.constantValue())
                    continue;
                const auto blocks =
                    quotientForm('/', limit + IndexForm::constant(reach - 1), IndexForm::constant(reach));
                if (!most || bounds.isAtMost(*most, blocks, true))
                    most = blocks;
            }
        return most;
    }

    /// Nothing keeps the blocks in: the shapes of the arrays, a parameter made for it, or a size of its own.
    IndexForm unguardedGrid(int axis, const std::optional<IndexForm>& given)
    {
        const auto bounds = this->bounds();
        std::int64_t reach = 1;
        for (const auto& access : m_view.report.accesses) {
            if (!access.index || m_view.parameterOf(access.base) == nullptr)
                continue;
            const auto form = bounds.launched(m_view.started(*access.index));
            const auto coefficient = form.coefficient(blockSymbol(axis));
            if (!coefficient || coefficient->terms().size() != 1)
                continue;
            const auto& [monomial, factor] = *coefficient->terms().begin();
            reach = std::max(reach, factor);
            if (!monomial.empty())
                continue;
            if (const auto row = innermostStride(form))
                return quotientForm('/', *row + IndexForm::constant(factor - 1), IndexForm::constant(factor));
        }
        const auto roundedUp = [&](const std::string& name) {
            return quotientForm('/', IndexForm::symbol(name) + IndexForm::constant(reach - 1),
                                IndexForm::constant(reach));
        };
        const auto unused = m_view.unusedNames();
        if (m_usedNames < unused.size())
            return roundedUp(unused[m_usedNames++]);
        const auto names = m_view.integerNames();
        if (names.size() == 1 && m_view.report.boundNames.count(names.front()) > 0 && reach > 1)
            return roundedUp(names.front());
        return invent(axis, given);
    }

    /// The size that the rows of an index are long: i in row * i + column.
    [[nodiscard]] static std::optional<IndexForm> innermostStride(const IndexForm& form)
    {
        std::optional<IndexForm> shortest;
        std::size_t factors = 2;
        for (const auto& [monomial, factor] : form.terms()) {
            IndexForm sizes = one();
            std::size_t count = 0;
            bool hasVariable = false;
            for (const auto& symbol : monomial) {
                const bool isSize = isSizeForm(IndexForm::symbol(symbol));
                hasVariable = hasVariable || !isSize;
                count += isSize ? 1 : 0;
                sizes = isSize ? sizes * IndexForm::symbol(symbol) : sizes;
            }
            if (hasVariable && count > 0 && count < factors) {
                factors = count;
                shortest = sizes;
            }
        }
        return shortest;
    }

    /// Named after what it is, never after what the file calls things.
    IndexForm invent(int axis, const std::optional<IndexForm>& given)
    {
        std::string name = "blocks";
        if (!m_guess.invented.empty())
            name += fmt::format("_{}", "xyz"[axis]);
        const auto names = m_view.integerNames();
        while (std::any_of(m_view.parameters.begin(), m_view.parameters.end(),
                           [&](const auto& parameter) { return parameter.name == name; }))
            name += "_";
        m_guess.invented.push_back(
            {name, given ? given->constantValue() : std::nullopt,
             fmt::format("number of blocks in {}: nothing else bounds blockIdx.{}", "xyz"[axis], "xyz"[axis])});
        return IndexForm::symbol(name);
    }

    [[nodiscard]] std::string reason() const
    {
        const auto host = fmt::format("the launch in line {}", m_view.host.line);
        if (m_hostGrid && m_hostBlock)
            return "as in " + host;
        if (m_hostBlock)
            return "block as in " + host + ", grid from the guards and indices";
        if (m_hostGrid)
            return "grid as in " + host;
        return "from the guards and indices";
    }

    const KernelView& m_view;
    LaunchGuess m_guess;
    std::map<std::string, std::int64_t> m_chosen;
    std::size_t m_usedNames = 0;
    bool m_hostBlock = false;
    bool m_hostGrid = false;
};

}  // namespace

LaunchGuess guessLaunch(const KernelView& view) { return LaunchGuesser(view).guess(); }

}  // namespace warploom
