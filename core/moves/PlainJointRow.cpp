// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/BlockFacts.h"
#include "moves/JointRow.h"
#include "moves/PlainForm.h"
#include "moves/PlainLaunch.h"
#include "moves/Reduction.h"

namespace warploom {

namespace {

using namespace clang;

/// Sources with other values of tunables that are looked at.
constexpr std::size_t kMostSettings = 16;

/// A block, a warp, or a column of a block that works on one row: its loops are shared out by threads, its sums and
/// extrema put together by shuffles and shared memory. Written for one thread a row, whichever way threads tell each
/// other what they have; moves choose anew how many share a row.
class PlainJointRow : public Simplification {
public:
    [[nodiscard]] std::string what() const override { return "a thread a row"; }
    [[nodiscard]] bool undoesSharing() const override { return true; }

    [[nodiscard]] std::optional<std::string> apply(const KernelScope& kernel) const override
    {
        const auto* launch = onlyLaunch(kernel);
        const auto* body = kernel.kernel().getBody();
        if (launch == nullptr || !mayBeJoint(kernel, body) || promisesBlocks(kernel) || !standsAlone(body)
            || hasOwnFunctions(kernel))
            return std::nullopt;
        const auto shape = kernel.source().directives().blockShape(*launch);
        const auto row = shape ? jointRow(kernel, *shape) : std::nullopt;
        if (!row || !isSoWithAll(kernel, *launch, row->rows))
            return std::nullopt;
        SourceEdit edit(kernel.source().text());
        for (const auto& change : row->changes)
            edit.replace(change.range, change.text);
        for (const auto& range : row->removed)
            edit.removeWithLine(range);
        edit.replace({launch->block.begin, launch->shared ? launch->shared->end : launch->block.end},
                     std::to_string(row->rows));
        return edit.apply();
    }

private:
    static bool mayBeJoint(const KernelScope& kernel, const Stmt* body)
    {
        return kernel.synchronises(body) || declaresShared(kernel);
    }

    /// What moves have shared out is as they want it.
    static bool hasOwnFunctions(const KernelScope& kernel)
    {
        bool has = false;
        walk(kernel.kernel().getBody(), [&](const Stmt* node) {
            const auto* call = llvm::dyn_cast<CallExpr>(node);
            has = has
                || (call != nullptr && call->getDirectCallee() != nullptr
                    && ReductionFunctions::isOwn(kernel.source(), *call->getDirectCallee()));
            return !has;
        });
        return has;
    }

    /// Whether it is as good with every value of the tunables that the kernel or its block knows.
    static bool isSoWithAll(const KernelScope& kernel, const LaunchLine& launch, std::int64_t rows)
    {
        const auto& source = kernel.source();
        const auto range = source.range(kernel.kernel().getBody());
        std::vector<std::string> settings{std::string(source.text())};
        for (const auto& tune : source.directives().tunes()) {
            const auto block = source.text(launch.block);
            const bool matters = mentions(block, tune.name) || !range || mentions(source.text(*range), tune.name);
            if (!matters || tune.values.size() < 2)
                continue;
            std::vector<std::string> more;
            for (const auto& setting : settings)
                for (const auto value : tune.values) {
                    const auto line = source.text(tune.line);
                    const auto at = setting.find(line);
                    if (at == std::string::npos)
                        return false;
                    auto text = setting;
                    text.replace(at, line.size(), fmt::format("// warploom: tune {} = {}", tune.name, value));
                    more.push_back(std::move(text));
                }
            settings = std::move(more);
            if (settings.size() > kMostSettings)
                return false;
        }
        if (settings.size() == 1)
            return true;
        // Steps and numbers of the default would stay where another value is tried.
        const auto first = changesWith(settings.front(), kernel.name(), rows);
        return first && std::ranges::all_of(settings, [&](const std::string& text) {
                   return changesWith(text, kernel.name(), rows) == first;
               });
    }

    /// What is written with a setting of the tunables; nothing where it is not a row's with \p rows a block.
    static std::optional<std::vector<std::string>> changesWith(const std::string& text, const std::string& name,
                                                               std::int64_t rows)
    {
        const auto parsed = ParsedSource::parse(text, "kernel.cu");
        if (!parsed)
            return std::nullopt;
        for (const auto* function : (*parsed)->kernels()) {
            const KernelScope kernel(**parsed, *function);
            if (kernel.name() != name)
                continue;
            const auto* launch = onlyLaunch(kernel);
            const auto shape = launch == nullptr ? std::nullopt : (*parsed)->directives().blockShape(*launch);
            const auto row = shape ? jointRow(kernel, *shape) : std::nullopt;
            if (!row || row->rows != rows)
                return std::nullopt;
            std::vector<std::string> changes;
            for (const auto& change : row->changes)
                changes.push_back(change.text);
            return changes;
        }
        return std::nullopt;
    }
};

}  // namespace

std::unique_ptr<Simplification> makePlainJointRow() { return std::make_unique<PlainJointRow>(); }

}  // namespace warploom
