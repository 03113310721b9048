// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/RowMap.h"

#include "moves/GridKernel.h"
#include "moves/HostWords.h"
#include "moves/SizeForms.h"

namespace warploom {

using namespace clang;

namespace {

/// Variables that \p statement declares, each in a declaration of its own.
std::vector<const DeclStmt*> declarationsIn(const Stmt* statement)
{
    std::vector<const DeclStmt*> found;
    walk(statement, [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            found.push_back(declaration);
        return true;
    });
    return found;
}

const VarDecl* onlyVariable(const DeclStmt* declaration)
{
    return declaration->isSingleDecl() ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl()) : nullptr;
}

std::vector<const Stmt*> mapParts(const MapLaunch& map)
{
    auto parts = map.guarded.preamble;
    parts.insert(parts.end(), map.guarded.body.begin(), map.guarded.body.end());
    return parts;
}

std::string definitionText(const KernelScope& kernel)
{
    const auto range = kernel.source().range(CharSourceRange::getTokenRange(kernel.kernel().getSourceRange()));
    return range ? kernel.source().text(*range) : std::string();
}

IndexForm elementsOf(const MapLaunch& map)
{
    IndexForm total = one();
    for (const auto& bound : map.bounds)
        total = total * bound;
    return total;
}

}  // namespace

std::optional<RowMap> RowMap::make(const MoveContext& context, const MapLaunch& rows, const MapLaunch& elements)
{
    RowMap map(context, rows, elements);
    const bool isPlain = elements.kernel != rows.kernel && elements.kernel->launches().size() == 1
        && !elements.launch->arguments.empty() && coversAll(rows) && coversAll(elements);
    if (!isPlain || !map.readChain())
        return std::nullopt;
    map.nameDigits();
    map.nameExtents();
    if (!map.hasDistinctNames() || !map.replaceVariables())
        return std::nullopt;
    const auto parts = mapParts(elements);
    const bool isKnown = std::ranges::all_of(parts, [&](const Stmt* part) { return map.replaceNumbers(part); });
    return isKnown ? std::optional(std::move(map)) : std::nullopt;
}

IndexForm RowMap::rows() const { return elementsOf(*m_rows); }

bool RowMap::readChain()
{
    return std::ranges::any_of(m_rows->accesses, [&](const MapAccess& access) {
        return access.access.reads && !access.access.writes && !access.buffer.empty() && readChainOf(access);
    });
}

/// An element's number in the digits of one that the rows' loops read: the rows' axes and the loops.
bool RowMap::readChainOf(const MapAccess& read)
{
    const auto walked = walkedElement(*m_rows, read);
    if (!walked || walked->loops.empty() || walked->chain.total() != elementsOf(*m_elements))
        return false;
    const bool isFound = std::ranges::any_of(m_elements->accesses, [&](const MapAccess& element) {
        return element.buffer == read.buffer && matches(walked->chain, element);
    });
    if (!isFound)
        return false;
    m_chain = walked->chain;
    m_loops = walked->loops;
    std::set<const Stmt*> passes;
    for (const auto& other : m_rows->accesses)
        if (const auto own = other.buffer == read.buffer ? walkedElement(*m_rows, other) : std::nullopt;
            own && !own->loops.empty())
            passes.insert(own->loops.front().statement);
    m_passes = passes.size();
    return true;
}

/// Whether \p element is the thread's own, its axes some of the digits each.
bool RowMap::matches(const DigitChain& chain, const MapAccess& element)
{
    const auto own = ownElement(*m_elements, element);
    if (!own || !own->offset.isZero() || own->length != 1)
        return false;
    m_axes.clear();
    m_parts.clear();
    for (std::size_t d = 0; d < m_elements->bounds.size(); ++d) {
        const auto symbol = axisSymbol(static_cast<int>(d));
        const auto stride = own->place.coefficient(symbol);
        const auto begin = stride ? chain.below(*stride) : std::nullopt;
        const auto end = begin ? chain.below(*stride * m_elements->bounds[d]) : std::nullopt;
        if (!end || *end <= *begin)
            return false;
        m_axes[symbol] = chain.part(*begin, *end);
        m_parts[symbol] = {*begin, *end};
    }
    return true;
}

bool RowMap::isNamedOnce(const std::string& name) const
{
    std::size_t count = 0;
    for (const auto* parameter : m_elements->kernel->kernel().parameters())
        count += parameter->getName() == name ? 1 : 0;
    for (const auto* declaration : declarationsIn(m_elements->kernel->kernel().getBody()))
        for (const Decl* one : declaration->decls())
            if (const auto* var = llvm::dyn_cast<VarDecl>(one))
                count += var->getName() == name ? 1 : 0;
    return count == 1;
}

