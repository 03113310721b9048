// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assembly/LineTable.h"
#include "protocol/Assembly.h"

namespace warploom {

/// Tells the variant's own text from other files in what line tables call them.
class SourceNames {
public:
    /// \p fileName: what the variant was compiled as (CompileRequest::fileName).
    explicit SourceNames(std::string_view fileName);

    /// The compiler puts a folder in front: a path is the variant's if it ends in its name. An empty name owns nothing.
    [[nodiscard]] bool isOwn(std::string_view path) const;
    /// As it is shown: without the folder that stands for the variant's.
    [[nodiscard]] static std::string shownName(std::string_view path);
    /// Writes the places (innermost first) to a line of a listing: callers only where they are in the variant's text.
    void place(const std::vector<SourceFrame>& frames, ListingLine& line) const;

private:
    std::string m_own;
};

}  // namespace warploom
