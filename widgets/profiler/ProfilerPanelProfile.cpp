// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "assembly/ListingSamples.h"
#include "engine/ProfileCapabilities.h"
#include "profiler/AccessView.h"
#include "profiler/AssemblyView.h"
#include "profiler/FindingsView.h"
#include "profiler/LinesView.h"
#include "profiler/ProfileViews.h"
#include "profiler/ProfilerPanel.h"
#include "profiler/RooflineView.h"
#include "session/EngineSession.h"
#include "session/Selection.h"

#include <QTabWidget>

namespace warploom {

// What was profiled and compiled, and what a run has found: of the selected variant, or of the draft in front.

namespace {

FigureOrigin originOf(const KeptProfile& kept)
{
    if (kept.profile != nullptr)
        return originOf(*kept.profile);
    return kept.record->tier.empty() ? FigureOrigin::Counted : FigureOrigin::Measured;
}

std::string sizeOf(const KeptProfile& kept) { return kept.profile != nullptr ? kept.profile->size : kept.record->size; }

/// Findings at another size are of another problem.
std::optional<Diagnosis> comparableDiagnosis(const KeptProfile* other, const KeptProfile& own)
{
    if (other == nullptr || (other->profile == nullptr && !other->record))
        return std::nullopt;
    const bool isSame = sizeOf(*other) == sizeOf(own) && originOf(*other) == originOf(own);
    return isSame ? diagnosisOf(*other) : std::nullopt;
}

}  // namespace

void ProfilerPanel::showProfile(const ProfiledText& text, const VariantProfile& profile)
{
    m_kept.of(text).profile = std::make_shared<const VariantProfile>(profile);
    m_followed = m_selection.variant();
    showText(text);
    m_tabs->setCurrentWidget(m_findings);
}

void ProfilerPanel::showAssembly(const ProfiledText& text, std::shared_ptr<const AssemblyReport> report)
{
    m_assemblyMissing.erase(text.subject.variant);
    m_kept.of(text).assembly = std::move(report);
    m_followed = m_selection.variant();
    showText(text);
}

void ProfilerPanel::showKeptOf(VariantId variant)
{
    if (const KeptProfile* kept = m_kept.find(variant); kept != nullptr && m_text.subject.variant != variant)
        showText(ProfiledText(kept->text));
}

void ProfilerPanel::showProfileMessage(const QString& message)
{
    m_findings->showMessage(message);
    m_lines->showMessage(message);
    m_access->showMessage(message);
}

void ProfilerPanel::showSourceLine(int line) { m_assembly->showSourceLine(line); }

void ProfilerPanel::showSelectedText()
{
    // What was profiled meanwhile, a draft perhaps, stays until something else is selected.
    const VariantId variant = m_selection.variant();
    if (variant == m_followed || m_lineage.data().find(variant) == nullptr)
        return;
    m_followed = variant;
    if (m_hasText && m_text.subject.variant == variant)
        return;
    showText({variantTitle(m_lineage.data(), variant), {}, subjectOf(m_lineage.data(), variant)});
}

void ProfilerPanel::showText(const ProfiledText& text)
{
    m_text = text;
    m_hasText = true;
    if (const KeptProfile* kept = own(); kept != nullptr && m_text.source.isEmpty())
        m_text.source = kept->text.source;
    findOther();
    showFigures();
    showDifference();
    showKept();
    loadRecord();
}

void ProfilerPanel::showKept()
{
    const KeptProfile* kept = m_hasText ? own() : nullptr;
    showFindings();
    showListing();
    if (kept == nullptr || kept->profile == nullptr) {
        const QString message = m_hasText ? tr("%1 has not been profiled in this window: F6 does it.").arg(m_text.title)
                                          : tr("Profile a kernel with F6.");
        m_lines->showMessage(message);
        m_access->showMessage(message);
        return;
    }
    m_lines->showLines(*kept->profile, kept->text.source);
    m_access->showStates(capabilitiesOf(*kept->profile));
    showRoofline(*kept);
}

void ProfilerPanel::showFindings()
{
    const KeptProfile* kept = m_hasText ? own() : nullptr;
    const auto diagnosis = kept != nullptr ? diagnosisOf(*kept) : std::nullopt;
    if (!m_hasText)
        return m_findings->showNothing();
    if (!diagnosis)
        return m_findings->showMessage(tr("What limits %1 is not known: F6 profiles it.").arg(m_text.title));
    FindingsView::Subject subject;
    subject.title = tr("%1, size '%2'").arg(m_text.title, QString::fromStdString(sizeOf(*kept)));
    subject.origin = originOf(*kept);
    if (kept->profile != nullptr)
        subject.kernels = kernelNamesOf(*kept->profile);
    subject.parent = comparableDiagnosis(other(), *kept);
    if (subject.parent)
        subject.parentTitle = other()->text.title.section(u' ', 0, 0);
    m_findings->showDiagnosis(subject, *diagnosis);
}

void ProfilerPanel::showListing()
{
    const KeptProfile* kept = m_hasText ? own() : nullptr;
    if (kept == nullptr || kept->assembly == nullptr)
        return m_assembly->showNothing();
    const bool isSampled = kept->profile != nullptr && kept->profile->stalls && kept->assembly->sass;
    if (!isSampled)
        return m_assembly->showReport(kept->text.title, kept->assembly);
    auto sampled = std::make_shared<AssemblyReport>(*kept->assembly);
    addSamples(*sampled->sass, *kept->profile->stalls);
    m_assembly->showReport(kept->text.title, std::move(sampled));
}

/// What runs have found stands in the workspace; of both that are compared.
void ProfilerPanel::loadRecord()
{
    for (const VariantId variant : {m_text.subject.variant, m_other}) {
        const auto row = m_lineage.data().rowOf(variant);
        const KeptProfile* kept = m_kept.find(variant);
        if (!row || m_lineage.data().profileOf(*row) == nullptr || (kept != nullptr && (kept->profile || kept->record)))
            continue;
        m_session.loadProfile(variant, [this, variant](Result<ProfileRecord> record) {
            if (!record || m_lineage.data().find(variant) == nullptr)
                return;
            ProfiledText text{variantTitle(m_lineage.data(), variant), {}, subjectOf(m_lineage.data(), variant)};
            if (const KeptProfile* known = m_kept.find(variant))
                text = known->text;
            m_kept.of(text).record = std::move(*record);
            if (variant == m_text.subject.variant || variant == m_other)
                showFindings();
        });
    }
}

void ProfilerPanel::showRoofline(const KeptProfile& kept)
{
    const VariantId variant = std::max(kept.text.subject.variant, VariantId{0});
    m_history.show(*kept.profile, kept.text.title.toStdString(), variant);
    m_roofline->showRoofline(m_history.data());
    loadAncestors(*kept.profile, variant);
}

/// The times of those on the way to a variant lie in their evidence, one after the other.
void ProfilerPanel::loadAncestors(const VariantProfile& profile, VariantId variant)
{
    const Lineage& lineage = m_lineage.data();
    auto way = std::make_shared<AncestorsToLoad>();
    way->size = profile.size;
    way->shown = ++m_shownProfile;
    const auto shown = lineage.rowOf(variant);
    for (auto row = shown ? lineage.parentOf(*shown) : std::nullopt; row; row = lineage.parentOf(*row)) {
        const VariantRecord& ancestor = lineage.variants()[*row];
        way->ancestors.insert(way->ancestors.begin(),
                              {ancestor.id, '#' + std::to_string(ancestor.id) + ' ' + ancestor.title, std::nullopt});
        const EvaluationRecord* evaluation = lineage.shownEvaluation(*row);
        const EnvironmentRecord* place = evaluation != nullptr ? lineage.environment(evaluation->environment) : nullptr;
        const DeviceFacts& facts = profile.observation.facts;
        const bool isComparable = place != nullptr && place->gpuName == facts.name && place->modelled == facts.modelled
            && evaluation->verdict == Verdict::Ok;
        way->evaluations.insert(way->evaluations.begin(), isComparable ? evaluation->id : 0);
    }
    loadNextAncestor(std::move(way));
}

void ProfilerPanel::loadNextAncestor(std::shared_ptr<AncestorsToLoad> way)
{
    if (way->shown != m_shownProfile)
        return;
    while (way->next < way->evaluations.size() && way->evaluations[way->next] == 0)
        ++way->next;
    if (way->next == way->evaluations.size()) {
        m_history.setAncestors(std::move(way->ancestors));
        return m_roofline->showRoofline(m_history.data());
    }
    const EvaluationId wanted = way->evaluations[way->next];
    m_session.loadEvaluation(wanted, [this, way = std::move(way)](Result<EvaluationRecord> full) mutable {
        const auto time = full ? timeAt(*full, way->size) : std::nullopt;
        if (time)
            way->ancestors[way->next].time = Microseconds(time->estimate);
        ++way->next;
        loadNextAncestor(std::move(way));
    });
}

}  // namespace warploom
