// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "moves/SourceEdit.h"
#include "task/Expression.h"

namespace warploom {

struct TuneLine {
    std::string name;
    std::vector<std::int64_t> values;  ///< the first is the default
    TextRange line;
};

/// Where the parts of one launch directive stand.
struct LaunchLine {
    std::string kernel;  ///< without template arguments
    TextRange line;
    TextRange grid;  ///< the whole expression or dim3(…)
    TextRange block;
    std::vector<TextRange> gridParts;  ///< one to three
    std::vector<TextRange> blockParts;
    std::optional<TextRange> shared;
    std::vector<TextRange> arguments;
};

/// A line `let NAME = expression`.
struct LetLine {
    std::string name;
    TextRange expression;
    TextRange line;
};

/// A line `scratch NAME TYPE[extent, …]`.
struct ScratchLine {
    std::string name;
    std::string type;
    std::vector<TextRange> shape;
};

/// The directives of one source, line by line, as far as moves look at them and change them. What it does not know
/// (when, cluster, zero, …) it leaves alone; the full grammar is core/variant's.
class DirectiveEditor {
public:
    explicit DirectiveEditor(std::string_view source);

    [[nodiscard]] const std::vector<TuneLine>& tunes() const { return m_tunes; }
    [[nodiscard]] const std::vector<LaunchLine>& launches() const { return m_launches; }
    [[nodiscard]] const std::vector<LetLine>& lets() const { return m_lets; }
    [[nodiscard]] const std::vector<ScratchLine>& scratches() const { return m_scratches; }
    /// What stands behind the word in `flags` lines.
    [[nodiscard]] const std::vector<TextRange>& flags() const { return m_flags; }
    [[nodiscard]] std::vector<const LaunchLine*> launchesOf(std::string_view kernel) const;
    [[nodiscard]] const TuneLine* findTune(std::string_view name) const;
    [[nodiscard]] std::string text(TextRange range) const
    {
        return std::string(m_source.substr(range.begin, range.size()));
    }
    /// Value with every tunable at its default; nothing when sizes or lets take part.
    [[nodiscard]] std::optional<std::int64_t> value(TextRange range) const;
    /// The same where sizes have the values of \p sizes.
    [[nodiscard]] std::optional<std::int64_t> value(TextRange range, const ExpressionScope& sizes) const;
    /// The same for each part of the block, missing parts being 1.
    [[nodiscard]] std::optional<std::vector<std::int64_t>> blockShape(const LaunchLine& launch) const;
    /// \p base, or base_2, base_3, … when the source already has that word.
    [[nodiscard]] std::string freshName(const std::string& base) const;

    /// Whether a tunable or let is named anywhere but in the line that defines it; plain comments do not count.
    [[nodiscard]] bool isUsed(std::string_view name, TextRange line) const;

    /// Adds a line `tune NAME = VALUES` after the last one, or before the first directive.
    void addTune(SourceEdit& edit, const std::string& name, const std::vector<std::int64_t>& values) const;
    void addRequire(SourceEdit& edit, const std::string& condition) const;
    void addFlags(SourceEdit& edit, const std::string& options) const;

private:
    void addCode(std::string_view line);
    void readLine(TextRange line);
    void readTune(TextRange body, TextRange line);
    void readLet(TextRange body, TextRange line);
    void readScratch(TextRange body);
    void readLaunch(TextRange body, TextRange line);
    [[nodiscard]] TextRange trimmed(TextRange range) const;
    [[nodiscard]] std::vector<TextRange> splitAtCommas(TextRange range) const;
    [[nodiscard]] std::vector<TextRange> dimensions(TextRange range) const;
    [[nodiscard]] std::size_t insertionOffset() const;

    std::string_view m_source;
    std::string m_code;  ///< the source without its plain comments
    std::vector<TuneLine> m_tunes;
    std::vector<LetLine> m_lets;
    std::vector<ScratchLine> m_scratches;
    std::vector<TextRange> m_flags;
    std::vector<LaunchLine> m_launches;
    std::optional<std::size_t> m_firstDirective;
    std::optional<std::size_t> m_afterTunes;
    ExpressionScope m_defaults;
};

}  // namespace warploom
