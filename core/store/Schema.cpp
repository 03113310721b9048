// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/Schema.h"

#include <array>
#include <string>

#include <fmt/format.h>

#include "store/Database.h"

namespace warploom {

namespace {

/// One step of the schema. Once released it never changes; a new step is added instead.
struct Migration {
    int version;
    int readableSince;  ///< builds of this schema version or later can read the result
    const char* sql;
};

constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (name, revision)
) STRICT;

CREATE TABLE task_files (
    task INTEGER NOT NULL REFERENCES tasks (id),
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (task, name)
) STRICT;

CREATE TABLE environments (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    gpu_uuid TEXT NOT NULL,
    gpu_name TEXT NOT NULL,
    architecture TEXT NOT NULL,
    driver TEXT NOT NULL,
    compiler TEXT NOT NULL,
    worker_build TEXT NOT NULL,
    task_revision TEXT NOT NULL,
    modelled INTEGER NOT NULL,
    UNIQUE (gpu_uuid, gpu_name, architecture, driver, compiler, worker_build, task_revision, modelled)
) STRICT;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    task INTEGER NOT NULL REFERENCES tasks (id),
    device TEXT NOT NULL,
    seed INTEGER NOT NULL,
    settings TEXT NOT NULL,
    state TEXT NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    evaluations INTEGER NOT NULL
) STRICT;

CREATE TABLE variants (
    id INTEGER PRIMARY KEY,
    task INTEGER NOT NULL REFERENCES tasks (id),
    parent INTEGER REFERENCES variants (id),
    second_parent INTEGER REFERENCES variants (id),
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    normalised_hash TEXT NOT NULL,
    agent TEXT NOT NULL,
    move TEXT NOT NULL,
    hypothesis TEXT NOT NULL,
    predicted_gain REAL,
    outcome TEXT NOT NULL,
    run INTEGER REFERENCES runs (id),
    created INTEGER NOT NULL,
    favoured INTEGER NOT NULL,
    retired INTEGER NOT NULL
) STRICT;
CREATE INDEX variants_by_hash ON variants (task, normalised_hash);
CREATE INDEX variants_by_parent ON variants (parent);
CREATE INDEX variants_by_second_parent ON variants (second_parent) WHERE second_parent IS NOT NULL;

CREATE TABLE evaluations (
    id INTEGER PRIMARY KEY,
    variant INTEGER NOT NULL REFERENCES variants (id),
    configuration TEXT NOT NULL,
    environment INTEGER NOT NULL REFERENCES environments (id),
    run INTEGER REFERENCES runs (id),
    verdict TEXT NOT NULL,
    trust INTEGER NOT NULL,
    message TEXT NOT NULL,
    time_us REAL,
    time_low REAL,
    time_high REAL,
    speedup REAL,
    speedup_low REAL,
    speedup_high REAL,
    rounds INTEGER NOT NULL,
    cold INTEGER NOT NULL,
    modelled INTEGER NOT NULL,
    provisional INTEGER NOT NULL,
    cost_seconds REAL NOT NULL,
    created INTEGER NOT NULL,
    checks TEXT NOT NULL,
    evidence TEXT NOT NULL,
    resources TEXT NOT NULL,
    counters TEXT NOT NULL
) STRICT;
CREATE INDEX evaluations_by_variant ON evaluations (variant, environment, configuration);
CREATE INDEX evaluations_by_run ON evaluations (run);

CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    run INTEGER REFERENCES runs (id),
    type TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
)sql";

