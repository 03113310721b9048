// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/PlainForm.h"
#include "moves/ThreadAxes.h"

namespace warploom {

namespace {

/// int row = …x, col = …y; a[row * n + col]: threads along x have columns of their own.
class PlainAxes : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "threads along rows"; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto dimension = dimensionOfNeighbours(kernel);
        SourceEdit edit(kernel.source().text());
        return dimension && exchangeAxes(kernel, *dimension, edit) ? edit.apply() : std::nullopt;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainAxes() { return std::make_unique<PlainAxes>(); }

}  // namespace warploom
