// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/SharedValues.h"

namespace warploom {

namespace {

using namespace clang;

/// int t = i / w; int r = t % h; t /= h; gives what t becomes a name of its own.
class PlainSteps : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a name for each value of a number"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            if (const auto* block = llvm::dyn_cast<CompoundStmt>(node); block != nullptr && !made)
                made = rewritten(kernel, *block);
            return !made;
        });
        return made;
    }

private:
    static std::optional<std::string> rewritten(const KernelScope& kernel, const CompoundStmt& block)
    {
        for (auto at = block.body_begin(); at != block.body_end(); ++at) {
            const auto* statement = llvm::dyn_cast<DeclStmt>(*at);
            for (const Decl* one : statement == nullptr ? DeclGroupRef() : statement->getDeclGroup()) {
                const auto* var = llvm::dyn_cast<VarDecl>(one);
                if (var == nullptr || !var->getType()->isIntegerType() || var->getType().isVolatileQualified()
                    || !var->hasInit() || var->isStaticLocal())
                    continue;
                const std::vector<const Stmt*> rest(std::next(at), block.body_end());
                if (const auto steps = stepsOf(kernel, *var, rest); !steps.empty())
                    if (auto made = named(kernel, *var, rest, steps.front()))
                        return made;
            }
        }
        return std::nullopt;
    }

    /// The statements of \p rest that set \p var anew, one after the other; none where it is set in another way too.
    static std::vector<const BinaryOperator*> stepsOf(const KernelScope& kernel, const VarDecl& var,
                                                      const std::vector<const Stmt*>& rest)
    {
        std::vector<const BinaryOperator*> steps;
        for (const Stmt* statement : rest) {
            const auto* step = llvm::dyn_cast<BinaryOperator>(statement);
            const bool isStep = step != nullptr && step->isAssignmentOp() && plainVariable(step->getLHS()) == &var
                && !step->getRHS()->HasSideEffects(kernel.source().context(), false) && makesValues(step->getRHS());
            if (isStep)
                steps.push_back(step);
            else if (kernel.isModifiedWithin(&var, statement))
                return {};
        }
        return steps;
    }

    static std::optional<std::string> named(const KernelScope& kernel, const VarDecl& var,
                                            const std::vector<const Stmt*>& rest, const BinaryOperator* step)
    {
        const auto& source = kernel.source();
        const auto name = source.directives().freshName(firstName(var.getNameAsString()));
        const auto type = var.getType().getUnqualifiedType().getAsString(source.context().getPrintingPolicy());
        const auto range = source.range(step);
        const auto value = source.text(step->getRHS());
        if (!range || value.empty())
            return std::nullopt;
        SourceEdit edit(source.text());
        const auto* compound = llvm::dyn_cast<CompoundAssignOperator>(step);
        edit.replace(*range,
                     compound == nullptr
                         ? fmt::format("{} {} = {}", type, name, value)
                         : fmt::format("{} {} = {} {} {}", type, name, var.getNameAsString(),
                                       BinaryOperator::getOpcodeStr(
                                           BinaryOperator::getOpForCompoundAssignment(compound->getOpcode()))
                                           .str(),
                                       operand(*step->getRHS(), value)));
        for (auto at = std::next(std::find(rest.begin(), rest.end(), step)); at != rest.end(); ++at) {
            const auto renamed = kernel.renaming(&var, *at, name);
            if (!renamed)
                return std::nullopt;
            for (const auto& one : *renamed)
                edit.replace(one.range, one.text);
        }
        return edit.apply();
    }

    /// Without the number that an earlier value has.
    static std::string firstName(const std::string& name)
    {
        const auto end = name.find_last_not_of("0123456789");
        return end != std::string::npos && end > 0 && end + 1 < name.size() && name[end] == '_' ? name.substr(0, end)
                                                                                                : name;
    }

    static std::string operand(const Expr& value, const std::string& text)
    {
        const bool isWhole =
            llvm::isa<DeclRefExpr, IntegerLiteral, ParenExpr, ArraySubscriptExpr, CallExpr>(value.IgnoreImpCasts());
        return isWhole ? text : "(" + text + ")";
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainSteps() { return std::make_unique<PlainSteps>(); }

}  // namespace warploom
