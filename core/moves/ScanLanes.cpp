// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ScanLanes.h"

#include "moves/RowNest.h"

namespace warploom {

using namespace clang;

namespace {

constexpr int kPackedBytes = 16;
constexpr int kMostPacked = 8;

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

class LaneReader {
public:
    LaneReader(const KernelScope& kernel, const FoldLoop& loop, const std::vector<const Stmt*>& parts,
               const std::set<const Stmt*>& conditional, bool startsAligned, bool anyDirection)
        : m_kernel(kernel)
        , m_loop(loop)
        , m_parts(parts)
        , m_conditional(conditional)
        , m_startsAligned(startsAligned)
        , m_anyDirection(anyDirection)
        , m_varying(varyingSymbols(kernel, loop.loop))
    {
    }

    std::optional<ScanLanes> read()
    {
        int widest = 0;
        for (const auto& access : m_kernel.accesses(m_loop.loop->getBody())) {
            if (!canBeWide(access))
                continue;
            if (!addLane(access))
                return std::nullopt;
            widest = std::max(widest, m_found.lanes.back().bytes);
        }
        // An array that is written has one index only, so either all of its accesses are wide or none is.
        if (widest > 0)
            m_found.width = std::min(kPackedBytes / widest, kMostPacked);
        return m_found;
    }

private:
    [[nodiscard]] bool canBeWide(const Access& access) const
    {
        const auto& context = m_kernel.source().context();
        const auto type = innermostElement(access.base->getType());
        const auto bytes = type->isIncompleteType() ? 0 : context.getTypeSizeInChars(type).getQuantity();
        const auto stride = access.index ? access.index->coefficient(m_kernel.symbolOf(m_loop.var)) : std::nullopt;
        bool isPlain = access.call == nullptr && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) && stride
            && (stride->isOne() || (m_anyDirection && stride->constantValue() == -1)) && !type.isVolatileQualified()
            && !access.expression->getType().isVolatileQualified()
            && access.index->without(m_kernel.symbolOf(m_loop.var)).termsOf(m_varying).isZero();
        bool isUsed = false;
        for (const Stmt* part : m_parts) {
            isUsed = isUsed || isWithin(m_kernel, access.expression, part);
            isPlain = isPlain && !isConditional(access.expression, part);
        }
        // Its place is written where the loop's own variables are not.
        walk(access.expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isPlain = isPlain
                && (var == nullptr || var == m_loop.var
                    || !(m_loop.loop->getBeginLoc() < var->getBeginLoc()
                         && var->getBeginLoc() < m_loop.loop->getEndLoc()));
            return isPlain;
        });
        return isPlain && isUsed;
    }

    /// What a condition keeps from being touched may lie outside the array.
    [[nodiscard]] bool isConditional(const Expr* access, const Stmt* part) const
    {
        if (!isWithin(m_kernel, access, part))
            return false;
        if (m_conditional.count(part) > 0)
            return true;
        for (const Stmt* node = access; node != part; node = m_kernel.parent(node)) {
            const auto* above = m_kernel.parent(node);
            const auto* binary = llvm::dyn_cast<BinaryOperator>(above);
            const auto* choice = llvm::dyn_cast<AbstractConditionalOperator>(above);
            // What is asked first is asked always.
            if ((choice != nullptr && node != choice->getCond())
                || (binary != nullptr && binary->isLogicalOp() && node != binary->getLHS()))
                return true;
        }
        return false;
    }

    bool addLane(const Access& access)
    {
        const auto& source = m_kernel.source();
        const auto range = source.range(access.expression);
        const auto names = m_kernel.renaming(m_loop.var, access.expression, "@at@");
        if (!range || !names)
            return false;
        auto lane = std::ranges::find_if(m_found.lanes, [&](const auto& known) {
            return known.base == access.base && known.index == *access.index;
        });
        if (lane == m_found.lanes.end()) {
            const auto type = innermostElement(access.base->getType()).getUnqualifiedType();
            ScanLane added;
            added.base = access.base;
            added.index = *access.index;
            added.place = rewritten(source.text(), *range, *names);
            added.element = type.getAsString(source.context().getPrintingPolicy());
            added.bytes = static_cast<int>(source.context().getTypeSizeInChars(type).getQuantity());
            const auto rest = access.index->without(m_kernel.symbolOf(m_loop.var));
            added.isAligned = m_startsAligned && rest.isMultiple(std::nullopt, kPackedBytes);
            added.isBackwards = access.index->coefficient(m_kernel.symbolOf(m_loop.var))->constantValue() == -1;
            added.name = nameOf(*access.base);
            lane = m_found.lanes.insert(m_found.lanes.end(), added);
        }
        if (access.reads)
            lane->reads.push_back(access.expression);
        lane->isStored = lane->isStored || access.writes;
        lane->uses.push_back(*range);
        return true;
    }

    std::string nameOf(const VarDecl& base)
    {
        const auto name = base.getName().str();
        const int number = ++m_taken[name];
        return m_kernel.source().directives().freshName(number == 1 ? fmt::format("{}_packed", name)
                                                                    : fmt::format("{}_packed_{}", name, number));
    }

    const KernelScope& m_kernel;
    const FoldLoop& m_loop;
    const std::vector<const Stmt*>& m_parts;
    const std::set<const Stmt*>& m_conditional;
    bool m_startsAligned;
    bool m_anyDirection;
    std::set<std::string> m_varying;
    ScanLanes m_found;
    std::map<std::string, int> m_taken;
};

}  // namespace

bool ScanLane::isReadIn(const KernelScope& kernel, const std::vector<const Stmt*>& parts) const
{
    return std::ranges::any_of(reads, [&](const Expr* read) {
        return std::ranges::any_of(parts, [&](const Stmt* part) { return isWithin(kernel, read, part); });
    });
}

std::optional<ScanLanes> ScanLanes::make(const KernelScope& kernel, const FoldLoop& loop,
                                         const std::vector<const Stmt*>& parts,
                                         const std::set<const Stmt*>& conditional, bool startsAligned,
                                         bool anyDirection)
{
    return LaneReader(kernel, loop, parts, conditional, startsAligned, anyDirection).read();
}

const char* packedType(int bytes)
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

std::string scanWarpText(const Reduction& reduction)
{
    const std::string mark = "@before op value@";
    std::string text = kScanWarp;
    return text.replace(text.find(mark), mark.size(), combination(reduction, "before", "value"));
}

}  // namespace warploom
