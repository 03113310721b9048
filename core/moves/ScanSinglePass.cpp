// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/GuardedKernel.h"
#include "moves/HostWords.h"
#include "moves/MoveCatalogue.h"
#include "moves/ScanChain.h"
#include "moves/ScanCode.h"

namespace warploom {

using namespace clang;

namespace {

// What tiles tell each other. Values of 8 bytes come in two words, which a reader may see at different times.
constexpr const char* kPublishOne =
    "// Tells the other blocks what is known of a tile: the fold of its own elements (1) or of all up to its end (2).\n"
    "static __device__ __forceinline__ void @name@(\n"
    "    volatile unsigned long long* state, long long tile, unsigned known, @type@ value)\n{\n"
    "    state[tile] = (unsigned long long)(known) << 32 | @bits@;\n}\n\n";
constexpr const char* kPeekOne = "// What is known of a tile by now (0: nothing), with its value.\n"
                                 "static __device__ __forceinline__ unsigned @name@(\n"
                                 "    const volatile unsigned long long* state, long long tile, @type@& value)\n{\n"
                                 "    const unsigned long long word = state[tile];\n"
                                 "    value = @value@;\n"
                                 "    return unsigned(word >> 32);\n}\n\n";
constexpr const char* kPublishTwo =
    "// Tells the other blocks what is known of a tile: the fold of its own elements (1) or of all up to its end (2).\n"
    "// Each half of the value goes with a mark of its own: the two may be seen at different times.\n"
    "static __device__ __forceinline__ void @name@(\n"
    "    volatile unsigned long long* state, long long tile, unsigned known, @type@ value)\n{\n"
    "    const unsigned long long bits = @bits@;\n"
    "    state[2 * tile] = (unsigned long long)(known) << 32 | unsigned(bits);\n"
    "    state[2 * tile + 1] = (unsigned long long)(known) << 32 | bits >> 32;\n}\n\n";
constexpr const char* kPeekTwo = "// What is known of a tile by now (0: nothing, or half of it), with its value.\n"
                                 "static __device__ __forceinline__ unsigned @name@(\n"
                                 "    const volatile unsigned long long* state, long long tile, @type@& value)\n{\n"
                                 "    const unsigned long long low = state[2 * tile];\n"
                                 "    const unsigned long long high = state[2 * tile + 1];\n"
                                 "    const unsigned long long word = high << 32 | unsigned(low);\n"
                                 "    value = @value@;\n"
                                 "    return low >> 32 == high >> 32 ? unsigned(low >> 32) : 0;\n}\n\n";

// One warp does it; what it returns holds in all of its lanes.
constexpr const char* kLookBack =
    "// Fold of all that precedes a tile whose elements give `total`: from 32 tiles before it at a time, back to one "
    "that\n"
    "// knows all before it. Tiles are claimed in order, so those before it are done or running.\n"
    "static __device__ __forceinline__ @type@ @name@(\n"
    "    volatile unsigned long long* state, long long tile, @type@ total, @type@ start)\n{\n"
    "    const int lane = threadIdx.x % 32;\n"
    "    if (lane == 0 && tile > 0)\n"
    "        @publish@(state, tile, 1, total);\n"
    "    @type@ before = start;\n"
    "    bool isComplete = tile == 0;\n"
    "    for (long long nearest = tile - 1; !isComplete; nearest -= 32) {\n"
    "        @type@ value = start;\n"
    "        unsigned known = nearest - lane < 0 ? 2 : 0;\n"
    "        do {\n"
    "            if (known == 0)\n"
    "                known = @peek@(state, nearest - lane, value);\n"
    "        } while (__any_sync(0xffffffffu, known == 0));\n"
    "        const unsigned complete = __ballot_sync(0xffffffffu, known == 2);\n"
    "        isComplete = complete != 0;\n"
    "        const int last = isComplete ? __ffs(complete) - 1 : 31;  // of the lanes that count\n"
    "        for (int offset = 1; offset < 32; offset *= 2) {\n"
    "            const @type@ further = __shfl_down_sync(0xffffffffu, value, offset);\n"
    "            if (lane + offset <= last)\n"
    "                value = @further op value@;\n"
    "        }\n"
    "        value = __shfl_sync(0xffffffffu, value, 0);\n"
    "        before = nearest == tile - 1 ? value : @value op before@;\n"
    "    }\n"
    "    if (lane == 0)\n"
    "        @publish@(state, tile, 2, @before op total@);\n"
    "    return before;\n}\n\n";

// A block takes the next tile, so that those before it are sure to be under way.
constexpr const char* kTicket =
    "constexpr int @WARPS@ = @BLOCK@ / 32;\n"
    "__shared__ unsigned long long @ticket@;\n"
    "__shared__ @type@ @up_to_warp@[@WARPS@];\n"
    "__shared__ @type@ @before_tile@;\n"
    "if (threadIdx.x == 0)\n"
    "    @ticket@ = atomicAdd(@state@, 1ull);\n"
    "__syncthreads();\n"
    "const long long @tile@ = @ticket@;\n"
    "const int @lane@ = threadIdx.x % 32;\n"
    "const int @warp@ = threadIdx.x / 32;\n"
    "const long long @end@ = @count@;\n"
    "const long long @first@ = @tile@ * (@BLOCK@ * @ITEMS@) + @warp@ * (32 * @ITEMS@) + @lane@ * @W@;\n";

constexpr const char* kShare = "if (@lane@ == 0)\n"
                               "    @up_to_warp@[@warp@] = @all@;\n"
                               "__syncthreads();\n"
                               "if (@warp@ == 0) {\n"
                               "    const @type@ @up_to@ = @scanWarp@(@up_to_warp@[min(@lane@, @WARPS@ - 1)]);\n"
                               "    if (@lane@ < @WARPS@)\n"
                               "        @up_to_warp@[@lane@] = @up_to@;\n"
                               "    const @type@ @of_tile@ = __shfl_sync(0xffffffffu, @up_to@, @WARPS@ - 1);\n"
                               "    @before_tile@ = @lookBack@(@state@ + 1, @tile@, @of_tile@, @start@);\n"
                               "}\n"
                               "__syncthreads();\n"
                               "@type@ @carry@ = @before_tile@;\n"
                               "if (@warp@ > 0)\n"
                               "    @carry@ = @carried@;\n";

struct WordConversions {
    std::string bits;  ///< of `value`
    std::string value;  ///< of `word`
};

WordConversions conversionsOf(QualType type, const std::string& name, bool isWide)
{
    if (type->isRealFloatingType())
        return isWide ? WordConversions{"__double_as_longlong(value)", "__longlong_as_double(word)"}
                      : WordConversions{"__float_as_uint(value)", "__uint_as_float(unsigned(word))"};
    return isWide ? WordConversions{"static_cast<unsigned long long>(value)", "static_cast<" + name + ">(word)"}
                  : WordConversions{"static_cast<unsigned>(value)", "static_cast<" + name + ">(unsigned(word))"};
}

void replaceAll(std::string& text, const std::string& mark, const std::string& by)
{
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size()))
        text.replace(at, mark.size(), by);
}

