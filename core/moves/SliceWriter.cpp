// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/SliceWriter.h"

#include "moves/BlockSize.h"
#include "moves/HostWords.h"
#include "moves/PlainLaunch.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Shared memory of a block, where it is asked for, since compute capability 9.0; of two on one multiprocessor, which
/// has 228 KiB, 1 KiB a block of them its own; and without asking, anywhere.
constexpr std::int64_t kMostSlice = 227 * 1024;
constexpr std::int64_t kHalfSlice = 113 * 1024;
constexpr std::int64_t kStaticSlice = 48 * 1024;
constexpr std::int64_t kGuessedMultiprocessors = 132;
constexpr std::int64_t kMostSliceThreads = 1024;

std::int64_t wholeWarps(std::int64_t elements) { return elements / 32 * 32; }

bool isInLoopOfItem(const KernelScope& kernel, const Stmt* node)
{
    for (; node != nullptr; node = kernel.parent(node))
        if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node))
            return true;
    return false;
}

bool isWithin(const KernelScope& kernel, const Stmt* node, const Stmt* whole)
{
    for (; node != nullptr; node = kernel.parent(node))
        if (node == whole)
            return true;
    return false;
}

/// Whether \p value goes into a subscript, beside a pointer or into an integer, where a wider type does not matter.
bool isNumberOfElement(const KernelScope& kernel, const Expr* value)
{
    const Stmt* above = kernel.parent(value);
    for (; llvm::isa_and_nonnull<CastExpr, ParenExpr>(above); above = kernel.parent(above))
        if (!llvm::cast<Expr>(above)->getType()->isIntegerType())
            return false;
    if (const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(above))
        return binary->isAdditiveOp() && binary->getType()->isPointerType();
    const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(above);
    if (declaration == nullptr || !declaration->isSingleDecl())
        return llvm::isa_and_nonnull<ArraySubscriptExpr>(above);
    const auto* var = llvm::dyn_cast<VarDecl>(declaration->getSingleDecl());
    return var != nullptr && var->getType()->isIntegerType() && var->getType()->getContainedAutoType() == nullptr;
}

/// Whether any of the built-ins takes part that the indices are made of.
bool dependsOnIndices(const IndexForm& form, const GuardedKernel& guarded)
{
    return std::ranges::any_of(guarded.indices, [&](const ThreadIndex& index) {
        const auto d = index.dimension;
        return form.dependsOn(threadSymbol(d)) || form.dependsOn(blockSymbol(d)) || form.dependsOn(blockSizeSymbol(d));
    });
}

const char* const kClearSlice = "for (unsigned @at@ = threadIdx.x; @at@ < @count@; @at@ += blockDim.x)\n"
                                "    @kept@[@at@] = 0;\n";

const char* const kItemsOfSlice =
    "for (long long @item@ = blockIdx.@share@ * (0ll + blockDim.x) + threadIdx.x; @item@ < @items@;\n"
    "     @item@ += (0ll + blockDim.x) * gridDim.@share@) {\n";

}  // namespace

const char* const kAddToRun =
    R"(// Adds to the copy where address is one of the count elements from part on, else to the array itself.
static __device__ __forceinline__ void @add@(@type@* address, @type@ value, @type@* part, unsigned count, @type@* kept)
{
    const unsigned long long place = address - part;
    if (place < count)
        atomicAdd(kept + place, value);
    else
        atomicAdd(address, value);
}

)";

SliceWriter::SliceWriter(const MoveContext& context, const KernelScope& kernel, GuardedKernel guarded)
    : m_context(context)
    , m_kernel(kernel)
    , m_source(context.source())
    , m_launch(*kernel.launches().front())
    , m_guarded(std::move(guarded))
{
}

bool SliceWriter::read(const std::vector<AddedArray>& arrays)
{
    std::set<const VarDecl*> bases;
    for (const auto& array : arrays) {
        bases.insert(array.base);
        if (!readArray(array))
            return false;
    }
    // Wider elements first: the others begin where those end.
    std::ranges::stable_sort(m_arrays, std::ranges::greater(), &SlicedArray::bytes);
    if (!passesApart(m_kernel, bases) || !areNamedOnce(arrays) || !readRegion() || !readExits())
        return false;
    nameParts();
    if (!readOwn())
        return false;
    m_names.emplace_back("items", itemsText());
    m_names.emplace_back("share", axisOfShares());
    return readAdditions() && chooseSizes();
}

