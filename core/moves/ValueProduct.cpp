// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ValueProduct.h"

namespace warploom {

namespace {

bool isOne(const ValueTree& tree)
{
    if (tree->kind == ValueKind::Convert)
        return isOne(tree->operands[0]);
    return (tree->kind == ValueKind::Index && tree->index.isOne())
        || (tree->kind == ValueKind::Number
            && (tree->text == "1" || tree->text == "1.0f" || tree->text == "1.f" || tree->text == "1.0"));
}

}  // namespace

void ValueProduct::add(const ValueTree& tree, bool isDivisor)
{
    const bool isBinary = tree->kind == ValueKind::Binary && tree->operands.size() == 2;
    if (isBinary && (tree->text == "*" || tree->text == "/")) {
        add(tree->operands[0], isDivisor);
        add(tree->operands[1], (tree->text == "/") != isDivisor);
    } else if (tree->kind == ValueKind::Call && tree->text == "__fdividef") {
        add(tree->operands[0], isDivisor);
        add(tree->operands[1], !isDivisor);
    } else if (tree->kind == ValueKind::Call && tree->text == "__frcp_rn") {
        add(tree->operands[0], !isDivisor);
    } else if (!isOne(tree)) {
        (isDivisor ? divisors : factors).push_back(tree);
    }
}

bool isPlainSum(const ValueTree& tree)
{
    return tree->kind == ValueKind::Fold && tree->text == "+" && tree->start.isZero() && isZero(tree->operands[0]);
}

}  // namespace warploom
