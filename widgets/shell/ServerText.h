// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "agent/llm/ConnectionTest.h"
#include "session/ModelKeys.h"

namespace warploom {

/// Where the key of a server is: "in the keyring", "missing".
QString keyWords(const ServerPreset& server, const ModelKeys& keys);

/// What came of a test, with what to do about it. \p hadKey: whether it was made with one.
QString connectionSentence(const ServerPreset& server, bool hadKey, const Result<ConnectionReport>& report);

}  // namespace warploom