/// Whether nothing else that the launch passes lies in one of the arrays.
bool SliceWriter::areNamedOnce(const std::vector<AddedArray>& arrays) const
{
    return std::ranges::all_of(arrays, [&](const AddedArray& array) {
        const auto* buffer = m_context.bufferOf(m_kernel, m_launch, array.base);
        return buffer != nullptr
            && std::ranges::count_if(
                   m_launch.arguments,
                   [&](const TextRange& argument) { return mentions(m_source.text(argument), buffer->name); })
            == 1;
    });
}

bool SliceWriter::readArray(const AddedArray& array)
{
    const auto& context = m_source.context();
    SlicedArray sliced{array,
                       array.element.getAsString(context.getPrintingPolicy()),
                       context.getTypeSizeInChars(array.element).getQuantity(),
                       {}};
    const auto* buffer = m_context.bufferOf(m_kernel, m_launch, array.base);
    if (buffer == nullptr || buffer->shape.empty() || buffer->elementType.substr(1) != std::to_string(8 * sliced.bytes))
        return false;
    m_bytes += sliced.bytes;
    m_arrays.push_back(std::move(sliced));
    return true;
}

bool SliceWriter::readRegion()
{
    const auto first = m_source.statementRange(m_kernel.statements().front());
    // A loop over the items is the last statement, and has none.
    const auto guard =
        m_source.statementRange(m_guarded.guard != nullptr ? m_guarded.guard : m_kernel.statements().back());
    if (!first || !guard || m_guarded.indices.size() > 2)
        return false;
    std::ranges::sort(m_guarded.indices, {}, &ThreadIndex::dimension);
    for (const auto& [index, bound] : m_guarded.bounds)
        if (!m_source.range(bound) || dependsOnThread(m_kernel, bound))
            return false;
    m_region = {first->begin, std::max(guard->end, m_guarded.bodyRange.end)};
    for (const Stmt* statement : m_guarded.preamble) {
        const auto range = m_source.statementRange(statement);
        const auto* var = llvm::dyn_cast<VarDecl>(llvm::cast<DeclStmt>(statement)->getSingleDecl());
        if (!range || var == nullptr)
            return false;
        const bool isOfItem = m_kernel.isModified(var) || dependsOnThread(m_kernel, statement);
        (isOfItem ? m_ofItem : m_ofAll).push_back(*range);
    }
    return true;
}

/// Returns end the work on one item, which `continue` does too where no loop of the item's own is around.
bool SliceWriter::readExits()
{
    bool isSound = true;
    for (const Stmt* statement : m_guarded.body)
        walk(statement, [&](const Stmt* node) {
            if (!llvm::isa<ReturnStmt>(node))
                return isSound;
            const auto range = m_source.range(node);
            isSound = isSound && range && m_guarded.guard != nullptr && !isInLoopOfItem(m_kernel, node);
            if (isSound)
                m_changes.push_back({*range, "continue"});
            return isSound;
        });
    return isSound;
}

bool SliceWriter::readAdditions()
{
    for (const auto& one : m_arrays)
        for (const auto* call : one.array.additions) {
            const auto whole = m_source.range(call);
            const auto callee = m_source.range(call->getCallee());
            if (!whole || !callee)
                return false;
            m_changes.push_back({*callee, valueOf(one.names, "add")});
            m_changes.push_back({{whole->end - 1, whole->end - 1}, filled(passed(), one.names)});
        }
    return true;
}

const std::vector<std::string>& SliceWriter::shapeOf(const SlicedArray& one) const
{
    return m_context.bufferOf(m_kernel, m_launch, one.array.base)->shape;
}

std::string SliceWriter::extent(const SlicedArray& one, std::size_t from, std::size_t to) const
{
    const auto& shape = shapeOf(one);
    std::string product;
    for (auto i = from; i < to; ++i)
        product += (product.empty() ? "" : " * ") + (isPlainWord(shape[i]) ? shape[i] : "(" + shape[i] + ")");
    return product.empty() ? "1" : product;
}

std::optional<std::int64_t> SliceWriter::valueOfText(const std::string& text, const ExpressionScope& sizes)
{
    const auto expression = Expression::parse(text);
    const auto value = expression ? expression->evaluate(sizes) : Result<std::int64_t>(0);
    return value && *value > 0 ? std::optional(*value) : std::nullopt;
}

/// Slices of such sizes that those of what is timed are equal and fit, and smaller ones, of which more fit.
bool SliceWriter::chooseSizes()
{
    const auto most = wholeWarps(kMostSlice / m_bytes);
    std::set<std::int64_t, std::greater<>> sizes;
    for (const auto& scope : timedScopes(m_context.request())) {
        const auto measured = measure(scope, most);
        if (!measured)
            return false;
        m_slices.push_back(measured->first);
        sizes.insert(wholeWarps(measured->second + 31));
    }
    if (sizes.empty())
        sizes.insert(most);
    m_sizes.assign(sizes.begin(), sizes.end());
    for (const auto less : {wholeWarps(kHalfSlice / m_bytes), wholeWarps(kStaticSlice / m_bytes)})
        if (less < m_sizes.front() && std::ranges::find(m_sizes, less) == m_sizes.end())
            m_sizes.push_back(less);
    return true;
}

