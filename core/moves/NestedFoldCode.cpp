// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionCode.h"
#include "moves/GridKernel.h"
#include "moves/NestedFold.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kNestedFoldBody = R"(
    // A block holds @BLOCK@ * @ITEMS@ @item@ against @WORDS@ @outer@ at a time: @CHUNK@ steps of both go through shared memory,
    // and each thread keeps what it has of @ITEMS@ x @WORDS@ of them.
@tiles@@firstItem@@uniforms@@arrays@@runBefore@    for (@outerType@ @outerBase@ = @outerStart@; @outerBase@ < @outerBound@; @outerBase@ += @WORDS@) {
@sumArrays@        #pragma unroll
        for (int @number@ = 0; @number@ < @ITEMS@; ++@number@) {
            #pragma unroll
            for (int @word@ = 0; @word@ < @WORDS@; ++@word@) {
@sumStarts@            }
        }
        for (@counterType@ @base@ = @start@; @base@ < @bound@; @base@ += @CHUNK@) {
            const int @count@ = @boundTerm@ - @base@ < @CHUNK@ ? @boundTerm@ - @base@ : @CHUNK@;
            for (int @slot@ = threadIdx.x; @slot@ < @BLOCK@ * @ITEMS@ * @CHUNK@; @slot@ += @BLOCK@) {
                const int @at@ = @slot@ % @CHUNK@;
                if (@at@ < @count@) {
                    const @itemType@ @own@ = @ownPlace@ + @slot@ / @CHUNK@;
                    const @itemType@ @item@ = @own@ < @items@ ? @own@ : @itemsTerm@ - 1;
                    const @counterType@ @counter@ = @base@ + @at@;
@ownCopies@                }
            }
            for (int @slot@ = threadIdx.x; @slot@ < @WORDS@ * @CHUNK@; @slot@ += @BLOCK@) {
                const int @at@ = @slot@ % @CHUNK@;
                if (@at@ < @count@) {
                    const @outerType@ @other@ = @outerBase@ + @slot@ / @CHUNK@;
                    const @outerType@ @outer@ = @other@ < @outerBound@ ? @other@ : @outerBoundTerm@ - 1;
                    const @counterType@ @counter@ = @base@ + @at@;
@otherCopies@                }
            }
            __syncthreads();
            #pragma unroll @UNROLL@
            for (int @at@ = 0; @at@ < @count@; ++@at@) {
@counterLine@@readParts@                #pragma unroll
                for (int @number@ = 0; @number@ < @ITEMS@; ++@number@) {
                    #pragma unroll
                    for (int @word@ = 0; @word@ < @WORDS@; ++@word@) {
@round@                    }
                }
            }
            __syncthreads();
        }
        #pragma unroll
        for (int @word@ = 0; @word@ < @WORDS@; ++@word@) {
            const @outerType@ @outer@ = @outerBase@ + @word@;
            if (@outer@ < @outerBound@) {
                #pragma unroll
                for (int @number@ = 0; @number@ < @ITEMS@; ++@number@) {
@placeAfter@@finish@                }
            }
        }
    }
@runAfter@)";

constexpr const char* kOwnTile = "    __shared__ @type@ @tile@[@CHUNK@][@BLOCK@ * @ITEMS@ + 1];\n";
constexpr const char* kOtherTile = "    __shared__ __align__(16) @type@ @tile@[@CHUNK@][@WORDS@ + 4];\n";
constexpr const char* kReadOwn = R"(                @type@ @part@[@ITEMS@];
                #pragma unroll
                for (int @number@ = 0; @number@ < @ITEMS@; ++@number@)
                    @part@[@number@] = @tile@[@at@][threadIdx.x + @number@ * @BLOCK@];
)";
constexpr const char* kReadOther = R"(                @type@ @part@[@WORDS@];
                #pragma unroll
                for (int @word@ = 0; @word@ < @WORDS@; ++@word@)
                    @part@[@word@] = @tile@[@at@][@word@];
)";

