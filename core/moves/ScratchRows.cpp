// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ScratchRows.h"

#include "moves/KnownRanges.h"
#include "moves/SizeForms.h"
#include "moves/TunedNumbers.h"

namespace warploom {

using namespace clang;

namespace {

/// Rows that are shorter share sectors with their neighbours.
constexpr std::int64_t kShortestScratchRow = 4;
/// Bits of an integer that counts rows.
constexpr std::uint64_t kRowNumberBits = 32;

/// The terms in which threads or blocks take part.
IndexForm partOfThreads(const IndexForm& form)
{
    std::set<std::string> builtins;
    for (int dimension = 0; dimension < 3; ++dimension)
        for (const auto& symbol :
             {threadSymbol(dimension), blockSymbol(dimension), blockSizeSymbol(dimension), gridSizeSymbol(dimension)})
            builtins.insert(symbol);
    return form.termsOf(builtins);
}

class ScratchRowsReader {
public:
    ScratchRowsReader(const KernelScope& kernel, const ParmVarDecl* array, const std::set<std::string>& counts)
        : m_kernel(kernel)
        , m_counts(counts)
    {
        m_found.array = array;
    }

    std::optional<ScratchRows> read()
    {
        collectPointers();
        for (const auto& access : m_kernel.accesses(m_kernel.kernel().getBody()))
            if (access.base == m_found.array && !readAccess(access))
                return std::nullopt;
        if (m_found.accesses.empty() || !areAllKnown() || !collectStatements())
            return std::nullopt;
        return std::move(m_found);
    }

private:
    /// Local pointers to elements of the array.
    void collectPointers()
    {
        m_names.insert(m_found.array);
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
                for (const Decl* one : declaration->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(one); var != nullptr
                        && var->getType()->isPointerType() && var->hasInit() && !m_kernel.isModified(var)) {
                        const auto place = m_kernel.pointer(var->getInit());
                        if (place && place->base == m_found.array && !isCastWithin(var->getInit()))
                            m_names.insert(var);
                    }
            return true;
        });
    }

    /// Whether elements of another type are looked at.
    static bool isCastWithin(const Expr* pointer)
    {
        bool isCast = false;
        walk(pointer, [&](const Stmt* node) {
            const auto* cast = llvm::dyn_cast<CastExpr>(node);
            isCast = isCast || (cast != nullptr && cast->getCastKind() == CK_BitCast);
            return !isCast;
        });
        return isCast;
    }

    bool readAccess(const Access& access)
    {
        const bool isLoad = access.call != nullptr && access.reads && !access.writes && !access.atomic;
        const auto range = m_kernel.source().range(access.expression);
        if (!access.index || (access.call != nullptr && !isLoad) || !range || isTunedThrough(access.expression)
            || isCastWithin(access.expression))
            return false;
        RowAccess found{*range, {}, {}, isLoad, isWide(access.expression)};
        if (!readPlace(access, found))
            return false;
        noteNames(access.expression);
        // What a macro repeats stands in the source once.
        const auto same =
            std::ranges::find_if(m_found.accesses, [&](const RowAccess& one) { return one.range == found.range; });
        if (same == m_found.accesses.end()) {
            m_found.accesses.push_back(std::move(found));
            return true;
        }
        return same->column == found.column && same->row == found.row && same->isAddress == found.isAddress;
    }

    /// Takes the index apart: row * pitch + column.
    bool readPlace(const Access& access, RowAccess& found)
    {
        const auto pitch = access.index->coefficient(threadSymbol(0));
        const auto ofThreads = partOfThreads(*access.index);
        const auto row = pitch ? ofThreads.quotient(*pitch) : std::nullopt;
        if (!row || !isSeenFrom(m_kernel, m_found.array, access.expression)
            || row->coefficient(threadSymbol(0)) != one()
            || pitch->constantValue().value_or(kShortestScratchRow) < kShortestScratchRow)
            return false;
        if (m_found.accesses.empty())
            m_found.pitch = *pitch;
        const auto column = *access.index - ofThreads;
        // Rows that have an element have at least one.
        const KnownRanges ranges(m_kernel, access.expression, m_counts, {*pitch - one()});
        if (*pitch != m_found.pitch || !ranges.isNotNegative(column) || !ranges.isNotNegative(*pitch - one() - column)
            || isTunedLoop(ranges, column))
            return false;
        found.column = columnText(ranges, column, access, found.isWide);
        found.row = rowText(*row, access.expression);
        return !found.column.empty() && !found.row.empty();
    }

