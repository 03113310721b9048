// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ConstantBefore.h"

namespace warploom {

using namespace clang;

std::optional<double> constantBefore(const KernelScope& kernel, const std::vector<const Stmt*>& statements,
                                     const Stmt* before, const VarDecl* var)
{
    std::optional<double> value;
    for (const Stmt* statement : statements) {
        if (statement == before)
            return value;
        const Expr* assigned = nullptr;
        if (const auto* declaration = llvm::dyn_cast<DeclStmt>(statement)) {
            if (std::find(declaration->decl_begin(), declaration->decl_end(), var) != declaration->decl_end())
                assigned = var->getInit();
        } else if (kernel.isModifiedWithin(var, statement)) {
            value.reset();
            const auto* binary = llvm::dyn_cast<BinaryOperator>(statement);
            assigned = binary != nullptr && binary->getOpcode() == BO_Assign ? binary->getRHS() : nullptr;
        }
        Expr::EvalResult constant;
        if (assigned == nullptr || !assigned->EvaluateAsRValue(constant, kernel.source().context()))
            continue;
        if (constant.Val.isInt())
            value = static_cast<double>(constant.Val.getInt().getExtValue());
        else if (constant.Val.isFloat())
            value = constant.Val.getFloat().convertToDouble();
    }
    return std::nullopt;
}

}  // namespace warploom