/// \p expression of the elements' kernel in digits and sizes.
std::optional<IndexForm> RowMap::digitsOf(const Expr* expression) const
{
    const auto form = m_elements->kernel->form(expression);
    const auto passed = form ? launchForm(*m_elements, *form) : std::nullopt;
    return passed ? m_chain->resolved(*passed, m_axes) : std::nullopt;
}

/// A variable of the elements' kernel that is a digit, of the type that it will have.
const VarDecl* RowMap::ownVariable(const std::string& symbol, const std::string& type) const
{
    const auto& kernel = *m_elements->kernel;
    for (const auto* declaration : declarationsIn(kernel.kernel().getBody())) {
        const auto* var = onlyVariable(declaration);
        if (var == nullptr || !var->hasInit() || kernel.isModified(var) || !var->getType()->isIntegerType()
            || typeText(kernel, var->getType()) != type || !isNamedOnce(var->getName().str()))
            continue;
        const auto digits = digitsOf(var->getInit());
        if (digits && *digits == IndexForm::symbol(symbol))
            return var;
    }
    return nullptr;
}

void RowMap::nameDigits()
{
    const auto& kernel = *m_rows->kernel;
    for (const auto& digit : m_chain->digits()) {
        Name name;
        for (const auto& index : m_rows->guarded.indices)
            if (digit.symbol == axisSymbol(index.dimension))
                name = {index.var->getNameAsString(), typeText(kernel, index.var->getType())};
        for (const auto& loop : m_loops)
            if (digit.symbol == kernel.symbolOf(loop.var))
                name = {loop.var->getNameAsString(), typeText(kernel, loop.var->getType())};
        // The rows' own word for a layer, so that both say the same.
        for (const Stmt* statement : m_rows->guarded.preamble) {
            const auto* var = onlyVariable(llvm::cast<DeclStmt>(statement));
            const auto form = var != nullptr && var->hasInit() && !kernel.isModified(var)
                    && var->getType()->isIntegerType() && kernel.source().context().getTypeSize(var->getType()) >= 32
                ? kernel.form(var->getInit())
                : std::nullopt;
            const auto passed = form ? launchForm(*m_rows, *form) : std::nullopt;
            if (name.name.empty() && passed && *passed == IndexForm::symbol(digit.symbol))
                name = {var->getNameAsString(), typeText(kernel, var->getType())};
        }
        if (name.name.empty())
            name = {"layer", "int"};
        if (const auto* var = ownVariable(digit.symbol, name.type)) {
            name.name = var->getNameAsString();
            m_replaced.insert(var);
        } else if (mentions(definitionText(*m_elements->kernel), name.name)) {
            name.name = m_context->directives().freshName(name.name);
        }
        m_names[digit.symbol] = name;
    }
}

bool RowMap::hasDistinctNames() const
{
    std::set<std::string> names(m_addedNames.begin(), m_addedNames.end());
    for (const auto& [symbol, digit] : m_names)
        names.insert(digit.name);
    return names.size() == m_names.size() + m_addedNames.size();
}

/// A parameter for everything that extents are made of.
void RowMap::nameExtents()
{
    const auto isInteger = [](const KernelScope& kernel, const ParmVarDecl* parameter) {
        return parameter->getType()->isIntegerType() && !kernel.isModified(parameter);
    };
    std::set<std::string> needed;
    for (const auto& digit : m_chain->digits())
        for (const auto& symbol : symbolsOf(digit.extent))
            needed.insert(symbol);
    for (const auto& symbol : needed) {
        const auto form = IndexForm::symbol(symbol);
        for (const auto* parameter : m_elements->kernel->kernel().parameters())
            if (m_sizes.count(symbol) == 0 && isInteger(*m_elements->kernel, parameter)
                && formOfExpression(m_elements->argumentOf(parameter)) == form)
                m_sizes[symbol] = parameter->getNameAsString();
        for (const auto* parameter : m_rows->kernel->kernel().parameters()) {
            if (m_sizes.count(symbol) > 0 || !isInteger(*m_rows->kernel, parameter)
                || formOfExpression(m_rows->argumentOf(parameter)) != form)
                continue;
            const auto name = parameter->getNameAsString();
            const bool isFree = !mentions(definitionText(*m_elements->kernel), name);
            m_added.push_back(parameter);
            m_addedNames.push_back(isFree ? name : m_context->directives().freshName(name));
            m_sizes[symbol] = m_addedNames.back();
        }
    }
}

std::optional<std::string> RowMap::nameOf(const std::string& symbol) const
{
    if (const auto digit = m_names.find(symbol); digit != m_names.end())
        return digit->second.name;
    const auto size = m_sizes.find(symbol);
    return size == m_sizes.end() ? std::nullopt : std::optional(size->second);
}