void SliceWriter::nameParts()
{
    const auto& directives = m_context.directives();
    for (const auto* name : {"SLICE", "BLOCKS", "at", "item"})
        m_names.emplace_back(name, directives.freshName(name));
    for (auto& one : m_arrays) {
        const auto array = one.array.base->getName().str();
        one.names = {{"type", one.type}, {"array", array}, {"kept", directives.freshName(array + "_kept")}};
    }
    nameOwn();
}

std::string SliceWriter::arrayNames() const
{
    std::vector<std::string> names;
    for (const auto& one : m_arrays)
        names.push_back(one.array.base->getName().str());
    return fmt::format("{}", fmt::join(names, " and "));
}

std::string SliceWriter::all(const std::string& text) const
{
    std::string whole;
    for (const auto& one : m_arrays)
        whole += filled(text, one.names);
    return filled(whole, m_names);
}

/// The first array's slice begins where shared memory does, each other behind the one before.
std::string SliceWriter::sharedMemory() const
{
    auto text = filled("extern __shared__ @type@ @kept@[];\n", m_arrays.front().names);
    for (std::size_t i = 1; i < m_arrays.size(); ++i)
        text += filled(fmt::format("@type@* const @kept@ = reinterpret_cast<@type@*>({} + @SLICE@);\n",
                                   valueOf(m_arrays[i - 1].names, "kept")),
                       m_arrays[i].names);
    return filled(text, m_names);
}

/// How many items there are, and what the indices are for one of them: columns of a row follow each other.
std::string SliceWriter::itemsText() const
{
    const auto& indices = m_guarded.indices;
    const auto width = operandText(m_kernel, boundOf(indices[0]));
    return indices.size() == 1 ? width
                               : fmt::format("(0ll + {}) * {}", width, operandText(m_kernel, boundOf(indices[1])));
}

/// Whether rows and columns only say one place in rows that follow each other without a gap.
bool SliceWriter::areCountedInOneLine() const
{
    const auto& indices = m_guarded.indices;
    const auto width = m_kernel.form(boundOf(indices[0]));
    const auto column = m_kernel.form(indices[0].var->getInit());
    const auto row = indices.size() == 2 ? m_kernel.form(indices[1].var->getInit()) : std::nullopt;
    if (!width || !column || !row || m_guarded.guard == nullptr)
        return false;
    for (const auto& index : indices) {
        for (const auto* reference : m_kernel.references(index.var, m_kernel.kernel().getBody()))
            if (!isWithin(m_kernel, reference, m_guarded.guard->getCond())
                && !isPlaceInLine(reference, *row * *width + *column))
                return false;
    }
    return true;
}

/// Whether \p reference takes part in a place on \p line and in nothing else, its type being of no account.
bool SliceWriter::isPlaceInLine(const DeclRefExpr* reference, const IndexForm& line) const
{
    for (const Stmt* node = reference; node != nullptr; node = m_kernel.parent(node)) {
        const auto* expression = llvm::dyn_cast<Expr>(node);
        const auto form =
            expression != nullptr && expression->getType()->isIntegerType() ? m_kernel.form(expression) : std::nullopt;
        if (!form)
            return false;
        const auto rest = *form - line;
        const bool isApart = std::ranges::none_of(rest.terms(), [](const auto& term) { return term.second < 0; })
            && !dependsOnIndices(rest, m_guarded);
        if (isApart)
            return isNumberOfElement(m_kernel, expression);
    }
    return false;
}

std::string SliceWriter::indexText() const
{
    const auto& indices = m_guarded.indices;
    const auto& policy = m_source.context().getPrintingPolicy();
    const auto width = operandText(m_kernel, boundOf(indices[0]));
    if (areCountedInOneLine())
        return filled(fmt::format("// Rows follow each other without a gap: @item@ counts through all of them.\n"
                                  "const long long {} = @item@;\nconst {} {} = 0;\n",
                                  indices[0].var->getName().str(),
                                  indices[1].var->getType().getUnqualifiedType().getAsString(policy),
                                  indices[1].var->getName().str()),
                      m_names);
    std::string text;
    for (std::size_t i = 0; i < indices.size(); ++i) {
        const auto type = indices[i].var->getType().getUnqualifiedType().getAsString(policy);
        text +=
            filled(fmt::format("const {0} {1} = static_cast<{0}>(@item@{2});\n", type, indices[i].var->getName().str(),
                               indices.size() == 1 ? std::string()
                                   : i == 0        ? " % " + width
                                                   : " / " + width),
                   m_names);
    }
    return text;
}

