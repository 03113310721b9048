// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/SplitRecord.h"

namespace warploom {

namespace {

using namespace clang;

/// Stats s; s.sum += v; sums in a variable s_sum, as do constructors and copies of whole structures.
class PlainFields : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a variable a member"; }
    [[nodiscard]] bool looksWithin() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        std::optional<std::string> made;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* declaration = llvm::dyn_cast<DeclStmt>(node);
            if (made || declaration == nullptr)
                return !made;
            if (const auto split = SplitRecord::make(kernel, *declaration))
                made = split->text();
            return !made;
        });
        return made;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainFields() { return std::make_unique<PlainFields>(); }

}  // namespace warploom
