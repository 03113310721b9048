// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

namespace warploom {

class Database;

/// In the header of every .warploom file ("Wrpl"), so that file(1) and other builds know it.
inline constexpr int kApplicationId = 0x5772706C;
/// What this build writes.
int currentSchemaVersion();

/// What a file says of itself.
struct SchemaState {
    bool blank = false;  ///< no table at all: new, or its maker died before the first commit
    bool ours = false;
    int version = 0;
    int readableSince = 0;  ///< the oldest build's schema version that can still read it
};

Result<SchemaState> schemaState(Database& database);
/// Brings a blank file, or one of an older version, to the current schema, in one transaction.
Result<> migrate(Database& database, int fromVersion);

}  // namespace warploom
