// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AccessView.h"
#include "profiler/AssemblyDiffView.h"
#include "profiler/ComparisonBar.h"
#include "profiler/ComparisonView.h"
#include "profiler/ProfilerPanel.h"
#include "session/EngineSession.h"

#include <QTabWidget>

namespace warploom {

// What is shown beside another variant.

void ProfilerPanel::setUpComparison()
{
    m_comparison = new ComparisonView;
    m_difference = new AssemblyDiffView;
    m_access = new AccessView;
    m_tabs->insertTab(2, m_comparison, tr("Compare"));
    m_tabs->addTab(m_difference, tr("Difference"));
    m_tabs->addTab(m_access, tr("Access"));
    connect(m_bar, &ComparisonBar::targetChosen, this, &ProfilerPanel::updateComparison);
    connect(m_bar, &ComparisonBar::sourcesWanted, this,
            [this] { emit sourcesWanted(m_other, m_text.subject.variant, m_text.source); });
    connect(m_comparison, &ComparisonView::profileWanted, this, [this] {
        if (m_other != 0)
            emit profileWanted(m_other);
    });
    connect(m_difference, &AssemblyDiffView::sourceLineChosen, this, &ProfilerPanel::sourceLineChosen);
    connect(m_access, &AccessView::nvdisasmWanted, this, &ProfilerPanel::nvdisasmWanted);
    connect(m_tabs, &QTabWidget::currentChanged, this, &ProfilerPanel::showDifference);
}

const KeptProfile* ProfilerPanel::other() const { return m_other != 0 ? m_kept.find(m_other) : nullptr; }

void ProfilerPanel::compareWith(VariantId variant)
{
    m_bar->setTarget({ComparisonTarget::Kind::Chosen, variant});
    updateComparison();
}

void ProfilerPanel::keepProfile(const ProfiledText& text, const VariantProfile& profile)
{
    m_kept.of(text).profile = std::make_shared<const VariantProfile>(profile);
    showFigures();
    showFindings();
}

void ProfilerPanel::keepAssembly(const ProfiledText& text, std::shared_ptr<const AssemblyReport> report)
{
    m_assemblyAsked.erase(text.subject.variant);
    m_assemblyMissing.erase(text.subject.variant);
    m_kept.of(text).assembly = std::move(report);
    if (text.subject.variant == m_text.subject.variant)
        showListing();
    showDifference();
}

void ProfilerPanel::noteNoAssembly(VariantId variant, const QString& message)
{
    m_assemblyAsked.erase(variant);
    m_assemblyMissing[variant] = message;
    showDifference();
}

void ProfilerPanel::forgetAssembly()
{
    m_assemblyMissing.clear();
    m_kept.forgetAssembly();
    showListing();
    showDifference();
}

void ProfilerPanel::findOther()
{
    m_other = m_hasText ? variantToCompareWith(m_bar->target(), m_text.subject, m_lineage.data()) : 0;
    m_bar->showOther(m_other == 0 ? QString() : variantTitle(m_lineage.data(), m_other), whyNoOther());
}

void ProfilerPanel::updateComparison()
{
    findOther();
    showFigures();
    showDifference();
    showFindings();
    loadRecord();
    if (m_showsDraft || m_shown == 0)
        return;
    m_session.loadEvaluation(m_shown, [this, wanted = m_shown](Result<EvaluationRecord> full) {
        if (full && wanted == m_shown)
            loadOther(*full);
    });
}

QString ProfilerPanel::whyNoOther() const
{
    if (!m_hasText)
        return {};
    switch (m_bar->target().kind) {
    case ComparisonTarget::Kind::Parent:
        return tr("%1 has no parent").arg(m_text.title);
    case ComparisonTarget::Kind::Baseline:
        return tr("%1 is where it began").arg(m_text.title);
    case ComparisonTarget::Kind::Best:
        return m_lineage.data().best() == nullptr ? tr("there is no best yet") : tr("%1 is the best").arg(m_text.title);
    case ComparisonTarget::Kind::Chosen:
        return tr("it is the one that is shown");
    }
    return {};
}

void ProfilerPanel::showFigures()
{
    const KeptProfile* mine = m_hasText ? own() : nullptr;
    const KeptProfile* theirs = other();
    if (mine == nullptr || mine->profile == nullptr)
        return m_comparison->showMessage(
            m_hasText ? tr("%1 has not been profiled in this window: F6 does it.").arg(m_text.title)
                      : tr("Profile a variant with F6 to see its figures beside another's."));
    if (m_other == 0)
        return m_comparison->showMessage(tr("Nothing to compare with: %1.").arg(whyNoOther()));
    const QString title = variantTitle(m_lineage.data(), m_other);
    if (theirs == nullptr || theirs->profile == nullptr)
        return m_comparison->showMessage(tr("%1 has not been profiled in this window.").arg(title),
                                         tr("Profile %1 too").arg(title.section(u' ', 0, 0)));
    m_comparison->showProfiles(*mine, *theirs);
}

void ProfilerPanel::askForAssembly(VariantId variant)
{
    if (m_assemblyAsked.insert(variant).second)
        emit assemblyWanted(variant);
}

void ProfilerPanel::showDifference()
{
    const KeptProfile* mine = m_hasText ? own() : nullptr;
    const KeptProfile* theirs = other();
    if (!m_hasText)
        return m_difference->showNothing();
    if (m_other == 0)
        return m_difference->showReason(tr("Nothing to compare with: %1.").arg(whyNoOther()));
    QStringList waits;
    for (const auto& [variant, kept] : {std::pair(m_text.subject.variant, mine), std::pair(m_other, theirs)}) {
        if (kept != nullptr && kept->assembly != nullptr)
            continue;
        if (const auto missing = m_assemblyMissing.find(variant); missing != m_assemblyMissing.end())
            return m_difference->showReason(missing->second);
        if (variant == 0)
            return m_difference->showReason(tr("Compile the draft with Ctrl+B first."));
        waits << variantTitle(m_lineage.data(), variant);
        // Nothing is compiled for a view that nobody sees.
        if (m_tabs->currentWidget() == m_difference)
            askForAssembly(variant);
    }
    if (!waits.isEmpty())
        return m_difference->showReason(tr("%1: PTX and SASS are being read.").arg(waits.join(QStringLiteral(", "))));
    m_difference->showReports(theirs->text.title + QStringLiteral(" → ") + mine->text.title, theirs->assembly,
                              mine->assembly);
}

}  // namespace warploom
