// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <bit>

#include "moves/CodeTemplate.h"
#include "moves/ContractionCode.h"
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/SizeForms.h"
#include "moves/TimedArguments.h"

namespace warploom {

using namespace clang;

namespace {

/// Registers of a thread that its part of a column may take; the kernel needs others.
constexpr std::int64_t kMostKept = 64;
constexpr std::int64_t kColumnRegisters = 65536;  ///< of a multiprocessor
/// Steps that a thread has by default, where blocks can be made larger instead.
constexpr std::int64_t kFewKept = 16;
constexpr std::int64_t kMostThreads = 1024;
/// Bytes of a block's shared memory that columns may take, on cards that have most; and values a thread.
constexpr std::int64_t kMostShared = 212992;
constexpr std::int64_t kMostSharedSteps = 256;

/// Loops down one column by the warps of a block, one after the other, that read the same element each step.
struct ColumnLoops {
    std::vector<CountedLoop> loops;
    std::vector<std::vector<TextRange>> reads;  ///< of each loop: where the element stands
    std::string place;  ///< of the element, in terms of the first loop's variable
    std::string element;  ///< its type
    std::int64_t bytes = 0;
    std::string array;
};

class ColumnLoopsRecogniser {
public:
    explicit ColumnLoopsRecogniser(const KernelScope& kernel)
        : m_kernel(kernel)
    {
    }

    std::optional<ColumnLoops> recognise()
    {
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto loop = m_kernel.countedLoop(node);
            if (loop && sharedByWarps(*loop) && isLike(*loop))
                m_found.loops.push_back(*loop);
            return !loop;
        });
        if (m_found.loops.size() < 2 || boundMoves() || returnsBetween())
            return std::nullopt;
        for (const auto& access : m_kernel.accesses(m_found.loops.front().statement->getBody()))
            if (isCandidate(access) && collect(access))
                return std::move(m_found);
        return std::nullopt;
    }

private:
    [[nodiscard]] bool sharedByWarps(const CountedLoop& loop) const
    {
        const auto columns = divisorOf(loop.start, IndexForm::symbol(threadSymbol(0)));
        const auto same = divisorOf(loop.step, IndexForm::symbol(blockSizeSymbol(0)));
        return columns && same && *columns == *same;
    }

    /// What \p expression divides \p dividend by.
    [[nodiscard]] std::optional<IndexForm> divisorOf(const Expr* expression, const IndexForm& dividend) const
    {
        const auto* quotient =
            expression == nullptr ? nullptr : llvm::dyn_cast<BinaryOperator>(expression->IgnoreParenImpCasts());
        if (quotient == nullptr || quotient->getOpcode() != BO_Div)
            return std::nullopt;
        const auto left = m_kernel.form(quotient->getLHS());
        return left && *left == dividend ? m_kernel.form(quotient->getRHS()) : std::nullopt;
    }

    [[nodiscard]] bool isLike(const CountedLoop& loop) const
    {
        if (m_found.loops.empty())
            return true;
        const auto& first = m_found.loops.front();
        const auto& source = m_kernel.source();
        return m_kernel.parent(loop.statement) == m_kernel.parent(first.statement)
            && source.text(loop.bound) == source.text(first.bound)
            && source.context().hasSameUnqualifiedType(loop.var->getType(), first.var->getType());
    }

