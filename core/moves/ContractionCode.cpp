// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ContractionCode.h"

namespace warploom {

using namespace clang;

namespace {

std::string preambleText(const MoveContext& context, const Contraction& found)
{
    const auto& text = context.source().text();
    if (found.preamble.size() == 0)
        return {};
    return reindented(indentationAt(text, found.preamble.begin) + context.source().text(found.preamble), "    ");
}

}  // namespace

CodeValues contractionValues(const MoveContext& context, const Contraction& found, const std::string& indentation)
{
    const auto& directives = context.directives();
    const auto first = indentationAt(context.source().text(), found.epilogue.begin);
    CodeValues values = {{"epilogue", reindented(first + context.source().text(found.epilogue), indentation)},
                         {"preamble", preambleText(context, found)},
                         {"left", found.left.text},
                         {"right", found.right.text},
                         {"leftType", found.left.element},
                         {"rightType", found.right.element},
                         {"row", found.row},
                         {"column", found.column},
                         {"rows", found.rows},
                         {"columns", found.columns},
                         {"depth", found.depth},
                         {"sum", found.sum->getNameAsString()},
                         {"p", found.loop.var->getNameAsString()},
                         {"indexType", found.indexType},
                         {"sumType", found.sumType},
                         {"loopType", found.loopType}};
    for (const auto& [mark, base] : CodeValues{{"leftTile", "left_tile"},
                                               {"rightTile", "right_tile"},
                                               {"base", "tile_begin"},
                                               {"step", "step"},
                                               {"leftPart", "left_part"},
                                               {"rightPart", "right_part"},
                                               {"thread", "thread"},
                                               {"item", "item"},
                                               {"sums", "sums"},
                                               {"i", "i"},
                                               {"j", "j"}})
        values.emplace_back(mark, directives.freshName(base));
    return values;
}

std::string contractionUpdate(const MoveContext& context, const KernelScope& kernel, const Contraction& found,
                              const std::string& left, const std::string& right, const std::string& sum)
{
    std::vector<Replacement> replacements = {{found.left.range, left}, {found.right.range, right}};
    if (!sum.empty())
        if (const auto uses = kernel.renaming(found.sum, found.loop.statement->getBody(), sum))
            replacements.insert(replacements.end(), uses->begin(), uses->end());
    return rewritten(context.source().text(), found.update, replacements);
}

bool editContractionLaunches(SourceEdit& edit, const KernelScope& kernel, const Contraction& found,
                             const std::string& across, const std::string& down, const std::string& block,
                             const std::string& shared)
{
    const auto launches = kernel.launches();
    for (const auto* launch : launches) {
        const auto columns = kernel.argumentOf(*launch, found.guarded.bounds.at(found.guarded.indexOf(0)->var));
        const auto rows = kernel.argumentOf(*launch, found.guarded.bounds.at(found.guarded.indexOf(1)->var));
        if (columns.empty() || rows.empty() || launch->gridParts.size() < 2 || (launch->shared && !shared.empty()))
            return false;
        const auto layers =
            launch->gridParts.size() == 3 ? ", " + kernel.source().directives().text(launch->gridParts[2]) : "";
        edit.replace(launch->grid,
                     fmt::format("dim3(ceil_div({}, {}), ceil_div({}, {}){})", columns, across, rows, down, layers));
        edit.replace(launch->block, shared.empty() ? block : block + ", " + shared);
    }
    return !launches.empty();
}

void addLaunchBounds(SourceEdit& edit, const KernelScope& kernel, const std::string& threads, const std::string& blocks)
{
    const auto name = kernel.source().offset(kernel.kernel().getLocation());
    if (name && !kernel.kernel().hasAttr<CUDALaunchBoundsAttr>())
        edit.insert(*name,
                    blocks.empty() ? fmt::format("__launch_bounds__({}) ", threads)
                                   : fmt::format("__launch_bounds__({}, {}) ", threads, blocks));
}

}  // namespace warploom
