// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/SourceNames.h"

namespace warploom {

namespace {

/// The folder that the compiler is told sources lie in (core/compile/Compiler.cpp); there is no such folder.
constexpr std::string_view kSourceRoot = "/warploom/";

}  // namespace

SourceNames::SourceNames(std::string_view fileName)
    : m_own(fileName)
{
    if (!m_own.empty() && m_own.front() != '/')
        m_own.insert(0, 1, '/');
}

bool SourceNames::isOwn(std::string_view path) const
{
    if (m_own.empty())
        return false;
    // A name without any folder stands in PTX as it was given.
    return path.ends_with(m_own) || path == std::string_view(m_own).substr(1);
}

std::string SourceNames::shownName(std::string_view path)
{
    if (path.starts_with(kSourceRoot))
        path.remove_prefix(kSourceRoot.size());
    return std::string(path);
}

void SourceNames::place(const std::vector<SourceFrame>& frames, ListingLine& line) const
{
    if (frames.empty() || frames.front().line <= 0)
        return;
    line.source = frames.front().line;
    if (!isOwn(frames.front().file))
        line.file = shownName(frames.front().file);
    for (std::size_t i = 1; i < frames.size(); ++i) {
        if (frames[i].line > 0 && isOwn(frames[i].file))
            line.inlinedAt.push_back(frames[i].line);
    }
}

}  // namespace warploom