    [[nodiscard]] bool boundMoves() const
    {
        bool moves = !m_kernel.accesses(m_found.loops.front().bound).empty();
        walk(m_found.loops.front().bound, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            moves = moves || (var != nullptr && m_kernel.isModified(var));
            return !moves;
        });
        return moves;
    }

    [[nodiscard]] bool returnsBetween() const
    {
        const auto begin = m_found.loops.front().statement->getBeginLoc();
        const auto end = m_found.loops.back().statement->getEndLoc();
        bool returns = false;
        for (const Stmt* statement : m_kernel.parent(m_found.loops.front().statement)->children())
            if (statement != nullptr && begin <= statement->getBeginLoc() && statement->getBeginLoc() <= end)
                returns = returns || m_kernel.containsReturn(statement);
        return returns;
    }

    /// Read in every step, of an array that nothing writes, at a place that goes by the loop alone.
    [[nodiscard]] bool isCandidate(const Access& access) const
    {
        const auto& loop = m_found.loops.front();
        if (!isReadOnly(access) || !access.index || !access.index->dependsOn(m_kernel.symbolOf(loop.var))
            || !isUnconditional(access.expression, loop))
            return false;
        bool isSteady = true;
        walk(access.expression, [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            const bool isInside = var != nullptr && loop.statement->getBody()->getBeginLoc() <= var->getBeginLoc()
                && var->getBeginLoc() <= loop.statement->getEndLoc();
            isSteady = isSteady && (var == nullptr || var == loop.var || (!m_kernel.isModified(var) && !isInside))
                && !llvm::isa<CallExpr>(node);
            return isSteady;
        });
        return isSteady;
    }

    [[nodiscard]] bool isReadOnly(const Access& access) const
    {
        const auto type = access.expression->getType();
        return llvm::isa_and_nonnull<ParmVarDecl>(access.base) && access.reads && !access.writes
            && access.call == nullptr && !type.isVolatileQualified() && !type->isArrayType()
            && m_kernel.source().context().getTypeSize(type) <= 32
            && std::ranges::none_of(m_kernel.accesses(m_kernel.kernel().getBody()), [&](const Access& other) {
                   return other.base == nullptr || (other.writes && other.base == access.base);
               });
    }

    [[nodiscard]] bool isUnconditional(const Stmt* node, const CountedLoop& loop) const
    {
        for (node = m_kernel.parent(node); node != loop.statement; node = m_kernel.parent(node)) {
            const auto* binary = llvm::dyn_cast_or_null<BinaryOperator>(node);
            if (node == nullptr
                || llvm::isa<IfStmt, ConditionalOperator, ForStmt, WhileStmt, DoStmt, SwitchStmt, LambdaExpr>(node)
                || (binary != nullptr && binary->isLogicalOp()))
                return false;
        }
        // A step that goes on before it reads.
        bool leaves = false;
        walk(loop.statement->getBody(), [&](const Stmt* inner) {
            leaves = leaves || llvm::isa<ContinueStmt, BreakStmt, GotoStmt>(inner);
            return !leaves;
        });
        return !leaves;
    }

    /// Finds the element in every loop; it pays where two read it.
    bool collect(const Access& wanted)
    {
        const auto& source = m_kernel.source();
        const auto& first = m_found.loops.front();
        m_found.place = std::string(source.text(wanted.expression));
        m_found.reads.clear();
        std::size_t readers = 0;
        for (const auto& loop : m_found.loops) {
            auto& reads = m_found.reads.emplace_back();
            for (const auto& access : m_kernel.accesses(loop.statement->getBody())) {
                const auto range = source.range(access.expression);
                const auto text =
                    withIdentifier(source.text(access.expression), loop.var->getName(), first.var->getName());
                const bool isSameText = text == m_found.place
                    && variablesIn(access.expression, loop) == variablesIn(wanted.expression, first);
                if (range && access.base == wanted.base && isReadOnly(access)
                    && (isSameText || isSamePlace(access, loop, wanted, first)))
                    reads.push_back(*range);
            }
            readers += reads.empty() ? 0 : 1;
        }
        m_found.element =
            wanted.expression->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        m_found.bytes = source.context().getTypeSizeInChars(wanted.expression->getType()).getQuantity();
        m_found.array = wanted.base->getName().str();
        return readers >= 2 && !m_found.place.empty();
    }

    /// Whether two places are the same element in other words, of nothing that changes but the loops' variables.
    [[nodiscard]] bool isSamePlace(const Access& access, const CountedLoop& loop, const Access& wanted,
                                   const CountedLoop& first) const
    {
        if (!access.index || !wanted.index
            || !m_kernel.source().context().hasSameUnqualifiedType(access.expression->getType(),
                                                                   wanted.expression->getType()))
            return false;
        const auto own = m_kernel.symbolOf(loop.var);
        const auto counter = m_kernel.symbolOf(first.var);
        std::set<std::string> symbols;
        const auto renamed = mapSymbols(*access.index, [&](const std::string& symbol) {
            if (symbol != own)
                symbols.insert(symbol);
            return IndexForm::symbol(symbol == own ? counter : symbol);
        });
        bool isSteady = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* var = reference == nullptr ? nullptr : llvm::dyn_cast<VarDecl>(reference->getDecl());
            isSteady =
                isSteady && (var == nullptr || !m_kernel.isModified(var) || symbols.count(m_kernel.symbolOf(var)) == 0);
            return isSteady;
        });
        return isSteady && renamed == *wanted.index;
    }

    /// What its names stand for, in their order; null for the loop's own variable.
    static std::vector<const ValueDecl*> variablesIn(const Expr* expression, const CountedLoop& loop)
    {
        std::vector<const ValueDecl*> variables;
        walk(expression, [&](const Stmt* node) {
            if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(node))
                variables.push_back(reference->getDecl() == loop.var ? nullptr : reference->getDecl());
            return true;
        });
        return variables;
    }

    const KernelScope& m_kernel;
    ColumnLoops m_found;
};

constexpr const char* kInRegisters =
    "// What this thread reads of its column stays in registers between the loops; what does not fit is read again.\n"
    "@element@ @kept@[@STEPS@];\n";