/// \p form in the words of the elements' kernel.
std::optional<std::string> RowMap::text(const IndexForm& form) const
{
    bool isKnown = true;
    const auto made = wideText(form, [&](const std::string& symbol) {
        const auto name = nameOf(symbol);
        isKnown = isKnown && name.has_value();
        return name.value_or("");
    });
    return isKnown ? std::optional(made) : std::nullopt;
}

/// The digits from \p begin to \p end as one number: (high * extent + middle) * extent + low.
std::optional<std::string> RowMap::numberText(std::size_t begin, std::size_t end, const std::string& type) const
{
    const auto& digits = m_chain->digits();
    std::string number = m_names.at(digits[end - 1].symbol).name;
    if (end - begin > 1)
        number = fmt::format("static_cast<{}>({})", type, number);
    for (auto i = end - 1; i-- > begin;) {
        const auto extent = text(digits[i].extent);
        if (!extent)
            return std::nullopt;
        const bool isSum = number.find(" + ") != std::string::npos;
        const bool isTerm = extent->find(' ') == std::string::npos;
        number = fmt::format("{} * {} + {}", isSum ? "(" + number + ")" : number,
                             isTerm ? *extent : "(" + *extent + ")", m_names.at(digits[i].symbol).name);
    }
    return number;
}

/// Variables that are digits go, and so do axes that are.
bool RowMap::replaceVariables()
{
    const auto& source = m_context->source();
    const auto& kernel = *m_elements->kernel;
    for (const auto& index : m_elements->guarded.indices) {
        const auto [begin, end] = m_parts.at(axisSymbol(index.dimension));
        const auto& digit = m_names.at(m_chain->digits()[begin].symbol);
        if (end - begin != 1 || digit.type != typeText(kernel, index.var->getType()))
            continue;
        m_replaced.insert(index.var);
        const auto uses = kernel.renaming(index.var, kernel.kernel().getBody(), digit.name);
        if (!uses)
            return false;
        m_replacements.insert(m_replacements.end(), uses->begin(), uses->end());
    }
    for (const auto* declaration : declarationsIn(kernel.kernel().getBody())) {
        const auto* var = onlyVariable(declaration);
        if (var == nullptr || m_replaced.count(var) == 0)
            continue;
        const auto range = source.statementRange(declaration);
        if (!range)
            return false;
        const auto line = lineAround(source, range->begin);
        const bool isAlone = line.size() == indentationAt(source.text(), range->begin).size() + range->size();
        m_replacements.push_back({isAlone ? TextRange{line.begin, line.end + 1} : *range, ""});
    }
    return true;
}

/// The words for \p expression in digits in its place; false where it has none.
bool RowMap::replaceBy(const Expr* expression)
{
    const auto digits = digitsOf(expression);
    const auto words = digits ? text(*digits) : std::nullopt;
    const auto range = m_context->source().range(expression);
    if (!words || !range)
        return false;
    std::erase_if(m_replacements, [&](const auto& other) { return range->contains(other.range); });
    const auto type = typeText(*m_elements->kernel, expression->getType());
    const bool isName = words->find(' ') == std::string::npos && !llvm::isa<MemberExpr>(expression);
    m_replacements.push_back({*range, isName ? *words : fmt::format("static_cast<{}>({})", type, *words)});
    return true;
}

/// / and % of an element's number that come to something simple, and numbers of blocks; false where blocks or threads
/// stay, which are others then.
bool RowMap::replaceNumbers(const Stmt* part)
{
    bool isKnown = true;
    walk(part, [&](const Stmt* node) {
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(node))
            if (const auto* var = onlyVariable(declaration); var != nullptr && m_replaced.count(var) > 0)
                return false;
        if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node); binary != nullptr
            && (binary->getOpcode() == BO_Div || binary->getOpcode() == BO_Rem) && binary->getType()->isIntegerType())
            return !replaceBy(binary);
        if (const auto* member = llvm::dyn_cast<MemberExpr>(node)) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(member->getBase()->IgnoreParenImpCasts());
            return reference == nullptr || !isThreadBuiltin(reference) || !replaceBy(member);
        }
        const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
        isKnown = isKnown && (reference == nullptr || !isThreadBuiltin(reference));
        return isKnown;
    });
    return isKnown;
}

