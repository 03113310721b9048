// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/knowledge/KnowledgeBase.h"

namespace warploom {

/// Whether what the page says holds for the architecture; it does where either names none. The letter in "sm_90a" does
/// not matter.
bool holdsFor(const KnowledgePage& page, const std::string& architecture);

/// How well the page's tags fit the query; 0: not at all. What stands first in the query, and first in the page's
/// lists, counts most. \p textShare: how well its words fit, 0…1, 1 for the page that fits them best.
double fitOf(const KnowledgePage& page, const KnowledgeQuery& query, double textShare);

}  // namespace warploom
