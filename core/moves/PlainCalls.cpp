// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/InlinedCall.h"
#include "moves/PlainForm.h"

namespace warploom {

namespace {

using namespace clang;

/// acc = dot(a + row * n, b + column * n, n); has the loop of dot() in its place. Functions that loop, or that see
/// memory through their parameters, hide from the moves what the kernel does; functions of values alone stay.
class PlainCalls : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "functions written out"; }
    [[nodiscard]] bool looksWithin() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            if (made || call == nullptr)
                return !made;
            if (const auto inlined = InlinedCall::make(kernel, *call))
                made = inlined->text();
            return !made;
        });
        return made;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainCalls() { return std::make_unique<PlainCalls>(); }

}  // namespace warploom