constexpr const char* kInShared = "// What this thread reads of its column stays in shared memory between the loops; "
                                  "what does not fit is read again.\n"
                                  "extern __shared__ __align__(16) unsigned char @memory@[];\n"
                                  "@element@* const @kept@ = reinterpret_cast<@element@*>(@memory@) + threadIdx.x;\n";

/// How much of a column a thread keeps.
struct ColumnSteps {
    std::int64_t inRegisters = 8;
    std::int64_t inShared = 0;  ///< 0: no more than in registers
};

/// What several loops read of a column is loaded once.
class KeepColumn : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"keep-column", "Keep columns in registers, or in shared memory",
                "several loops in which the warps of a block share columns, over the same elements",
                "columns are read once, and all loads of a thread are in flight at once"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& kernel : context.kernels()) {
            if (kernel.kernel().isDependentContext() || kernel.launches().empty())
                continue;
            const auto found = ColumnLoopsRecogniser(kernel).recognise();
            for (const bool isShared : {false, true})
                if (auto made = found ? keeping(context, kernel, *found, isShared) : std::nullopt)
                    proposals.push_back(std::move(*made));
        }
        return proposals;
    }

private:
    [[nodiscard]] std::optional<MoveProposal> keeping(const MoveContext& context, const KernelScope& kernel,
                                                      const ColumnLoops& found, bool isShared) const
    {
        const auto& directives = context.directives();
        const auto& source = context.source();
        const auto& first = found.loops.front();
        SourceEdit edit(source.text());
        const auto steps = stepsFor(context, kernel, found, edit);
        if (isShared && (steps.inShared == 0 || !hasRoom(kernel)))
            return std::nullopt;
        const CodeValues values = {
            {"declaration", isShared ? kInShared : kInRegisters},
            {"unroll", isShared ? "#pragma unroll 8" : "#pragma unroll"},
            {"place", isShared ? "@step@ * blockDim.x" : "@step@"},
            {"memory", directives.freshName("column_memory")},
            {"STEPS", directives.freshName("COLUMN_STEPS")},
            {"step", directives.freshName("step")},
            {"kept", directives.freshName(found.array + "_column")},
            {"element", found.element},
            {"type", first.var->getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy())},
            {"size", std::string(source.text(first.step))},
            {"member", std::string(source.text(first.start))},
            {"bound", std::string(source.text(first.bound))}};
        for (std::size_t i = 0; i < found.loops.size(); ++i) {
            const auto whole = source.statementRange(found.loops[i].statement);
            const auto start = source.range(found.loops[i].start);
            const auto text = whole && start ? loopText(source, found, i, *whole, *start, values) : std::nullopt;
            if (!text)
                return std::nullopt;
            edit.replace(*whole, *text);
        }
        directives.addTune(edit, valueOf(values, "STEPS"),
                           isShared ? powersAround(steps.inShared, 1, kMostSharedSteps)
                                    : powersAround(steps.inRegisters, 1, kMostKept));
        if (isShared)
            addMemory(context, kernel, fmt::format("{} * {}", valueOf(values, "STEPS"), found.bytes), edit);
        if (kernel.launches().size() == 1 && kernel.launches().front()->blockParts.size() == 1)
            addLaunchBounds(edit, kernel, std::string(source.text(kernel.launches().front()->block)));
        const auto readers = std::ranges::count_if(found.reads, [](const auto& one) { return !one.empty(); });
        const double gain = readers > 2 ? 1.6 : 1.3;
        return proposal(context, edit, source.statementRange(first.statement)->begin,
                        fmt::format("columns in {} in {}", isShared ? "shared memory" : "registers", kernel.name()),
                        fmt::format("{} reads each column of {} {} times, 1 load in flight a thread: from {} it "
                                    "reads it once, with {} loads in flight together, ~{}×",
                                    kernel.name(), found.array, readers, isShared ? "shared memory" : "registers",
                                    isShared ? "8" : "all", gain),
                        gain);
    }

    /// Whether there is one launch of lines of threads, and no shared memory that its size says.
    static bool hasRoom(const KernelScope& kernel)
    {
        const auto launches = kernel.launches();
        return launches.size() == 1 && launches.front()->blockParts.size() == 1 && !launches.front()->shared
            && !declaresShared(kernel);
    }

    /// \p each: bytes of a thread.
    static void addMemory(const MoveContext& context, const KernelScope& kernel, const std::string& each,
                          SourceEdit& edit)
    {
        const auto& launch = *kernel.launches().front();
        const auto block = std::string(context.source().text(launch.block));
        const auto bytes = fmt::format("{} * {}", each, isPlainWord(block) ? block : "(" + block + ")");
        edit.insert(launch.block.end, ", " + bytes);
        context.directives().addRequire(edit, fmt::format("{} <= {}", bytes, kMostShared));
    }

    /// What registers hold, then the rest as it was.
    static std::optional<std::string> loopText(const ParsedSource& source, const ColumnLoops& found, std::size_t at,
                                               TextRange whole, TextRange start, const CodeValues& values)
    {
        const auto& loop = found.loops[at];
        const auto* body = loop.statement->getBody();
        const auto range = source.statementRange(body);
        const auto increment = source.range(loop.statement->getInc());
        if (!range || !increment)
            return std::nullopt;
        const auto indentation = indentationAt(source.text(), whole.begin);
        const auto name = loop.var->getName().str();
        std::vector<Replacement> replacements;
        for (const auto& read : found.reads[at])
            replacements.push_back({read, filled("@kept@[@place@]", values)});
        const auto inner = rewritten(source.text(), *range, replacements);
        const auto head = filled("@unroll@\nfor (int @step@ = 0; @step@ < @STEPS@; ++@step@) {\n"
                                 "    const @type@ "
                                     + name + " = @step@ * (@size@) + @member@;\n    if (" + name + " < @bound@)",
                                 values);
        std::string text;
        if (at == 0)
            text = reindented(filled("@declaration@", values) + head + "\n        "
                                  + filled("@kept@[@place@] = ", values) + found.place + ";\n}\n",
                              indentation);
        const auto outline = reindented(head, indentation);
        const bool isBlock = llvm::isa<CompoundStmt>(body);
        text += outline.substr(0, outline.find_last_not_of('\n') + 1)
            + (isBlock ? " " + deeper(inner) : "\n" + indentation + "        " + inner);
        text += text.ends_with('\n') ? indentation + "}\n" : "\n" + indentation + "}\n";
        text += indentation;
        const auto rest =
            rewritten(source.text(), whole,
                      {{start, initialiserText(source, loop.var, filled("@STEPS@ * (@size@) + @member@", values))}});
        return text.substr(indentation.size()) + rest;
    }

    /// Lines after the first four columns further in.
    static std::string deeper(const std::string& text)
    {
        std::string made;
        for (const char letter : text)
            made += letter == '\n' ? std::string("\n    ") : std::string(1, letter);
        return made;
    }

    /// Steps with which registers hold the longest column that is timed; larger blocks where that is too much of it for
    /// the threads of this one.
    static ColumnSteps stepsFor(const MoveContext& context, const KernelScope& kernel, const ColumnLoops& found,
                                SourceEdit& edit)
    {
        const auto& loop = found.loops.front();
        std::int64_t longest = 0;
        const auto bound = kernel.form(loop.bound);
        for (const auto& values : timedArguments(context, kernel))
            longest = std::max(longest, bound ? valueWith(*bound, values).value_or(0) : 0);
        const auto& directives = context.directives();
        const auto* launch = kernel.launches().front();
        const auto* share = llvm::cast<BinaryOperator>(loop.step->IgnoreParenImpCasts())->getRHS();
        const auto range = context.source().range(share);
        const auto columns = std::max<std::int64_t>(1, range ? directives.value(*range).value_or(32) : 32);
        auto threads = std::max(columns, directives.value(launch->block).value_or(256));
        if (longest <= 0)
            return {};
        const auto stepsWith = [&](std::int64_t block) {
            const auto sharers = block / columns;
            return static_cast<std::int64_t>(
                std::bit_ceil(static_cast<std::uint64_t>((longest + sharers - 1) / sharers)));
        };
        const auto* tune = directives.findTune(context.source().text(launch->block));
        const auto present = threads;
        while (tune != nullptr && threads < kMostThreads && stepsWith(threads) > kFewKept
               && std::ranges::find(tune->values, threads * 2) != tune->values.end())
            threads *= 2;
        if (threads != present) {
            auto order = tune->values;
            order.erase(std::ranges::find(order, threads));
            order.insert(order.begin(), threads);
            const bool ended = context.source().text(tune->line).ends_with('\n');
            edit.replace(
                tune->line,
                fmt::format("// warploom: tune {} = {}{}", tune->name, fmt::join(order, " "), ended ? "\n" : ""));
        }
        // A quarter of the registers that so many threads leave each of them: where to load from takes as many again.
        const auto needed = stepsWith(threads);
        ColumnSteps steps;
        steps.inRegisters = std::min({needed, kMostKept, kColumnRegisters / threads / 4});
        const auto room = static_cast<std::uint64_t>(kMostShared / (threads * found.bytes));
        const auto inShared = std::min({needed, kMostSharedSteps, static_cast<std::int64_t>(std::bit_floor(room))});
        steps.inShared = inShared > steps.inRegisters ? inShared : 0;
        return steps;
    }
};

}  // namespace

std::unique_ptr<Move> makeKeepColumn() { return std::make_unique<KeepColumn>(); }

}  // namespace warploom
