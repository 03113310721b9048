// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "agent/knowledge/KnowledgeBase.h"
#include "base/Result.h"

namespace warploom {

/// Whether a file may be called so, without its ending: small letters, digits, hyphens.
bool isPageId(std::string_view text);

/// A page as docs/formats.md describes it. InvalidInput with file, line, what was expected and what stood there.
Result<KnowledgePage> parsePage(const std::string& id, std::string_view text, const std::string& file);

}  // namespace warploom
