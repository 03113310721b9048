// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Contraction.h"
#include "moves/HostWords.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"

namespace warploom {

namespace {

using namespace clang;

/// Of a grid whose coordinates were numbers of blocks: rows and columns get threads.
constexpr const char* kSquareOfThreads = "16";

/// One of a kernel's three coordinates.
struct BatchCoordinate {
    int dimension = 0;
    int target = 0;  ///< dimension that it goes to
    const VarDecl* var = nullptr;  ///< that holds it; null where the number of the block is used itself
    const Stmt* declaration = nullptr;  ///< of var
    const Expr* bound = nullptr;  ///< of a thread's own index; null for the number of a block
    std::vector<const MemberExpr*> numbers;  ///< uses of the block's number
    std::string name;  ///< as a thread's own index
};

char letterOf(int dimension) { return "xyz"[dimension]; }

/// out(f, l, m) = sum of p(m, l, k) * x(f, k, m): m is what both factors share, a batch, and the others are rows and
/// columns of a product for each. The batch becomes the number of a layer, rows and columns get the threads.
class BatchTurner {
public:
    explicit BatchTurner(const KernelScope& kernel)
        : m_kernel(kernel)
        , m_source(kernel.source())
        , m_edit(kernel.source().text())
    {
    }

    std::optional<std::string> turned()
    {
        m_launch = onlyLaunch(m_kernel);
        auto guarded = isOnItsOwn() ? guardedKernel(m_kernel) : std::nullopt;
        if (!guarded || usesOwnBuiltinsElsewhere(m_kernel, *guarded) || !readCoordinates(*guarded) || !readRoles())
            return std::nullopt;
        m_guarded = std::move(*guarded);
        const bool isWritten = nameCoordinates() && moveBatch()
            && std::ranges::all_of(m_all, [&](auto& one) { return one.target == 2 || giveThreads(one); })
            && declareAndGuard() && launchAnew();
        auto text = isWritten ? m_edit.apply() : std::nullopt;
        return text && isProduct(*text) ? text : std::nullopt;
    }

private:
    [[nodiscard]] bool isOnItsOwn() const
    {
        const auto& function = m_kernel.kernel();
        return m_launch != nullptr && !m_launch->shared && m_launch->gridParts.size() == 3 && !promisesBlocks(m_kernel)
            && !declaresShared(m_kernel) && !m_kernel.synchronises(function.getBody())
            && !function.isTemplateInstantiation() && function.getDescribedFunctionTemplate() == nullptr
            && function.getPreviousDecl() == nullptr;
    }

    bool readCoordinates(const GuardedKernel& guarded)
    {
        for (int dimension = 0; dimension < 3; ++dimension) {
            BatchCoordinate one;
            one.dimension = one.target = dimension;
            if (const auto* index = guarded.indexOf(dimension)) {
                one.var = index->var;
                one.bound = guarded.bounds.at(index->var);
            } else if (!readNumbers(one)) {
                return false;
            }
            one.declaration = one.var == nullptr ? nullptr : declarationOf(*one.var);
            if ((one.var != nullptr) != (one.declaration != nullptr))
                return false;
            m_all.push_back(std::move(one));
        }
        return true;
    }

    /// Where the kernel asks for the block's number, the initialiser of a variable that holds it aside.
    bool readNumbers(BatchCoordinate& one) const
    {
        bool isKnown = true;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* reference = llvm::dyn_cast<DeclRefExpr>(node);
            const auto* member = reference == nullptr || !isThreadBuiltin(reference)
                ? nullptr
                : llvm::dyn_cast_or_null<MemberExpr>(m_kernel.parent(reference));
            if (member == nullptr || identifierOf(member->getMemberDecl()) != std::string(1, letterOf(one.dimension)))
                return true;
            isKnown = isKnown && identifierOf(reference->getDecl()) == "blockIdx";
            if (const auto* var = heldIn(*member); var != nullptr && one.var == nullptr)
                one.var = var;
            else
                one.numbers.push_back(member);
            return true;
        });
        return isKnown && (one.var == nullptr || one.numbers.empty()) && (one.var != nullptr || !one.numbers.empty());
    }