class ScanSinglePass : public Move {
public:
    [[nodiscard]] MoveDescription description() const override
    {
        return {"scan-single-pass", "Scan in a single pass",
                "running sums, products or extrema of an array: by one thread, or in three launches over chunks",
                "neighbouring threads read and write neighbouring elements, each once: tiles learn from those before "
                "them what precedes them"};
    }

    [[nodiscard]] std::vector<MoveProposal> propose(const MoveContext& context) const override
    {
        std::vector<MoveProposal> proposals;
        for (const auto& chain : scanChains(context))
            if (auto made = inOnePass(context, chain))
                proposals.push_back(std::move(*made));
        return proposals;
    }

private:
    static void addFunctions(ScanCode& code, const ScanChain& chain)
    {
        const auto& context = chain.writer().source().context();
        const auto type = chain.fold.type();
        const bool isWide = context.getTypeSize(type) == 64;
        const auto conversions = conversionsOf(type, type.getAsString(context.getPrintingPolicy()), isWide);
        const auto fitted = [&](std::string text) {
            replaceAll(text, "@bits@", conversions.bits);
            replaceAll(text, "@value@", conversions.value);
            return text;
        };
        code.addFunction("publish", "publishTile", fitted(isWide ? kPublishTwo : kPublishOne));
        code.addFunction("peek", "peekTile", fitted(isWide ? kPeekTwo : kPeekOne));
        std::string lookBack = kLookBack;
        const auto& reduction = chain.fold.reduction;
        replaceAll(lookBack, "@further op value@", combination(reduction, "further", "value"));
        replaceAll(lookBack, "@value op before@", combination(reduction, "value", "before"));
        replaceAll(lookBack, "@before op total@", combination(reduction, "before", "total"));
        code.addFunction("lookBack", std::string("lookBack") + wordOf(reduction.operation), lookBack);
    }

