// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/KeptProfiles.h"

#include <algorithm>

namespace warploom {

KeptProfile& KeptProfiles::of(const ProfiledText& text)
{
    const auto found = std::ranges::find(m_kept, text.subject.variant,
                                         [](const KeptProfile& kept) { return kept.text.subject.variant; });
    if (found == m_kept.end()) {
        m_kept.push_front({text, {}, {}, {}});
        if (m_kept.size() > kMost)
            m_kept.pop_back();
        return m_kept.front();
    }
    m_kept.splice(m_kept.begin(), m_kept, found);
    KeptProfile& kept = m_kept.front();
    // What was read of another text of the same name says nothing of this one.
    if (!kept.text.source.isEmpty() && kept.text.source != text.source)
        kept = {text, {}, {}, {}};
    kept.text = text;
    return kept;
}

const KeptProfile* KeptProfiles::find(VariantId variant) const
{
    const auto found =
        std::ranges::find(m_kept, variant, [](const KeptProfile& kept) { return kept.text.subject.variant; });
    return found == m_kept.end() ? nullptr : &*found;
}

void KeptProfiles::forgetAssembly()
{
    for (KeptProfile& kept : m_kept)
        kept.assembly.reset();
}

std::optional<Diagnosis> diagnosisOf(const KeptProfile& kept)
{
    if (kept.profile != nullptr)
        return kept.profile->diagnosis;
    if (!kept.record)
        return std::nullopt;
    try {
        return kept.record->diagnosis.get<Diagnosis>();
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;  // of another version
    }
}

}  // namespace warploom
