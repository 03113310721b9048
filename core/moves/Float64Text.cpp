// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Float64Text.h"

#include "moves/Float64Words.h"

namespace warploom {

using namespace clang;

namespace {

constexpr std::uint64_t kMostStaticShared = 48 * 1024;

/// Whether what a pointer leads to keeps its type or becomes double.
enum class Width { Unknown, Own, Double, Mixed };

/// Of a pointer that may lead to either of two places.
Width joined(Width a, Width b)
{
    if (a == Width::Unknown || a == b)
        return b;
    return b == Width::Unknown ? a : Width::Mixed;
}

bool isNarrow(const std::optional<ElementType>& type) { return type && isFloating(*type) && *type != ElementType::F64; }

/// Collects edits: words that become double, declarations that keep their type, reads that are widened.
class Float64Writer {
public:
    Float64Writer(const KernelView& view, const std::set<const VarDecl*>& inputs)
        : m_code(*view.code)
        , m_context(view.code->parsed().context())
        , m_view(view)
        , m_inputs(inputs)
    {
    }

    Float64Text write(const std::string& kernelName)
    {
        for (int round = 0; round < 4; ++round)
            for (const auto* function : m_code.functions())
                findWidths(function);
        for (const auto* function : m_code.functions())
            rewrite(function);
        for (const auto& range : m_code.ranges())
            replaceWords(range);
        checkShared();
        if (m_problem.empty())
            finish(kernelName);
        if (!m_problem.empty())
            m_result.text.clear();
        m_result.problem = m_problem;
        return m_result;
    }

private:
    void finish(const std::string& kernelName)
    {
        std::vector<Replacement> edits;
        for (const auto& [range, text] : m_words)
            if (std::none_of(m_kept.begin(), m_kept.end(),
                             [&, range = range](const auto& kept) { return kept.contains(range); }))
                edits.push_back({range, text});
        edits.insert(edits.end(), m_wraps.begin(), m_wraps.end());
        const auto text = m_code.text(edits, kernelName);
        if (!text) {
            m_problem = "its text cannot be rewritten";
            return;
        }
        m_result.text = withHelpers(*text);
        if (const auto parsed = ParsedSource::parse(m_result.text, "reference.cu"); !parsed)
            m_problem = "in double it does not compile: " + parsed.error().message;
    }

    /// Helpers go below the includes.
    static std::string withHelpers(const std::string& text)
    {
        const auto helpers = helpersInDouble(text);
        std::size_t at = 0;
        while (text.compare(at, 8, "#include") == 0)
            at = text.find('\n', at) + 1;
        return helpers.empty() ? text : text.substr(0, at) + helpers + "\n" + text.substr(at);
    }