    /// Parameters that the new kernel needs, with the launch's arguments.
    struct Signature {
        std::string parameters;
        std::string arguments;
    };

    static bool isUsed(const ScanChain& chain, const ParmVarDecl* parameter)
    {
        auto parts = chain.fold.after;
        parts.push_back(chain.fold.loop->getBody());
        return std::ranges::any_of(
            parts, [&](const Stmt* part) { return !chain.writer().references(parameter, part).empty(); });
    }

    static std::optional<Signature> signatureOf(const ScanChain& chain)
    {
        const auto& kernel = chain.writer();
        const auto& source = kernel.source();
        const auto& launch = *kernel.launches().front();
        Signature made;
        for (unsigned i = 0; i < kernel.kernel().getNumParams(); ++i) {
            const auto* parameter = kernel.kernel().getParamDecl(i);
            const auto name = parameter->getNameAsString();
            if (!isUsed(chain, parameter) && !mentions(chain.end, name) && !mentions(chain.start, name))
                continue;
            const auto text = source.range(CharSourceRange::getTokenRange(parameter->getSourceRange()));
            if (!text || kernel.isModified(parameter))
                return std::nullopt;
            made.parameters += source.text(*text) + ", ";
            made.arguments += source.text(launch.arguments[i]) + ", ";
        }
        if (chain.end.empty()) {
            made.parameters += "long long @count@, ";
            made.arguments += chain.count + ", ";
        }
        return made;
    }

    static void addNames(ScanCode& code, const std::string& block)
    {
        for (const auto* name : {"WARPS", "ticket", "tile", "up_to_warp", "of_tile", "before_tile"})
            code.addName(name, name);
        code.addName("state", "tile_state");
        code.addValue("BLOCK", block);
    }

    /// What is done once all is folded: by a thread of the last tile.
    static std::string lastText(const ScanChain& chain, const ScanCode& code)
    {
        if (chain.fold.after.empty())
            return {};
        const auto& source = chain.writer().source();
        std::string text;
        for (const auto* statement : chain.fold.after)
            text += source.text(*source.statementRange(statement)) + "\n";
        return code.filled("if (threadIdx.x == 0 && @end@ <= (@tile@ + 1) * (@BLOCK@ * @ITEMS@)) {\n"
                           "    const @type@ @acc@ = ")
            + code.combined("@before_tile@", "@up_to_warp@[@WARPS@ - 1]") + ";\n" + reindented(text, "    ") + "}\n";
    }

    /// Nothing when a part has no words.
    static std::optional<std::string> kernelText(const ScanChain& chain, ScanCode& code, std::string& arguments)
    {
        const auto& name = chain.writer().name();
        code.addValue("start", chain.start);
        code.addValue("carried", code.combined("@carry@", "@up_to_warp@[@warp@ - 1]"));
        const bool hasEnd = !chain.end.empty();
        if (hasEnd)
            code.addValue("count", chain.end);
        else
            code.addName("count", "count");
        const auto body = code.filled(kTicket) + code.loads() + code.total() + code.filled(kShare) + code.writes()
            + lastText(chain, code);
        const auto signature = signatureOf(chain);
        if (!signature)
            return std::nullopt;
        arguments = signature->arguments;
        const auto* linkage = chain.writer().kernel().isExternC() ? "extern \"C\" " : "";
        return "// A block takes the next tile, folds it, learns from the tiles before it what precedes it, and "
               "writes.\n"
            + code.filled(fmt::format("{}__global__ void __launch_bounds__(@BLOCK@)\n    {}({}", linkage, name,
                                      signature->parameters))
            + code.filled("unsigned long long* @state@)\n{\n") + reindented(body, "    ") + "}";
    }

    [[nodiscard]] std::optional<MoveProposal> inOnePass(const MoveContext& context, const ScanChain& chain) const
    {
        const auto& source = context.source();
        const auto& directives = context.directives();
        const auto items = directives.freshName("SCAN_ITEMS");
        const auto block = directives.freshName("SCAN_BLOCK");
        const auto& reduction = chain.fold.reduction;
        const bool isExtremum =
            reduction.operation == ReductionOperation::Max || reduction.operation == ReductionOperation::Min;
        const auto padding = isExtremum                      ? chain.start
            : reduction.operation == ReductionOperation::Sum ? std::string("0")
                                                             : "1";
        auto code = ScanCode::make(chain.writer(), chain.fold, items, padding, true);
        if (!code)
            return std::nullopt;
        addNames(*code, block);
        addFunctions(*code, chain);
        std::string arguments;
        const auto kernel = kernelText(chain, *code, arguments);
        const auto definition = wholeDefinition(chain.writer());
        if (!kernel || !definition)
            return std::nullopt;
        SourceEdit edit(source.text());
        const auto text = source.text();
        edit.replace({definition->begin, definition->end},
                     code->functions() + *kernel + (definition->end < text.size() ? "\n\n" : "\n"));
        if (!removeOthers(edit, chain))
            return std::nullopt;
        editLaunch(edit, chain, *code, arguments);
        removeLets(edit, chain);
        directives.addTune(edit, block, {256, 128, 512, 1024});
        directives.addTune(edit, items, code->itemValues());
        return described(context, chain, edit, definition->begin);
    }

