// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/KernelScope.h"
#include "moves/ParsedSource.h"
#include "protocol/MoveValues.h"

namespace warploom {

/// One source as every move gets it.
class MoveContext {
public:
    MoveContext(const ParsedSource& source, const MoveRequest& request);

    [[nodiscard]] const ParsedSource& source() const { return m_source; }
    [[nodiscard]] const DirectiveEditor& directives() const { return m_source.directives(); }
    [[nodiscard]] const MoveRequest& request() const { return m_request; }
    [[nodiscard]] const std::vector<KernelScope>& kernels() const { return m_kernels; }
    /// Facts of the buffer that \p launch passes for \p parameter; null when it passes something else.
    [[nodiscard]] const BufferFact* bufferOf(const KernelScope& kernel, const LaunchLine& launch,
                                             const clang::VarDecl* parameter) const;
    /// The same of what all launches pass for it, scratches too; null where those differ in more than their name.
    [[nodiscard]] const BufferFact* arrayOf(const KernelScope& kernel, const clang::VarDecl* parameter) const;

private:
    [[nodiscard]] const BufferFact* findArray(const std::string& name) const;

    const ParsedSource& m_source;
    const MoveRequest& m_request;
    std::vector<BufferFact> m_scratches;
    std::vector<KernelScope> m_kernels;
};

/// One kind of change. A move looks for places where its precondition holds and rewrites each into a whole new source;
/// its output is valid input of every move, and it does not propose what is already there.
class Move {
public:
    virtual ~Move() = default;
    [[nodiscard]] virtual MoveDescription description() const = 0;
    [[nodiscard]] virtual std::vector<MoveProposal> propose(const MoveContext& context) const = 0;

protected:
    /// The proposal that \p edit makes, its line that of \p offset; nothing when changes overlap or none was made.
    [[nodiscard]] std::optional<MoveProposal> proposal(const MoveContext& context, const SourceEdit& edit,
                                                       std::size_t offset, std::string title, std::string hypothesis,
                                                       double gain) const;
};

/// Powers of two from \p low to \p high, \p present in front, then by their distance to it.
std::vector<std::int64_t> powersAround(std::int64_t present, std::int64_t low, std::int64_t high);

}  // namespace warploom