constexpr std::int64_t kNestedFoldBytes = 49152;  ///< of shared memory that a kernel can declare
constexpr int kMostHeld = 128;  ///< numbers that a thread keeps of its items and elements

class NestedFoldWriter {
public:
    NestedFoldWriter(const MoveContext& context, const KernelScope& kernel, const BroadcastKernel& found,
                     const NestedFold& fold, SourceEdit& edit)
        : m_context(context)
        , m_kernel(kernel)
        , m_source(context.source())
        , m_fold(fold)
        , m_found(found)
        , m_values(itemValues(context, kernel, found, edit))
        , m_text(kernel, found, valueOf(m_values, "number"), valueOf(m_values, "ITEMS"))
    {
    }

    std::optional<std::string> write(SourceEdit& edit)
    {
        addNames();
        addTiles();
        std::vector<const Expr*> copied;
        for (const auto& load : m_fold.loads)
            copied.insert(copied.end(), load.loads.begin(), load.loads.end());
        m_text.ignore(copied);
        if (!m_text.divide({m_fold.parts.before, {m_fold.parts.loop}, m_fold.parts.after}) || !addRound()
            || !addFinish() || !addSums() || !addRuns())
            return std::nullopt;
        addTunables(edit);
        return completed(kNestedFoldBody, m_values);
    }

private:
    void addNames()
    {
        const auto& directives = m_context.directives();
        addLoopNames(m_context, m_kernel, m_fold.inner, m_values);
        CodeValues outer;
        addLoopNames(m_context, m_kernel, m_fold.outer, outer);
        for (const auto& [mark, from] : {std::pair("outer", "counter"), std::pair("outerType", "counterType"),
                                         std::pair("outerStart", "start"), std::pair("outerBoundTerm", "boundTerm"),
                                         std::pair("outerBound", "bound"), std::pair("outerBase", "base")})
            m_values.emplace_back(mark, valueOf(outer, from));
        for (const char* name : {"WORDS", "CHUNK", "word", "slot"})
            m_values.emplace_back(name, directives.freshName(name));
        m_values.emplace_back("other", directives.freshName("next_" + m_fold.outer.var->getNameAsString()));
        const bool isWide = m_source.context().getTypeSize(m_found.item->getType()) > 32;
        m_values.emplace_back("ownPlace",
                              isWide ? "static_cast<@itemType@>(blockIdx.x) * (@BLOCK@ * @ITEMS@)"
                                     : "blockIdx.x * (@BLOCK@ * @ITEMS@)");
    }

    /// One for each load, and how it is filled and read.
    void addTiles()
    {
        std::string tiles, reads, own, other;
        std::set<const Stmt*> ownLocals, otherLocals;
        for (const auto& load : m_fold.loads) {
            auto part =
                m_context.directives().freshName(load.base->getNameAsString() + (load.isOwn ? "_own" : "_other"));
            if (std::ranges::find(m_parts, part) != m_parts.end())
                part += fmt::format("_{}", m_parts.size() + 1);
            const auto tile = part + "_tile";
            m_parts.push_back(part);
            const CodeValues marks = {{"type", typeOf(load)}, {"tile", tile}, {"part", m_parts.back()}};
            tiles += filled(load.isOwn ? kOwnTile : kOtherTile, marks);
            reads += filled(load.isOwn ? kReadOwn : kReadOther, marks);
            auto& copies = load.isOwn ? own : other;
            copies += localsText(*load.loads[0], load.isOwn ? ownLocals : otherLocals);
            copies += fmt::format("{}[@at@][@slot@ / @CHUNK@] = {};\n", tile, m_source.text(load.loads[0]));
        }
        m_values.emplace_back("tiles", tiles);
        m_values.emplace_back("readParts", reads);
        m_values.emplace_back("ownCopies", reindented(own, "                    "));
        m_values.emplace_back("otherCopies", reindented(other, "                    "));
    }