    static bool removeOthers(SourceEdit& edit, const ScanChain& chain)
    {
        const auto& source = chain.writer().source();
        for (const auto* other : chain.kernels) {
            if (other == &chain.writer())
                continue;
            const auto definition = wholeDefinition(*other);
            if (!definition)
                return false;
            edit.remove(*definition);
            edit.removeWithLine(other->launches().front()->line);
        }
        for (const auto& scratch : chain.scratches)
            edit.removeWithLine(*scratchLine(source, scratch));
        return true;
    }

    static void editLaunch(SourceEdit& edit, const ScanChain& chain, const ScanCode& code, const std::string& arguments)
    {
        const auto& source = chain.writer().source();
        const auto tiles = source.directives().freshName("SCAN_TILES");
        const bool isWide = source.context().getTypeSize(chain.fold.type()) == 64;
        // One thread could find nothing to do, or only what comes after it; a grid of nothing is an error.
        const bool mayBeEmpty = chain.kernels.size() == 1
            && (!chain.fold.after.empty() || chain.count.find_first_of(" +-*/%()") != std::string::npos);
        edit.replace(
            chain.writer().launches().front()->line,
            code.filled(fmt::format("// warploom: let {0} = {5}\n"
                                    "// warploom: scratch @state@ u64[1 + {2}{0}]  // tiles claimed, and what "
                                    "is known of each\n"
                                    "// warploom: zero @state@\n"
                                    "// warploom: launch {3}<<<{0}, @BLOCK@>>>({4}@state@)",
                                    tiles, chain.count, isWide ? "2 * " : "", chain.writer().name(), arguments,
                                    fmt::format(fmt::runtime(mayBeEmpty ? "max(1, ceil_div({}, @BLOCK@ * @ITEMS@))"
                                                                        : "ceil_div({}, @BLOCK@ * @ITEMS@)"),
                                                chain.count))));
    }

    /// Names that only what is gone used.
    static void removeLets(SourceEdit& edit, const ScanChain& chain)
    {
        const auto& source = chain.writer().source();
        std::vector<TextRange> gone;
        for (const auto* kernel : chain.kernels)
            gone.push_back(kernel->launches().front()->line);
        for (const auto& scratch : chain.scratches)
            gone.push_back(*scratchLine(source, scratch));
        const auto& lets = source.directives().lets();
        for (auto let = lets.rbegin(); let != lets.rend(); ++let) {
            const auto line = lineAround(source, let->expression.begin);
            gone.push_back(line);
            if (mentions(chain.count, let->name) || isNamed(source, let->name, gone))
                gone.pop_back();
            else
                edit.removeWithLine(line);
        }
    }

    [[nodiscard]] std::optional<MoveProposal> described(const MoveContext& context, const ScanChain& chain,
                                                        const SourceEdit& edit, std::size_t offset) const
    {
        const bool isSolo = chain.kernels.size() == 1;
        const auto order = chain.fold.type()->isRealFloatingType()
            ? "; sums of floating-point numbers differ in their last bits from run to run"
            : "";
        return proposal(
            context, edit, offset, fmt::format("single-pass scan in {}", chain.writer().name()),
            fmt::format("{}: tiles of {} elements in one launch, with 16-byte accesses of neighbours, read "
                        "and write everything once, at 70 % of the bandwidth of a copy or more, ~{}×{}",
                        isSolo ? "one thread works through all elements"
                               : "the elements are read twice, 32 sectors a request, and one thread folds "
                                 "all chunks",
                        chain.writer().source().context().getTypeSize(chain.fold.type()) == 64 ? 2048 : 4096,
                        isSolo ? 1000 : 20, order),
            isSolo ? 1000.0 : 20.0);
    }
};

}  // namespace

std::unique_ptr<Move> makeScanSinglePass() { return std::make_unique<ScanSinglePass>(); }

}  // namespace warploom