/// What a thread did, with its variables replaced.
std::optional<std::string> RowMap::contentText() const
{
    const auto& source = m_context->source();
    const auto& guarded = m_elements->guarded;
    const auto* then = guarded.guard->getThen();
    const auto whole = source.range(guarded.returnsEarly ? m_elements->kernel->kernel().getBody() : then);
    const auto guard = source.statementRange(guarded.guard);
    if (!whole || !guard)
        return std::nullopt;
    TextRange inner = guarded.bodyRange;
    if (guarded.returnsEarly)
        inner = {guard->end, whole->end - 1};
    else if (llvm::isa<CompoundStmt>(then))
        inner = {whole->begin + 1, whole->end - 1};
    const auto piece = [&](TextRange range) {
        return reindented(indentationAt(source.text(), range.begin) + rewritten(source.text(), range, m_replacements),
                          "");
    };
    const auto body = piece(inner);
    std::string before;
    for (auto at = guarded.preamble.rbegin(); at != guarded.preamble.rend(); ++at) {
        const auto* var = onlyVariable(llvm::cast<DeclStmt>(*at));
        const auto range = source.statementRange(*at);
        if (var == nullptr || !range)
            return std::nullopt;
        // Most are for the guard alone.
        if (m_replaced.count(var) == 0 && (mentions(body, var->getName()) || mentions(before, var->getName())))
            before = piece(*range) + before;
    }
    return before + body;
}

/// The rows' indices and layers, their guard, and loops around what a thread did.
std::optional<std::string> RowMap::bodyText() const
{
    std::string text = "\n";
    std::vector<std::string> conditions;
    for (int dimension = 0; dimension < static_cast<int>(m_rows->bounds.size()); ++dimension) {
        const auto& digit = m_names.at(axisSymbol(dimension));
        const char letter = "xyz"[dimension];
        if (m_rows->guarded.indexOf(dimension) == nullptr) {
            text += fmt::format("    {} {} = blockIdx.{};\n", digit.type, digit.name, letter);
            continue;
        }
        const auto bound = this->text(m_rows->bounds[static_cast<std::size_t>(dimension)]);
        if (!bound)
            return std::nullopt;
        text +=
            fmt::format("    {0} {1} = blockIdx.{2} * blockDim.{2} + threadIdx.{2};\n", digit.type, digit.name, letter);
        conditions.push_back(fmt::format("{} < {}", digit.name, *bound));
    }
    text += fmt::format("    if ({}) {{\n", fmt::join(conditions, " && "));
    std::string indentation = "        ";
    std::string end = "    }\n";
    for (const auto& loop : m_loops) {
        const auto symbol = m_rows->kernel->symbolOf(loop.var);
        const auto& digit = m_names.at(symbol);
        const auto found =
            std::ranges::find_if(m_chain->digits(), [&](const auto& one) { return one.symbol == symbol; });
        const auto extent = this->text(found->extent);
        if (!extent)
            return std::nullopt;
        text +=
            fmt::format("{0}for ({1} {2} = 0; {2} < {3}; ++{2}) {{\n", indentation, digit.type, digit.name, *extent);
        end = indentation + "}\n" + end;
        indentation += "    ";
    }
    for (const auto& index : m_elements->guarded.indices) {
        if (m_replaced.count(index.var) > 0)
            continue;
        const auto [begin, past] = m_parts.at(axisSymbol(index.dimension));
        const auto type = typeText(*m_elements->kernel, index.var->getType());
        const auto number = numberText(begin, past, type);
        if (!number)
            return std::nullopt;
        text += fmt::format("{}const {} {} = {};\n", indentation, type, index.var->getNameAsString(), *number);
    }
    const auto content = contentText();
    return content ? std::optional(text + reindented(*content, indentation) + end) : std::nullopt;
}

bool RowMap::editInto(SourceEdit& edit) const
{
    const auto& source = m_context->source();
    const auto& kernel = m_elements->kernel->kernel();
    const auto& launch = *m_elements->launch;
    const auto body = source.range(kernel.getBody());
    const auto last = kernel.getNumParams() == 0
        ? std::nullopt
        : source.range(CharSourceRange::getTokenRange(kernel.parameters().back()->getSourceRange()));
    const auto text = bodyText();
    if (!body || !last || !text)
        return false;
    for (std::size_t i = 0; i < m_added.size(); ++i) {
        edit.insert(last->end,
                    fmt::format(", {} {}", typeText(*m_rows->kernel, m_added[i]->getType()), m_addedNames[i]));
        edit.insert(launch.arguments.back().end,
                    ", " + source.text(m_rows->launch->arguments[m_added[i]->getFunctionScopeIndex()]));
    }
    edit.replace({body->begin + 1, body->end - 1}, *text);
    edit.replace(launch.grid, source.text(m_rows->launch->grid));
    edit.replace(launch.block, source.text(m_rows->launch->block));
    return true;
}

}  // namespace warploom
