// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ProfilerPanel.h"

#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "assembly/ListingSamples.h"
#include "assembly/OpcodeHelp.h"
#include "look/Figures.h"
#include "look/VerdictMark.h"
#include "look/WrappedLabel.h"
#include "profiler/AssemblyView.h"
#include "profiler/EvidenceView.h"
#include "profiler/FindingsView.h"
#include "profiler/LinesView.h"
#include "profiler/ProfileModel.h"
#include "profiler/ProfileViews.h"
#include "profiler/RooflineView.h"
#include "session/EngineSession.h"
#include "session/Selection.h"

namespace warploom {

namespace {

QLabel* emptyState(const QString& text)
{
    auto* label = new QLabel(text);
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    label->setMargin(16);
    return label;
}

QString figuresOf(const EvaluationRecord& evaluation)
{
    QStringList parts;
    if (evaluation.time)
        parts << timeText(evaluation.time->estimate) + QLatin1Char(' ') + timeInterval(evaluation);
    if (evaluation.speedup)
        parts << speedupFigure(evaluation) + QLatin1Char(' ') + speedupInterval(evaluation);
    if (evaluation.time && !evaluation.modelled)
        parts << ProfilerPanel::tr("%1, rounds: %2")
                     .arg(evaluation.cold ? ProfilerPanel::tr("cold") : ProfilerPanel::tr("hot"))
                     .arg(evaluation.rounds);
    parts << ProfilerPanel::tr("trust %1").arg(evaluation.trust);
    return parts.join(QStringLiteral(" · "));
}

}  // namespace

ProfilerPanel::ProfilerPanel(EngineSession& session, LiveLineage& lineage, Selection& selection, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_lineage(lineage)
    , m_selection(selection)
    , m_model(new ProfileModel(this))
    , m_tabs(new QTabWidget)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_tabs);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Profiler views"));
    setUpSummary();
    setUpFindings();
    setUpEvidence();
    setUpAssembly();
    setUpConnections();
    applyTheme();
}

ProfilerPanel::~ProfilerPanel() = default;

void ProfilerPanel::setUpSummary()
{
    m_stack = new QStackedWidget;
    m_stack->addWidget(emptyState(tr("Nothing is selected. Choose a variant in the plot, the lineage or the table, or "
                                     "check the source with F5.")));
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(4);
    m_title = new WrappedLabel;
    m_verdict = new WrappedLabel;
    m_message = new WrappedLabel;
    m_table = new QTableView;
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Figures of the selected evaluation"));
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(ProfileModel::Name, QHeaderView::Stretch);
    m_table->horizontalHeader()->setHighlightSections(false);
    for (QWidget* widget : QList<QWidget*>{m_title, m_verdict, m_message})
        layout->addWidget(widget);
    layout->addWidget(m_table, 1);
    m_stack->addWidget(page);
    m_tabs->addTab(m_stack, tr("Summary"));
}

void ProfilerPanel::setUpEvidence()
{
    m_evidence = new EvidenceView;
    connect(m_evidence, &EvidenceView::bestWanted, this, [this] {
        if (const EvaluationRecord* best = m_lineage.data().best())
            m_selection.select(best->variant, best->id);
    });
    m_tabs->addTab(m_evidence, tr("Evidence"));
}

void ProfilerPanel::setUpFindings()
{
    m_findings = new FindingsView;
    m_roofline = new RooflineView;
    m_findings->showNothing();
    m_roofline->showNothing();
    connect(m_findings, &FindingsView::lineChosen, this, &ProfilerPanel::lineWanted);
    connect(m_findings, &FindingsView::moveChosen, this, &ProfilerPanel::moveChosen);
    connect(m_roofline, &RooflineView::variantChosen, this,
            [this](qint64 variant) { m_selection.select(variant, EvaluationId{0}); });
    m_tabs->addTab(m_findings, tr("What to do"));
    m_lines = new LinesView;
    connect(m_lines, &LinesView::lineChosen, this, &ProfilerPanel::lineWanted);
    m_tabs->addTab(m_lines, tr("Lines"));
    m_tabs->addTab(m_roofline, tr("Roofline"));
}

void ProfilerPanel::setUpAssembly()
{
    m_assembly = new AssemblyView;
    m_assembly->showNothing();
    m_assembly->setExplainer([](const ListingLine& line, bool isSass) {
        return line.isInstruction ? QString::fromStdString(opcodeHelp(line.text, isSass)) : QString();
    });
    connect(m_assembly, &AssemblyView::sourceLineChosen, this, &ProfilerPanel::sourceLineChosen);
    m_tabs->addTab(m_assembly, tr("Assembly"));
}

void ProfilerPanel::setUpConnections()
{
    connect(&m_selection, &Selection::changed, this, &ProfilerPanel::refresh);
    connect(&m_lineage, &LiveLineage::wasReset, this, &ProfilerPanel::refresh);
    connect(&m_lineage, &LiveLineage::variantsChanged, this, [this] {
        m_evidence->setHasBest(m_lineage.data().best() != nullptr);
        const EvaluationRecord* selected = selectedEvaluation();
        // What was checked stays until somebody selects something.
        if (!m_showsDraft && selected != nullptr && selected->id != m_shown)
            refresh();
    });
    connect(&Theme::instance(), &Theme::changed, this, &ProfilerPanel::applyTheme);
}

void ProfilerPanel::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_title->setFont(theme.titleFont());
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.color(Token::Muted));
    m_stack->widget(0)->setPalette(muted);
    paintVerdict();
    if (!m_showsDraft)
        refresh();
}

