// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RoleGuess.h"

#include <charconv>

namespace warploom {

using namespace clang;

namespace {

struct Uses {
    bool reads = false;  ///< other than by atomics
    bool writes = false;
    bool adds = false;  ///< by atomics that add, subtract or count
    bool otherAtomics = false;
    bool writesFirst = false;  ///< the first access is a plain write, whatever comes later
};

/// All accesses to one buffer taken together.
Uses usesOf(const KernelView& view, const VarDecl* base)
{
    Uses uses;
    bool isFirst = true;
    for (const auto& access : view.report.accesses) {
        if (access.base != base)
            continue;
        const auto& name = access.atomic;
        const bool adds = name.rfind("atomicAdd", 0) == 0 || name.rfind("atomicSub", 0) == 0
            || name.rfind("atomicOr", 0) == 0 || name.rfind("atomicInc", 0) == 0;
        uses.adds = uses.adds || adds;
        uses.otherAtomics = uses.otherAtomics || (!name.empty() && !adds);
        uses.reads = uses.reads || (name.empty() && access.reads);
        uses.writes = uses.writes || (name.empty() && access.writes);
        if (isFirst)
            uses.writesFirst = name.empty() && access.writes && !access.reads && access.conditions.empty();
        isFirst = false;
    }
    return uses;
}

/// Elements of an array that says how many it has; 0 for others.
std::int64_t fixedElements(const KernelView& view, const VarDecl* array)
{
    const auto& context = view.code->parsed().context();
    const auto* type = context.getAsConstantArrayType(array->getType());
    return type == nullptr ? 0 : static_cast<std::int64_t>(context.getConstantArrayElementCount(type));
}

/// How many elements what \p buffer points into has, as an expression; empty when its values are no indices.
std::string indexedElements(const KernelView& view, const ShapeGuesses& shapes, const VarDecl* buffer,
                            const std::vector<std::string>& names)
{
    std::string found;
    for (const auto& access : view.report.accesses) {
        if (!access.index)
            continue;
        for (const auto& symbol : symbolsOf(*access.index)) {
            const auto data = view.report.dataSymbols.find(symbol);
            const auto factor = data == view.report.dataSymbols.end() || data->second != buffer
                ? std::nullopt
                : access.index->coefficient(symbol);
            if (!factor || factor->isZero())
                continue;
            const auto fixed = fixedElements(view, access.base);
            const auto shape = shapes.arrays.find(access.base);
            std::optional<IndexForm> elements;
            if (fixed > 0)
                elements = IndexForm::constant(fixed);
            else if (shape != shapes.arrays.end() && !shape->second.shape.empty())
                elements = shape->second.elements();
            const auto count = elements ? exactQuotient(*elements, *factor) : std::nullopt;
            found = count ? expressionText(*count, names) : found;
        }
    }
    return found;
}

/// Empty where no rows start where \p buffer says.
std::string offsetsTotal(const ShapeGuesses& shapes, const VarDecl* buffer, const std::vector<std::string>& names)
{
    std::string total;
    for (const auto& [base, guess] : shapes.arrays)
        if (guess.offsetsFrom == buffer && !guess.shape.empty())
            total = expressionText(guess.elements(), names);
    return total;
}

/// A bound that is a number, cut to what the type can hold.
std::string withinType(const std::string& count, ElementType type)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), number);
    if (error != std::errc{} || end != count.data() + count.size())
        return count;
    while (number > 1 && !fitsInteger(type, number - 1))
        number /= 2;
    return std::to_string(number);
}

}  // namespace

RoleGuess guessRole(const KernelView& view, const KernelParameterView& parameter, const ShapeGuess& shape)
{
    const auto uses = usesOf(view, parameter.declaration);
    const bool isZeroed = view.host.zeroed.count(parameter.name) > 0;
    if (parameter.type.isConst || (!uses.writes && !uses.adds && !uses.otherAtomics))
        return {"in", false, uses.reads ? "only read" : "never used"};
    if (uses.adds && !uses.reads && !uses.writes && !uses.otherAtomics)
        return {"out", true, isZeroed ? "added to by atomics, set to zero by the host" : "only added to by atomics"};
    if (isZeroed && (uses.adds || uses.otherAtomics || uses.reads))
        return {"out", true, "set to zero by the host, then changed"};
    if (!shape.isReachedWhole)
        return {"inout", false, uses.reads ? "read and written" : "only part of it is written"};
    if (!uses.reads && !uses.adds && !uses.otherAtomics)
        return {"out", false, "only written"};
    if (uses.writesFirst)
        return {"out", false, "written before it is read"};
    return {"inout", false, "read and written"};
}

const KernelParameterView* indexedBy(const KernelView& view, const KernelParameterView& parameter)
{
    for (const auto& access : view.report.accesses) {
        if (!access.index || view.parameterOf(access.base) == nullptr)
            continue;
        for (const auto& symbol : symbolsOf(*access.index)) {
            const auto data = view.report.dataSymbols.find(symbol);
            if (data != view.report.dataSymbols.end() && data->second == parameter.declaration
                && access.index->coefficient(symbol) == IndexForm::constant(1))
                return view.parameterOf(access.base);
        }
    }
    return nullptr;
}

std::string guessFill(const KernelView& view, const ShapeGuesses& shapes, const KernelParameterView& parameter,
                      const std::vector<std::string>& names)
{
    const auto element = parameter.type.element;
    if (isFloating(element))
        return view.report.positiveOnly.count(parameter.declaration) > 0 ? "uniform(0.5, 1.5)" : "uniform(-1, 1)";
    if (const auto total = offsetsTotal(shapes, parameter.declaration, names); !total.empty())
        return fmt::format("offsets({})", total);
    if (const auto count = indexedElements(view, shapes, parameter.declaration, names); !count.empty())
        return fmt::format("integers(0, {})", withinType(count, element));
    if (indexedBy(view, parameter) != nullptr)
        return {};
    if (elementSize(element) == 1)
        return isSigned(element) ? "integers(-100, 101)" : "integers(0, 256)";
    return isSigned(element) ? "integers(-1000, 1001)" : "integers(0, 1001)";
}

}  // namespace warploom
