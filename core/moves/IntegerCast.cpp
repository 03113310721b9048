// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/IntegerCast.h"

namespace warploom {

using namespace clang;

bool keepsNumber(const CastExpr* cast, const ASTContext& context)
{
    constexpr std::uint64_t kNarrowest = 32;
    const auto to = cast->getType();
    const auto from = cast->getSubExpr()->getType();
    if (cast->isValueDependent() || cast->getSubExpr()->isTypeDependent() || cast->getCastKind() == CK_NoOp
        || cast->getCastKind() == CK_LValueToRValue || !to->isIntegralOrEnumerationType())
        return true;
    if (!from->isIntegralOrEnumerationType())
        return false;
    return context.getTypeSize(to) >= std::min(kNarrowest, context.getTypeSize(from))
        && (!to->isBooleanType() || from->isBooleanType());
}

}  // namespace warploom