void ProfilerPanel::paintVerdict()
{
    QPalette palette = m_verdict->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(tokenOf(m_mark)));
    m_verdict->setPalette(palette);
}

void ProfilerPanel::showAssembly(const QString& title, std::shared_ptr<const AssemblyReport> report)
{
    if (!m_stalls.has_value() || m_stallsTitle != title || report == nullptr || !report->sass)
        return m_assembly->showReport(title, std::move(report));
    auto sampled = std::make_shared<AssemblyReport>(*report);
    addSamples(*sampled->sass, *m_stalls);
    m_assembly->showReport(title, std::move(sampled));
}

void ProfilerPanel::showSourceLine(int line) { m_assembly->showSourceLine(line); }

void ProfilerPanel::showProfileMessage(const QString& message)
{
    m_findings->showMessage(message);
    m_lines->showMessage(message);
}

void ProfilerPanel::showProfile(const QString& title, const VariantProfile& profile, const QString& source,
                                VariantId variant)
{
    FindingsView::Subject subject;
    subject.title = tr("%1, size '%2'").arg(title, QString::fromStdString(profile.size));
    subject.origin = originOf(profile);
    subject.kernels = kernelNamesOf(profile);
    m_findings->showDiagnosis(subject, profile.diagnosis);
    m_lines->showLines(profile, source);
    m_stalls = profile.stalls;
    m_stallsTitle = title;
    m_history.show(profile, title.toStdString(), variant);
    m_roofline->showRoofline(m_history.data());
    loadAncestors(profile, variant);
    m_tabs->setCurrentWidget(m_findings);
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

void ProfilerPanel::showChecked(const QString& title, const EvaluationRecord& evaluation)
{
    m_shown = 0;
    m_showsDraft = true;
    m_isStale = false;
    m_stack->setCurrentIndex(1);
    m_model->setEvaluations(evaluation, std::nullopt, {});
    showEvaluation(evaluation, title);
    m_evidence->showEvidence(title, evaluation, m_session.task());
}

const EvaluationRecord* ProfilerPanel::selectedEvaluation() const
{
    const Lineage& data = m_lineage.data();
    if (m_selection.evaluation() != 0) {
        const auto row = data.rowOfEvaluation(m_selection.evaluation());
        return row ? &data.evaluations()[*row] : nullptr;
    }
    const auto row = data.rowOf(m_selection.variant());
    return row ? data.shownEvaluation(*row) : nullptr;
}

void ProfilerPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_isStale)
        refresh();
}

void ProfilerPanel::refresh()
{
    m_showsDraft = false;
    // A hidden dock does not read the workspace.
    m_isStale = !isVisible();
    if (m_isStale)
        return;
    m_evidence->setHasBest(m_lineage.data().best() != nullptr);
    const EvaluationRecord* selected = selectedEvaluation();
    m_shown = selected == nullptr ? 0 : selected->id;
    if (selected == nullptr) {
        m_stack->setCurrentIndex(0);
        m_model->setEvaluations(std::nullopt, std::nullopt, {});
        m_evidence->showNothing();
        return;
    }
    const VariantRecord* variant = m_lineage.data().find(selected->variant);
    QString title = QStringLiteral("#%1").arg(selected->variant);
    if (variant != nullptr)
        title += QLatin1Char(' ') + QString::fromStdString(variant->title);
    m_stack->setCurrentIndex(1);
    showEvaluation(*selected, title);
    const VariantId parent = variant != nullptr && !variant->parents.empty() ? variant->parents.front() : 0;
    m_evidence->showMessage(tr("The evidence of %1 is being read.").arg(title));
    m_session.loadEvaluation(selected->id, [this, parent, title, wanted = m_shown](Result<EvaluationRecord> full) {
        if (wanted != m_shown)
            return;
        if (!full) {
            m_evidence->showMessage(tr("The evidence of %1 could not be read: %2")
                                        .arg(title, QString::fromStdString(full.error().toString())));
            return;
        }
        m_evidence->showEvidence(title, *full, m_session.task());
        loadOther(*full, parent);
    });
}

void ProfilerPanel::loadOther(const EvaluationRecord& own, VariantId variant)
{
    m_model->setEvaluations(own, std::nullopt, {});
    const Lineage& data = m_lineage.data();
    const auto row = data.rowOf(variant);
    const EvaluationRecord* other = row ? data.shownEvaluation(*row) : nullptr;
    if (other == nullptr || other->environment != own.environment)
        return;
    m_session.loadEvaluation(other->id, [this, own, variant](Result<EvaluationRecord> full) {
        if (full && own.id == m_shown)
            m_model->setEvaluations(own, *full, tr("Parent #%1").arg(variant));
    });
}

void ProfilerPanel::showEvaluation(const EvaluationRecord& evaluation, const QString& title)
{
    m_mark = markOf(evaluation);
    QString heading = title;
    if (!evaluation.configuration.empty())
        heading += QStringLiteral("  ") + configurationText(evaluation.configuration, QStringLiteral(" "));
    m_title->setText(heading);
    m_verdict->setText(markSign(m_mark) + QLatin1Char(' ') + verdictText(evaluation.verdict) + QStringLiteral(" · ")
                       + figuresOf(evaluation));
    paintVerdict();
    m_message->setText(QString::fromStdString(evaluation.message));
    m_message->setVisible(!evaluation.message.empty());
}

}  // namespace warploom