    /// The variable that \p number is the whole initialiser of; null: none.
    [[nodiscard]] const VarDecl* heldIn(const MemberExpr& number) const
    {
        const Stmt* above = m_kernel.parent(&number);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, ParenExpr, OpaqueValueExpr, PseudoObjectExpr>(above))
            above = m_kernel.parent(above);
        const auto* declaration = llvm::dyn_cast_or_null<DeclStmt>(above);
        const auto* var = declaration != nullptr && declaration->isSingleDecl()
            ? llvm::dyn_cast<VarDecl>(declaration->getSingleDecl())
            : nullptr;
        return var == nullptr || m_kernel.isModified(var) || !var->getType()->isIntegerType() ? nullptr : var;
    }

    [[nodiscard]] const Stmt* declarationOf(const VarDecl& var) const
    {
        for (const Stmt* statement : m_kernel.statements())
            if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
                declaration != nullptr && declaration->isSingleDecl() && declaration->getSingleDecl() == &var)
                return statement;
        return nullptr;
    }

    /// Which coordinate is the batch: of the others each load of the one loop depends on one, on both sides of it.
    bool readRoles()
    {
        const ForStmt* loop = nullptr;
        int loops = 0;
        walk(m_kernel.kernel().getBody(), [&](const Stmt* node) {
            if (llvm::isa<ForStmt, WhileStmt, DoStmt>(node)) {
                ++loops;
                loop = llvm::dyn_cast<ForStmt>(node);
            }
            return true;
        });
        if (loops != 1 || loop == nullptr)
            return false;
        const auto loads = m_kernel.accesses(loop);
        for (int batch = 0; batch < 3; ++batch)
            if (isBatch(batch, loads)) {
                m_all[static_cast<std::size_t>(batch)].target = 2;
                m_all[2].target = batch;
                const bool isThere =
                    batch == 2 && m_all[2].bound == nullptr && m_all[0].bound != nullptr && m_all[1].bound != nullptr;
                return !isThere;
            }
        return false;
    }

    [[nodiscard]] static bool isBatch(int batch, const std::vector<Access>& loads)
    {
        const auto dependsOn = [](const Access& load, int dimension) {
            return load.index->dependsOn(threadSymbol(dimension)) || load.index->dependsOn(blockSymbol(dimension));
        };
        const int first = batch == 0 ? 1 : 0;
        const int second = batch == 2 ? 1 : 2;
        bool isShared = true;
        int ofFirst = 0;
        int ofSecond = 0;
        for (const auto& load : loads) {
            if (!load.index || load.writes || !llvm::isa_and_nonnull<ParmVarDecl>(load.base)
                || dependsOn(load, first) == dependsOn(load, second))
                return false;
            (dependsOn(load, first) ? ofFirst : ofSecond) += 1;
            isShared = isShared && dependsOn(load, batch);
        }
        return isShared && ofFirst > 0 && ofSecond > 0;
    }

    [[nodiscard]] BatchCoordinate& at(int target)
    {
        return *std::ranges::find_if(m_all, [&](const auto& one) { return one.target == target; });
    }

    bool nameCoordinates()
    {
        for (auto& one : m_all)
            one.name = one.var != nullptr ? one.var->getNameAsString()
                                          : m_source.directives().freshName(one.target == 0 ? "column" : "row");
        return true;
    }

    /// The batch is blockIdx.z wherever it is named.
    bool moveBatch()
    {
        const auto& one = at(2);
        for (const auto* number : one.numbers) {
            const auto range = m_source.range(number);
            if (!range)
                return false;
            m_edit.replace(*range, "blockIdx.z");
        }
        if (one.var == nullptr)
            return true;
        const auto type = one.var->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
        const auto isOneWord = type.find(' ') == std::string::npos;
        const auto* body = m_kernel.kernel().getBody();
        const auto* guard = m_guarded.guard->getCond();
        const auto renamed = m_kernel.renaming(
            one.var, body, isOneWord ? type + "(blockIdx.z)" : "static_cast<" + type + ">(blockIdx.z)");
        const auto condition = m_source.range(guard);
        if (!renamed || !condition || renamed->size() != m_kernel.references(one.var, body).size())
            return false;
        for (const auto& use : *renamed)
            if (!condition->contains(use.range))
                m_edit.replace(use.range, use.text);
        return true;
    }

    /// The declaration of a row's or column's own index, where it is another than before, and its uses.
    bool giveThreads(const BatchCoordinate& one)
    {
        const auto type = one.var == nullptr
            ? std::string("int")
            : one.var->getType().getUnqualifiedType().getAsString(m_source.context().getPrintingPolicy());
        if (one.bound != nullptr && one.target == one.dimension)
            return true;
        m_lines.push_back(fmt::format("const {0} {1} = blockIdx.{2} * blockDim.{2} + threadIdx.{2};", type, one.name,
                                      letterOf(one.target)));
        return std::ranges::all_of(one.numbers, [&](const MemberExpr* number) {
            const auto range = m_source.range(wholeNumber(*number));
            if (range)
                m_edit.replace(*range,
                               isCast(*number) || isPlace(m_kernel, number) ? one.name : "unsigned(" + one.name + ")");
            return range.has_value();
        });
    }

    /// `int(blockIdx.z)`, or the number itself.
    [[nodiscard]] const Expr* wholeNumber(const MemberExpr& number) const
    {
        const Stmt* above = m_kernel.parent(&number);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, OpaqueValueExpr, PseudoObjectExpr>(above))
            above = m_kernel.parent(above);
        const auto* cast = llvm::dyn_cast_or_null<CXXFunctionalCastExpr>(above);
        const auto& context = m_source.context();
        return cast != nullptr && context.hasSameUnqualifiedType(cast->getType(), context.IntTy)
            ? static_cast<const Expr*>(cast)
            : &number;
    }

    [[nodiscard]] bool isCast(const MemberExpr& number) const
    {
        const Stmt* above = m_kernel.parent(&number);
        while (llvm::isa_and_nonnull<ImplicitCastExpr, OpaqueValueExpr, PseudoObjectExpr>(above))
            above = m_kernel.parent(above);
        return llvm::isa_and_nonnull<ExplicitCastExpr>(above);
    }

    /// New indices stand where the first of those that go stood; the guard asks for rows and columns.
    bool declareAndGuard()
    {
        bool isPut = m_lines.empty();
        for (const auto& one : m_all) {
            const bool stays = one.bound != nullptr && one.target == one.dimension && one.target != 2;
            const auto range =
                one.declaration == nullptr || stays ? std::nullopt : m_source.statementRange(one.declaration);
            if (one.declaration == nullptr || stays)
                continue;
            if (!range)
                return false;
            if (isPut)
                m_edit.removeWithLine(*range);
            else
                m_edit.replace(
                    *range, fmt::format("{}", fmt::join(m_lines, "\n" + indentationAt(m_source.text(), range->begin))));
            isPut = true;
        }
        if (!isPut) {
            const auto first = m_source.statementRange(m_kernel.statements().front());
            if (!first)
                return false;
            std::string lines;
            for (const auto& line : m_lines)
                lines += indentationAt(m_source.text(), first->begin) + line + "\n";
            insertBefore(m_edit, m_source, *first, lines);
        }
        const auto condition = m_source.range(m_guarded.guard->getCond());
        const auto across = boundText(at(0));
        const auto down = boundText(at(1));
        if (!condition || across.empty() || down.empty())
            return false;
        m_edit.replace(*condition,
                       fmt::format("{0} {2} {1} {3} {4} {2} {5}", at(0).name, across,
                                   m_guarded.returnsEarly ? ">=" : "<", m_guarded.returnsEarly ? "||" : "&&",
                                   at(1).name, down));
        return addParameters();
    }

    /// What an index stays below, in the kernel's words; of a block's number it may take a parameter more.
    std::string boundText(const BatchCoordinate& one)
    {
        if (one.bound != nullptr)
            return m_source.text(one.bound);
        const auto words = gridText(one.dimension);
        for (unsigned i = 0; i < m_kernel.kernel().getNumParams(); ++i) {
            const auto* parameter = m_kernel.kernel().getParamDecl(i);
            if (parameter->getType()->isIntegerType() && !m_kernel.isModified(parameter)
                && m_source.text(m_launch->arguments[i]) == words)
                return parameter->getNameAsString();
        }
        const auto name = isFreeName(words) ? words : m_source.directives().freshName(one.name + "s");
        m_added.emplace_back(name, words);
        return name;
    }

    /// Whether \p words are a name that a parameter of the kernel can have.
    [[nodiscard]] bool isFreeName(const std::string& words) const
    {
        const auto whole = m_source.range(m_kernel.kernel().getSourceRange());
        return whole && isPlainWord(words) && std::isdigit(static_cast<unsigned char>(words.front())) == 0
            && m_source.directives().findTune(words) == nullptr && !mentions(m_source.text(*whole), words);
    }

    bool addParameters()
    {
        const auto& function = m_kernel.kernel();
        const auto last = m_source.range(function.getParamDecl(function.getNumParams() - 1)->getSourceRange());
        if (m_added.empty())
            return true;
        if (!last)
            return false;
        std::string parameters;
        std::string arguments;
        for (const auto& [name, words] : m_added) {
            parameters += ", int " + name;
            arguments += ", " + words;
        }
        m_edit.insert(last->end, parameters);
        m_edit.insert(m_launch->arguments.back().end, arguments);
        return true;
    }

    [[nodiscard]] std::string gridText(int dimension) const
    {
        return m_source.text(m_launch->gridParts[static_cast<std::size_t>(dimension)]);
    }

    [[nodiscard]] std::string blockText(int dimension) const
    {
        const auto at = static_cast<std::size_t>(dimension);
        return at < m_launch->blockParts.size() ? m_source.text(m_launch->blockParts[at]) : std::string("1");
    }

    [[nodiscard]] std::optional<std::string> extentOf(const BatchCoordinate& one) const
    {
        return one.bound == nullptr ? std::optional(gridText(one.dimension))
                                    : inLaunchWords(m_kernel, *m_launch, one.bound);
    }

    bool launchAnew()
    {
        const auto columns = extentOf(at(0));
        const auto rows = extentOf(at(1));
        const auto layers = extentOf(at(2));
        if (!columns || !rows || !layers)
            return false;
        const bool isPlane = blockText(0) != "1" && blockText(1) != "1" && blockText(2) == "1";
        const std::string across = isPlane ? blockText(0) : kSquareOfThreads;
        const std::string down = isPlane ? blockText(1) : kSquareOfThreads;
        m_edit.replace(m_launch->grid,
                       fmt::format("dim3({}, {}, {})", gridExtent(*columns, across), gridExtent(*rows, down), *layers));
        if (!isPlane)
            m_edit.replace(m_launch->block, fmt::format("dim3({}, {})", across, down));
        return true;
    }

    [[nodiscard]] bool isProduct(const std::string& text) const
    {
        const auto parsed = ParsedSource::parse(text, "kernel.cu");
        return parsed && std::ranges::any_of((*parsed)->kernels(), [&](const FunctionDecl* function) {
                   const KernelScope kernel(**parsed, *function);
                   return kernel.name() == m_kernel.name()
                       && (jointContraction(kernel, true) || foldedPairs(kernel, true));
               });
    }

    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    const LaunchLine* m_launch = nullptr;
    GuardedKernel m_guarded;
    std::vector<BatchCoordinate> m_all;
    std::vector<std::string> m_lines;  ///< declarations of indices
    std::vector<std::pair<std::string, std::string>> m_added;  ///< parameters, with what the launch passes
    SourceEdit m_edit;
};

/// A product whose batch lies along the threads.
class PlainBatch : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a batch along the layers"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        return BatchTurner(kernel).turned();
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainBatch() { return std::make_unique<PlainBatch>(); }

}  // namespace warploom