    [[nodiscard]] std::string typeOf(const NestedLoad& load) const
    {
        return load.isWidened ? "int" : typeText(m_kernel, load.loads[0]->getType().getUnqualifiedType());
    }

    /// Declarations that \p load needs and that are not in \p known yet.
    std::string localsText(const Expr& load, std::set<const Stmt*>& known) const
    {
        std::string text;
        for (const Stmt* local : neededBy({&load}))
            if (known.insert(local).second)
                text += m_source.text(m_source.statementRange(local).value_or(TextRange{})) + "\n";
        return text;
    }

    /// The declarations in front of the inner loop, and of the outer, that \p parts need; in order.
    [[nodiscard]] StatementRun neededBy(StatementRun parts) const
    {
        StatementRun locals;
        for (const auto* run : {&m_fold.parts.before, &m_fold.before})
            for (const Stmt* statement : *run)
                if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement);
                    declaration != nullptr && m_found.uniforms.count(declaration) == 0)
                    locals.push_back(statement);
        StatementRun needed;
        for (auto local = locals.rbegin(); local != locals.rend(); ++local)
            if (isUsedBy(llvm::cast<DeclStmt>(*local), parts)) {
                parts.push_back(*local);
                needed.insert(needed.begin(), *local);
            }
        return needed;
    }

    [[nodiscard]] bool isUsedBy(const DeclStmt* declaration, const StatementRun& parts) const
    {
        return std::ranges::any_of(parts, [&](const Stmt* part) {
            return std::ranges::any_of(declaration->decls(), [&](const Decl* one) {
                return !m_kernel.references(llvm::cast<VarDecl>(one), part).empty();
            });
        });
    }

    /// Sums by the element that the thread has of item and element; false where a macro hides one.
    bool renameSums(const Stmt* within, std::vector<Replacement>& changes) const
    {
        for (const auto* sum : m_fold.sums) {
            const auto renamed = m_kernel.renaming(
                sum, within, filled(fmt::format("{}[@number@][@word@]", sum->getNameAsString()), m_values));
            if (!renamed)
                return false;
            changes.insert(changes.end(), renamed->begin(), renamed->end());
        }
        return true;
    }

    bool addRound()
    {
        std::vector<Replacement> changes;
        for (std::size_t i = 0; i < m_fold.loads.size(); ++i)
            for (const Expr* load : m_fold.loads[i].loads)
                changes.push_back(
                    {*m_source.range(load),
                     filled(fmt::format("{}[{}]", m_parts[i], m_fold.loads[i].isOwn ? "@number@" : "@word@"),
                            m_values)});
        if (!renameSums(m_fold.inner.statement->getBody(), changes))
            return false;
        const auto round = roundText(m_kernel, m_text, m_fold.inner, std::move(changes));
        if (!round)
            return false;
        m_values.emplace_back("round", reindented(*round, "                        "));
        m_values.emplace_back("counterLine",
                              mentions(*round, m_fold.inner.var->getName())
                                  ? "                const @counterType@ @counter@ = @base@ + @at@;\n"
                                  : "");
        return true;
    }

    bool addFinish()
    {
        const auto* body = m_fold.outer.statement->getBody();
        std::vector<Replacement> changes;
        const auto first = m_source.statementRange(m_fold.after.front());
        const auto last = m_source.statementRange(m_fold.after.back());
        if (!first || !last || !renameSums(body, changes))
            return false;
        std::string text;
        for (const Stmt* statement : m_fold.before) {
            const auto range = m_source.statementRange(statement);
            const auto own = range && isUsedBy(llvm::cast<DeclStmt>(statement), neededInFinish())
                ? m_text.text(*range, statement, {})
                : std::string();
            if (!own)
                return false;
            text += own->empty() ? "" : *own + "\n";
        }
        auto begin = first->begin;
        while (begin > 0 && (m_source.text()[begin - 1] == ' ' || m_source.text()[begin - 1] == '\t'))
            --begin;
        const auto rest = m_text.text({begin, last->end}, body, std::move(changes));
        if (!rest)
            return false;
        const std::string indent(20, ' ');
        m_values.emplace_back("finish", reindented(text, indent) + reindented(*rest, indent));
        m_values.emplace_back("placeAfter",
                              mentions(text + *rest, m_found.item->getName()) ? reindented(itemPlace(), indent)
                                                                              : std::string());
        return true;
    }

    /// What follows the inner loop, with the declarations that it needs.
    [[nodiscard]] StatementRun neededInFinish() const
    {
        auto parts = m_fold.after;
        const auto needed = neededBy(parts);
        parts.insert(parts.end(), needed.begin(), needed.end());
        return parts;
    }

    bool addSums()
    {
        std::string arrays, starts;
        for (const auto* sum : m_fold.sums) {
            const auto name = sum->getNameAsString();
            arrays += fmt::format("        {} {}[@ITEMS@][@WORDS@];\n",
                                  typeText(m_kernel, sum->getType().getUnqualifiedType()), name);
            starts += fmt::format("                {}[@number@][@word@] = {};\n", name, m_source.text(sum->getInit()));
        }
        m_values.emplace_back("sumArrays", arrays);
        m_values.emplace_back("sumStarts", starts);
        return true;
    }

    bool addRuns()
    {
        const auto before = itemRun(m_text, m_fold.parts.before, m_found, m_values);
        const auto after = lastRun(m_text, m_fold.parts.after, m_found, m_values);
        if (!before || !after)
            return false;
        m_values.emplace_back("uniforms", reindented(m_text.uniforms(), "    "));
        m_values.emplace_back("arrays", reindented(m_text.declarations(), "    "));
        m_values.emplace_back("runBefore", *before);
        m_values.emplace_back("runAfter", *after);
        return true;
    }

    void addTunables(SourceEdit& edit) const
    {
        const auto& directives = m_context.directives();
        directives.addTune(edit, valueOf(m_values, "ITEMS"), itemCounts(m_context, m_kernel, m_found, {2, 1, 4}));
        directives.addTune(edit, valueOf(m_values, "WORDS"), {32, 16, 8});
        directives.addTune(edit, valueOf(m_values, "CHUNK"), {16, 32, 8});
        directives.addTune(edit, valueOf(m_values, "UNROLL"), {2, 4, 1});
        std::string bytes;
        for (const auto& load : m_fold.loads)
            bytes += (bytes.empty() ? "" : " + ")
                + fmt::format("@CHUNK@ * ({}) * {}", load.isOwn ? "@BLOCK@ * @ITEMS@ + 1" : "@WORDS@ + 4",
                              bytesOf(load));
        directives.addRequire(edit, filled(fmt::format("{} <= {}", bytes, kNestedFoldBytes), m_values));
        directives.addRequire(
            edit, filled(fmt::format("{} <= {}", times(m_fold.sums.size(), "@ITEMS@ * @WORDS@"), kMostHeld), m_values));
    }

    [[nodiscard]] std::int64_t bytesOf(const NestedLoad& load) const
    {
        const auto& ast = m_source.context();
        return ast.getTypeSizeInChars(load.isWidened ? ast.IntTy : load.loads[0]->getType()).getQuantity();
    }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    const NestedFold& m_fold;
    const BroadcastKernel& m_found;
    CodeValues m_values;
    ItemText m_text;
    std::vector<std::string> m_parts;
};

}  // namespace

std::optional<std::string> writeNestedFold(const MoveContext& context, const KernelScope& kernel,
                                           const BroadcastKernel& found, const NestedFold& fold, SourceEdit& edit)
{
    return NestedFoldWriter(context, kernel, found, fold, edit).write(edit);
}

}  // namespace warploom