std::string SliceWriter::itemsWords() const
{
    std::string items;
    for (const auto& index : m_guarded.indices) {
        const auto bound = hostWords(m_kernel, m_launch, boundOf(index));
        if (!bound)
            return {};
        items += (items.empty() ? "" : " * ") + (isPlainWord(*bound) ? *bound : "(" + *bound + ")");
    }
    return items;
}

/// A block for each so many items; empty where the launch has no words for them.
std::string SliceWriter::gridText(const std::string& block) const
{
    const auto items = itemsWords();
    if (items.empty())
        return m_launch.gridParts.size() == 1 ? m_source.text(m_launch.grid) : std::string();
    return fmt::format("ceil_div({}, {})", items, block);
}

std::string SliceWriter::gridOf(const std::string& shares) const
{
    return fmt::format("dim3({}, {})", shares, valueOf(m_names, "slices"));
}

std::string SliceWriter::bodyText() const
{
    std::string text;
    for (const auto& range : m_ofAll)
        text += m_source.text(range) + "\n";
    text += comment() + sharedMemory() + filled(shared(), m_names) + all(slice()) + all(kClearSlice)
        + "__syncthreads();\n" + filled(kItemsOfSlice, m_names);
    std::string item = indexText();
    for (const auto& range : m_ofItem)
        item += m_source.text(range) + "\n";
    const auto first = indentationAt(m_source.text(), m_guarded.bodyRange.begin);
    item += reindented(first + filled(rewritten(m_source.text(), m_guarded.bodyRange, m_changes), m_names), "");
    return text + reindented(item, "    ") + "}\n__syncthreads();\n" + all(merge());
}

bool SliceWriter::write(SourceEdit& edit)
{
    const auto before = offsetBeforeKernel(m_kernel);
    const auto* last = m_kernel.kernel().parameters().back();
    const auto end = m_source.range(CharSourceRange::getTokenRange(last->getSourceRange()));
    if (!before || !end)
        return false;
    edit.insert(*before, functions());
    for (const auto& [parameter, argument] : parameters())
        edit.insert(end->end, ", " + parameter);
    const auto indentation = indentationAt(m_source.text(), m_region.begin);
    const auto text = reindented(bodyText(), indentation);
    edit.replace(m_region, text.substr(indentation.size(), text.size() - indentation.size() - 1));
    writeLaunch(edit);
    return true;
}

/// A block may have a multiprocessor for itself, so that it has many threads; but not more registers than there are.
std::string SliceWriter::blockText(SourceEdit& edit) const
{
    if (promisesBlocks(m_kernel))
        return m_source.text(m_launch.block);
    auto name = m_context.directives().freshName("BLOCK");
    const bool mayBeFull = !mayNeedRegisters(m_kernel);
    m_context.directives().addTune(edit, name,
                                   mayBeFull ? std::vector<std::int64_t>{kMostSliceThreads, 512, 256}
                                             : std::vector<std::int64_t>{512, kMostSliceThreads, 256});
    edit.replace(m_launch.block, name);
    return name;
}

void SliceWriter::writeLaunch(SourceEdit& edit) const
{
    const auto& directives = m_context.directives();
    const std::int64_t multiprocessors =
        m_context.request().multiprocessors > 0 ? m_context.request().multiprocessors : kGuessedMultiprocessors;
    const auto blocks = valueOf(m_names, "BLOCKS");
    directives.addTune(edit, valueOf(m_names, "SLICE"), m_sizes);
    auto counts = blocksEach();
    for (auto& count : counts)
        count *= multiprocessors;
    directives.addTune(edit, blocks, counts);
    const auto block = blockText(edit);
    const auto most = filled(fmt::format("max({} / @slices@, 1)", blocks), m_names);
    const auto grid = gridText(block);
    edit.insert(m_launch.line.begin, filled(lets(), m_names));
    edit.replace(m_launch.grid, gridOf(grid.empty() ? most : fmt::format("min({}, {})", grid, most)));
    edit.insert(m_launch.block.end, fmt::format(", {} * {}", valueOf(m_names, "SLICE"), m_bytes));
    for (const auto& [parameter, argument] : parameters())
        edit.insert(m_launch.arguments.back().end, ", " + argument);
}

}  // namespace warploom
