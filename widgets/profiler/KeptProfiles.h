// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <memory>
#include <optional>

#include <QString>

#include "engine/VariantProfile.h"
#include "profiler/ComparisonTarget.h"
#include "protocol/ProfileRecord.h"

namespace warploom {

/// The text that was profiled or compiled.
struct ProfiledText {
    QString title;  ///< "#12 Tile the transpose", "Draft of #12"
    QString source;
    ComparisonSubject subject;
};

/// What is known of one text.
struct KeptProfile {
    ProfiledText text;
    std::shared_ptr<const VariantProfile> profile;  ///< null: not profiled in this window
    std::shared_ptr<const AssemblyReport> assembly;  ///< null: not read
    std::optional<ProfileRecord> record;  ///< of a run, with its diagnosis
};

/// What was profiled and compiled since the workspace was opened: by variant, and the latest draft.
class KeptProfiles {
public:
    /// Of the one that has been used least lately the profile is forgotten.
    static constexpr std::size_t kMost = 32;

    /// What is known of the text so far, empty at first. A draft replaces the one before.
    KeptProfile& of(const ProfiledText& text);
    /// Null for a variant that nothing is known of; 0: the latest draft.
    [[nodiscard]] const KeptProfile* find(VariantId variant) const;
    void clear() { m_kept.clear(); }
    void forgetAssembly();

private:
    std::list<KeptProfile> m_kept;  ///< the latest first
};

/// The variant's findings: of the profile made here, else of a run; null where there are none.
std::optional<Diagnosis> diagnosisOf(const KeptProfile& kept);

}  // namespace warploom