    /// Whether a counter of the place runs to where another configuration may not.
    bool isTunedLoop(const KnownRanges& ranges, const IndexForm& column)
    {
        return std::ranges::any_of(ranges.loops(), [&](const RangedLoop& loop) {
            return column.dependsOn(m_kernel.symbolOf(loop.var))
                && (isTunedThrough(loop.var->getInit()) || isTunedThrough(loop.statement->getCond()));
        });
    }

    /// The same of what variables are set to that take part.
    bool isTunedThrough(const Expr* expression, int depth = 0)
    {
        constexpr int kDeepest = 8;
        bool isOpen = depth > kDeepest || isTuned(m_kernel, expression);
        walk(expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            const bool isFollowed =
                !isOpen && var != nullptr && var->isLocalVarDecl() && var->hasInit() && !m_kernel.isModified(var);
            // How many threads a block has is no matter: the place keeps its name.
            if (isFollowed && !isRowNumber(var))
                isOpen = isTunedThrough(var->getInit(), depth + 1);
            return !isOpen;
        });
        return isOpen;
    }

    bool isRowNumber(const VarDecl* var) const
    {
        const auto form = var->getType()->isIntegerType() ? m_kernel.form(var->getInit()) : std::nullopt;
        const auto step = form ? form->coefficient(threadSymbol(0)) : std::nullopt;
        return step && step->isOne() && partOfThreads(*form) == *form;
    }

    /// Whether 64 bits take part in finding the element.
    bool isWide(const Expr* expression, int depth = 0) const
    {
        constexpr int kDeepest = 8;
        bool isFound = false;
        walk(expression, [&](const Stmt* node) {
            const auto* part = llvm::dyn_cast<Expr>(node);
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isFound = isFound || depth > kDeepest
                || (part != nullptr && part->getType()->isIntegerType()
                    && m_kernel.source().context().getTypeSize(part->getType()) > kRowNumberBits)
                || (var != nullptr && var->isLocalVarDecl() && var->hasInit() && isWide(var->getInit(), depth + 1));
            return !isFound;
        });
        return isFound;
    }

    /// Variables whose symbols may stand in columns.
    std::map<std::string, const VarDecl*> namesOf(const KnownRanges& ranges) const
    {
        std::map<std::string, const VarDecl*> names;
        for (const auto* parameter : m_kernel.kernel().parameters())
            names[m_kernel.symbolOf(parameter)] = parameter;
        for (const auto& loop : ranges.loops())
            names[m_kernel.symbolOf(loop.var)] = loop.var;
        return names;
    }

    /// Empty where a name would mean something else, or numbers of several kinds would wrap.
    std::string columnText(const KnownRanges& ranges, const IndexForm& column, const Access& access, bool isWide) const
    {
        const auto names = namesOf(ranges);
        const auto widened = isWide ? firstFactors(column) : std::set<std::string>();
        std::set<QualType> types;
        bool areKnown = true;
        bool areSigned = true;
        const auto text = mapSymbols(column, [&](const std::string& symbol) {
            const auto var = names.find(symbol);
            areKnown = areKnown && var != names.end() && isSeenFrom(m_kernel, var->second, access.expression);
            if (!areKnown)
                return IndexForm();
            const auto type = var->second->getType().getCanonicalType().getUnqualifiedType();
            types.insert(type);
            areSigned = areSigned && type->isSignedIntegerType();
            const auto name = var->second->getNameAsString();
            return IndexForm::symbol(widened.count(symbol) > 0 ? fmt::format("size_t({})", name) : name);
        });
        return !areKnown || (!areSigned && types.size() > 1) ? std::string() : expressionText(text, {});
    }

    /// Symbols that products begin with: of ints, those would be cut off before they are widened.
    static std::set<std::string> firstFactors(const IndexForm& form)
    {
        std::set<std::string> symbols;
        for (const auto& [monomial, factor] : form.terms())
            if (monomial.size() > 1)
                symbols.insert(monomial.front());
        return symbols;
    }

    /// The variable that holds \p row where \p node stands, or the sum itself.
    std::string rowText(const IndexForm& row, const Stmt* node) const
    {
        const auto* access = node;
        for (const Stmt* above = m_kernel.parent(node); above != nullptr; node = above, above = m_kernel.parent(node)) {
            const auto* block = llvm::dyn_cast<CompoundStmt>(above);
            if (block == nullptr)
                continue;
            for (const Stmt* statement : block->body()) {
                if (statement == node)
                    break;
                if (const auto name = rowNameIn(statement, row, access); !name.empty())
                    return name;
            }
        }
        const auto plain = IndexForm::symbol(blockSymbol(0)) * IndexForm::symbol(blockSizeSymbol(0))
            + IndexForm::symbol(threadSymbol(0));
        return row == plain ? "blockIdx.x * blockDim.x + threadIdx.x" : std::string();
    }

    std::string rowNameIn(const Stmt* statement, const IndexForm& row, const Stmt* access) const
    {
        const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
        if (declaration == nullptr)
            return {};
        for (const Decl* one : declaration->decls()) {
            const auto* var = llvm::dyn_cast<VarDecl>(one);
            if (var != nullptr && var->hasInit() && isRowNumber(var) && m_kernel.form(var->getInit()) == row
                && !m_kernel.isModified(var) && isSeenFrom(m_kernel, var, access)
                && m_kernel.source().context().getTypeSize(var->getType()) >= kRowNumberBits)
                return var->getNameAsString();
        }
        return {};
    }

    /// Names of the array in \p within are accounted for.
    void noteNames(const Stmt* within)
    {
        for (const auto* name : m_names)
            for (const auto* reference : m_kernel.references(name, within))
                m_known.insert(reference);
    }

    /// Whether nothing but the accesses, and the pointers that they go through, names the array.
    bool areAllKnown()
    {
        for (const auto* name : m_names)
            if (name != m_found.array)
                noteNames(name->getInit());
        return std::ranges::all_of(m_names, [&](const VarDecl* name) {
            const auto all = m_kernel.references(name, m_kernel.kernel().getBody());
            return std::ranges::all_of(all, [&](const DeclRefExpr* one) { return m_known.count(one) > 0; });
        });
    }

    /// The statements that declare the pointers, and nothing else.
    bool collectStatements()
    {
        bool areOwn = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
            if (declaration == nullptr)
                return true;
            const auto isPointer = [&](const Decl* one) { return m_names.count(llvm::dyn_cast<VarDecl>(one)) > 0; };
            if (!std::ranges::any_of(declaration->decls(), isPointer))
                return true;
            areOwn = areOwn && std::ranges::all_of(declaration->decls(), isPointer)
                && llvm::isa_and_nonnull<CompoundStmt>(m_kernel.parent(declaration))
                && m_kernel.source().statementRange(declaration);
            m_found.pointers.push_back(declaration);
            return true;
        });
        return areOwn;
    }

    const KernelScope& m_kernel;
    const std::set<std::string>& m_counts;
    ScratchRows m_found;
    std::set<const VarDecl*> m_names;  ///< the array and pointers to its elements
    std::set<const DeclRefExpr*> m_known;
};

}  // namespace

std::optional<ScratchRows> scratchRows(const KernelScope& kernel, const ParmVarDecl* array,
                                       const std::set<std::string>& counts)
{
    return ScratchRowsReader(kernel, array, counts).read();
}

}  // namespace warploom