    /// Variables that a pointer expression starts from.
    static void findRoots(const Expr* expression, std::vector<const VarDecl*>& roots)
    {
        expression = expression->IgnoreParenCasts();
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
            if (const auto* var = llvm::dyn_cast<VarDecl>(reference->getDecl()))
                roots.push_back(var);
        } else if (const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression)) {
            findRoots(subscript->getBase(), roots);
        } else if (const auto* unary = llvm::dyn_cast<UnaryOperator>(expression)) {
            findRoots(unary->getSubExpr(), roots);
        } else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(expression)) {
            const auto* left = binary->getLHS();
            findRoots(left->getType()->isPointerType() || left->getType()->isArrayType() ? left : binary->getRHS(),
                      roots);
        } else if (const auto* choice = llvm::dyn_cast<ConditionalOperator>(expression)) {
            findRoots(choice->getTrueExpr(), roots);
            findRoots(choice->getFalseExpr(), roots);
        } else if (const auto* member = llvm::dyn_cast<MemberExpr>(expression)) {
            findRoots(member->getBase(), roots);
        }
    }

    /// Of everything it may start from.
    [[nodiscard]] Width widthOf(const Expr* pointer) const
    {
        std::vector<const VarDecl*> roots;
        findRoots(pointer, roots);
        auto width = Width::Unknown;
        for (const auto* root : roots)
            width = joined(width, widthOf(root));
        return width;
    }

    [[nodiscard]] Width widthOf(const VarDecl* var) const
    {
        if (m_view.parameterOf(var) != nullptr)
            return m_inputs.count(var) > 0 ? Width::Own : Width::Double;
        const auto known = m_widths.find(var);
        if (known != m_widths.end())
            return known->second;
        return var->getType()->isPointerType() ? Width::Unknown : Width::Double;
    }

    void note(const VarDecl* var, const Expr* value)
    {
        if (var != nullptr && var->getType()->isPointerType() && m_view.parameterOf(var) == nullptr)
            m_widths[var] = joined(m_widths[var], widthOf(value));
    }

    /// What local pointers and parameters of functions lead to.
    void findWidths(const FunctionDecl* function)
    {
        walk(function->getBody(), [&](const Stmt* node) {
            if (const auto* statement = llvm::dyn_cast<DeclStmt>(node)) {
                for (const auto* inner : statement->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(inner); var != nullptr && var->hasInit())
                        note(var, var->getInit());
            } else if (const auto* binary = llvm::dyn_cast<BinaryOperator>(node)) {
                if (binary->getOpcode() == BO_Assign)
                    note(plainVariable(binary->getLHS()), binary->getRHS());
            } else if (const auto* call = llvm::dyn_cast<CallExpr>(node)) {
                const auto* callee = call->getDirectCallee();
                const FunctionDecl* definition = nullptr;
                if (callee != nullptr && callee->hasBody(definition)
                    && definition->getNumParams() == call->getNumArgs())
                    for (unsigned i = 0; i < call->getNumArgs(); ++i)
                        note(definition->getParamDecl(i), call->getArg(i));
            }
            return true;
        });
    }

    /// Inputs keep the type that they have in memory, so pointers to them do as well.
    void rewrite(const FunctionDecl* function)
    {
        const KernelScope scope(m_code.parsed(), *function);
        for (const auto* parameter : function->parameters())
            keepType(parameter, function == &m_code.kernel());
        walk(function->getBody(), [&](const Stmt* node) {
            if (const auto* statement = llvm::dyn_cast<DeclStmt>(node)) {
                for (const auto* inner : statement->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(inner))
                        keepType(var, false);
            } else if (const auto* cast = llvm::dyn_cast<ExplicitCastExpr>(node)) {
                if (cast->getType()->isPointerType() && widthOf(cast->getSubExpr()) == Width::Own)
                    keepCast(cast);
            } else if (const auto* expression = llvm::dyn_cast<Expr>(node)) {
                return widenRead(scope, expression);
            }
            return true;
        });
    }

    void keepType(const VarDecl* var, bool isKernelParameter)
    {
        const bool isPointer = var->getType()->isPointerType();
        const auto width = isPointer ? widthOf(var) : isKernelParameter ? Width::Own : Width::Double;
        if (width == Width::Mixed)
            m_problem = fmt::format("'{}' points to inputs and to results", var->getNameAsString());
        if (width != Width::Own)
            return;
        const auto begin = m_code.parsed().offset(var->getBeginLoc());
        const auto end = m_code.parsed().offset(var->getLocation());
        if (begin && end && *begin < *end)
            m_kept.push_back({*begin, *end});
    }

    void keepCast(const ExplicitCastExpr* cast)
    {
        const auto whole = m_code.parsed().range(cast);
        const auto inner = m_code.parsed().range(cast->getSubExprAsWritten());
        if (whole && inner && whole->begin < inner->begin)
            m_kept.push_back({whole->begin, inner->begin});
    }

    /// Wraps reads of inputs and uses of scalars. Returns whether to go on below.
    bool widenRead(const KernelScope& scope, const Expr* expression)
    {
        if (const auto* reference = llvm::dyn_cast<DeclRefExpr>(expression)) {
            const auto* parameter = m_view.parameterOf(llvm::dyn_cast<VarDecl>(reference->getDecl()));
            if (parameter != nullptr && !parameter->type.isPointer && isNarrow(parameter->type.element))
                wrap(expression, parameter->type.element, 1);
            return true;
        }
        const auto* call = llvm::dyn_cast<CallExpr>(expression);
        if (call != nullptr && wordInDouble(calleeName(call)))
            widenIntegers(call);
        const bool isLoad = call != nullptr && calleeName(call).rfind("__ld", 0) == 0 && call->getNumArgs() == 1;
        const auto* unary = llvm::dyn_cast<UnaryOperator>(expression);
        const auto* subscript = llvm::dyn_cast<ArraySubscriptExpr>(expression);
        const auto* pointer = isLoad                             ? call->getArg(0)
            : subscript != nullptr                               ? subscript->getBase()
            : unary != nullptr && unary->getOpcode() == UO_Deref ? unary->getSubExpr()
                                                                 : nullptr;
        if (pointer == nullptr || widthOf(pointer) != Width::Own)
            return true;
        const auto* above = parentOf(scope, expression);
        const auto* address = llvm::dyn_cast_or_null<UnaryOperator>(above);
        if (address != nullptr && address->getOpcode() == UO_AddrOf)
            return true;
        const auto* member = llvm::dyn_cast_or_null<MemberExpr>(above);
        const Expr* read = member != nullptr && !llvm::isa<CXXMethodDecl>(member->getMemberDecl())
            ? static_cast<const Expr*>(member)
            : expression;
        const auto type = read->getType();
        if (const auto element = elementTypeOf(type, m_context))
            wrap(read, *element, 1);
        else if (const auto scalar = elementTypeOf(scalarOfVector(type), m_context); isNarrow(scalar))
            wrap(read, *scalar, m_context.getTypeSize(type) / m_context.getTypeSize(scalarOfVector(type)));
        return true;
    }

    /// sqrtf() takes an int for a float, sqrt() could take it for a float or a double.
    void widenIntegers(const CallExpr* call)
    {
        for (unsigned i = 0; i < call->getNumArgs(); ++i) {
            const auto* argument = call->getArg(i);
            const auto range = m_code.parsed().range(argument->IgnoreImpCasts());
            if (!range || !argument->getType()->isRealFloatingType()
                || !argument->IgnoreImpCasts()->getType()->isIntegerType())
                continue;
            m_wraps.push_back({{range->begin, range->begin}, "double("});
            m_wraps.push_back({{range->end, range->end}, ")"});
        }
    }

    [[nodiscard]] static QualType scalarOfVector(QualType type)
    {
        const auto* record = type->getAsCXXRecordDecl();
        return record == nullptr || record->field_empty() ? type : (*record->field_begin())->getType();
    }

    static const Stmt* parentOf(const KernelScope& scope, const Expr* expression)
    {
        const Stmt* above = scope.parent(expression);
        while (llvm::isa_and_nonnull<ParenExpr>(above))
            above = scope.parent(above);
        return above;
    }

    /// Twice as wide before anything is computed with it.
    void wrap(const Expr* expression, ElementType element, std::uint64_t lanes)
    {
        if (!isNarrow(element))
            return;
        const auto range = m_code.parsed().range(expression);
        if (!range) {
            m_problem = "a macro hides where it reads its inputs";
            return;
        }
        std::string open = "double(";
        std::string close = ")";
        if (lanes > 1)
            open = fmt::format("widened{}(", lanes);
        else if (element != ElementType::F32) {
            open = element == ElementType::F16 ? "double(__half2float(" : "double(__bfloat162float(";
            close = "))";
        }
        m_wraps.push_back({{range->begin, range->begin}, open});
        m_wraps.push_back({{range->end, range->end}, close});
    }

    void replaceWords(TextRange range)
    {
        const auto text = m_code.parsed().text(range);
        for (const auto& token : tokensOf(text)) {
            const TextRange place{range.begin + token.range.begin, range.begin + token.range.end};
            if (token.kind == SourceToken::Kind::Directive)
                replaceInMacro(place);
            else
                replaceToken(place, token.kind == SourceToken::Kind::Word);
        }
    }

    /// The body of a macro; one that only gives a type another name stays, its uses are replaced.
    void replaceInMacro(TextRange range)
    {
        const auto text = m_code.parsed().text(range).substr(1);
        const auto tokens = tokensOf(text);
        if (tokens.size() == 3 && isFloatWord(text.substr(tokens[2].range.begin, tokens[2].range.size())))
            return;
        for (const auto& token : tokens)
            replaceToken({range.begin + 1 + token.range.begin, range.begin + 1 + token.range.end},
                         token.kind == SourceToken::Kind::Word);
    }

    /// Words and literals alone: what a word means was settled before.
    void replaceToken(TextRange range, bool isWord)
    {
        const auto word = m_code.parsed().text(range);
        if (!isWord) {
            if (const auto literal = literalInDouble(word))
                m_words.push_back({range, *literal});
        } else if (isBoundToItsWidth(word)) {
            m_problem = fmt::format("'{}' cannot be had in double", word);
        } else if (isFloatWord(word)) {
            m_words.push_back({range, "double"});
        } else if (const auto wide = wordInDouble(word)) {
            m_words.push_back({range, *wide});
        }
    }

    /// float, half, and what typedefs and macros call them.
    bool isFloatWord(const std::string& word)
    {
        static const std::set<std::string> kWords = {"float", "__half", "half", "__nv_bfloat16", "nv_bfloat16"};
        if (kWords.count(word) > 0)
            return true;
        if (m_typeNames.empty())
            findTypeNames();
        return m_typeNames.count(word) > 0;
    }

    void findTypeNames()
    {
        m_typeNames.insert("");
        for (const auto* declaration : m_context.getTranslationUnitDecl()->decls()) {
            const auto* alias = llvm::dyn_cast<TypedefNameDecl>(declaration);
            if (alias == nullptr || !isNarrow(elementTypeOf(alias->getUnderlyingType(), m_context)))
                continue;
            m_typeNames.insert(alias->getNameAsString());
            const auto begin = m_code.parsed().offset(alias->getBeginLoc());
            const auto end = m_code.parsed().offset(alias->getEndLoc());
            if (begin && end)
                m_kept.push_back({*begin, *end + alias->getName().size()});
        }
        for (const auto& range : m_code.ranges()) {
            const auto text = m_code.parsed().text(range);
            const auto tokens = text.rfind("#", 0) == 0 ? tokensOf(text.substr(1)) : std::vector<SourceToken>();
            const auto word = [&](std::size_t i) {
                return text.substr(1 + tokens[i].range.begin, tokens[i].range.size());
            };
            if (tokens.size() == 3 && (word(2) == "float" || word(2) == "__half" || word(2) == "half"))
                m_typeNames.insert(word(1));
        }
    }

    /// Static shared memory has a limit that double may exceed.
    void checkShared()
    {
        std::uint64_t bytes = 0;
        for (const auto* function : m_code.functions())
            walk(function->getBody(), [&](const Stmt* node) {
                const auto* statement = llvm::dyn_cast<DeclStmt>(node);
                if (statement == nullptr)
                    return true;
                for (const auto* inner : statement->decls())
                    if (const auto* var = llvm::dyn_cast<VarDecl>(inner);
                        var != nullptr && var->hasAttr<CUDASharedAttr>())
                        bytes += sharedBytes(var);
                return true;
            });
        if (bytes > kMostStaticShared)
            m_problem = fmt::format("its shared memory would be {} bytes in double", bytes);
    }

    std::uint64_t sharedBytes(const VarDecl* var)
    {
        const auto scalar = innermostElement(var->getType());
        const auto element = elementTypeOf(scalar, m_context);
        const std::uint64_t factor = isNarrow(element) ? 8 / elementSize(*element) : 1;
        if (var->getType()->isIncompleteArrayType()) {
            m_result.sharedFactor = std::max(m_result.sharedFactor, static_cast<std::int64_t>(factor));
            return 0;
        }
        return static_cast<std::uint64_t>(m_context.getTypeSizeInChars(var->getType()).getQuantity()) * factor;
    }

    const DeviceCode& m_code;
    ASTContext& m_context;
    const KernelView& m_view;
    const std::set<const VarDecl*>& m_inputs;
    std::map<const VarDecl*, Width> m_widths;
    std::vector<TextRange> m_kept;
    std::vector<Replacement> m_words;
    std::vector<Replacement> m_wraps;
    std::set<std::string> m_typeNames;
    std::string m_problem;
    Float64Text m_result;
};

}  // namespace

Float64Text float64Text(const KernelView& view, const std::set<const VarDecl*>& inputs, const std::string& kernelName)
{
    return Float64Writer(view, inputs).write(kernelName);
}

}  // namespace warploom