constexpr const char* kVersion2 = R"sql(
CREATE TABLE experience (
    move TEXT NOT NULL,
    bottleneck TEXT NOT NULL,
    device TEXT NOT NULL,
    tries INTEGER NOT NULL,
    right INTEGER NOT NULL,
    improved INTEGER NOT NULL,
    sum_log_gain REAL NOT NULL,
    PRIMARY KEY (move, bottleneck, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluations_by_environment ON evaluations (environment, speedup) WHERE verdict = 'ok';
)sql";

constexpr const char* kVersion3 = R"sql(
CREATE TABLE profiles (
    id INTEGER PRIMARY KEY,
    evaluation INTEGER NOT NULL REFERENCES evaluations (id),
    variant INTEGER NOT NULL REFERENCES variants (id),
    parent INTEGER REFERENCES variants (id),
    run INTEGER REFERENCES runs (id),
    size TEXT NOT NULL,
    tier TEXT NOT NULL,
    bottleneck TEXT NOT NULL,
    diagnosis TEXT NOT NULL,
    changes TEXT NOT NULL,
    missing TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX profiles_by_variant ON profiles (variant);
)sql";

constexpr const char* kVersion4 = R"sql(
CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY,
    run INTEGER REFERENCES runs (id),
    agent TEXT NOT NULL,
    model TEXT NOT NULL,
    purpose TEXT NOT NULL,
    parent INTEGER REFERENCES variants (id),
    mode TEXT NOT NULL,
    parts TEXT NOT NULL,
    messages TEXT NOT NULL,
    answer TEXT NOT NULL,
    fault TEXT NOT NULL,
    explanation TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_prompt_tokens INTEGER NOT NULL,
    answer_tokens INTEGER NOT NULL,
    cost_microdollars INTEGER,
    estimated INTEGER NOT NULL,
    started INTEGER NOT NULL,
    seconds REAL NOT NULL,
    finished INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    error TEXT NOT NULL
) STRICT;
CREATE INDEX exchanges_by_run ON exchanges (run);

CREATE TABLE variant_origins (
    variant INTEGER NOT NULL UNIQUE REFERENCES variants (id),
    asked TEXT NOT NULL,
    model TEXT NOT NULL,
    mode TEXT NOT NULL,
    repairs INTEGER REFERENCES variants (id),
    exchange INTEGER REFERENCES exchanges (id)
) STRICT;
CREATE INDEX variant_origins_by_exchange ON variant_origins (exchange) WHERE exchange IS NOT NULL;
)sql";

constexpr std::array kMigrations{
    Migration{1, 1, kVersion1},
    Migration{2, 1, kVersion2},
    Migration{3, 1, kVersion3},
    Migration{4, 1, kVersion4},
};

}  // namespace

int currentSchemaVersion() { return kMigrations.back().version; }

Result<SchemaState> schemaState(Database& database)
{
    SchemaState state;
    WARPLOOM_TRY(const std::int64_t tables, database.integer("SELECT count(*) FROM sqlite_schema"));
    WARPLOOM_TRY(const std::int64_t application, database.integer("PRAGMA application_id"));
    WARPLOOM_TRY(const std::int64_t version, database.integer("PRAGMA user_version"));
    state.blank = tables == 0 && application == 0 && version == 0;
    state.ours = application == kApplicationId;
    state.version = static_cast<int>(version);
    if (state.ours && !state.blank) {
        WARPLOOM_TRY(const std::int64_t since,
                     database.integer("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'readable_since'"));
        state.readableSince = static_cast<int>(since);
    }
    return state;
}

Result<> migrate(Database& database, int fromVersion)
{
    WARPLOOM_TRY(Transaction transaction, Transaction::begin(database));
    for (const Migration& migration : kMigrations) {
        if (migration.version <= fromVersion)
            continue;
        WARPLOOM_CHECK(database.execute(migration.sql));
        WARPLOOM_CHECK(database.run("INSERT INTO meta (key, value) VALUES ('readable_since', ?1) "
                                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                                    std::to_string(migration.readableSince)));
    }
    if (fromVersion == 0) {
        WARPLOOM_CHECK(
            database.execute("INSERT INTO meta (key, value) VALUES ('identity', lower(hex(randomblob(16))))"));
        WARPLOOM_CHECK(database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId)));
    }
    WARPLOOM_CHECK(database.execute(fmt::format("PRAGMA user_version = {}", currentSchemaVersion())));
    return transaction.commit();
}

}  // namespace warploom
