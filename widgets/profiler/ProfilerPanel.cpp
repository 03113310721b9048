// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ProfilerPanel.h"

#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "assembly/OpcodeHelp.h"
#include "look/Figures.h"
#include "look/VerdictMark.h"
#include "look/WrappedLabel.h"
#include "profiler/AssemblyView.h"
#include "profiler/ComparisonBar.h"
#include "profiler/EvidenceView.h"
#include "profiler/FindingsView.h"
#include "profiler/LinesView.h"
#include "profiler/ProfileModel.h"
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
    layout->setSpacing(0);
    m_bar = new ComparisonBar;
    layout->addWidget(m_bar);
    layout->addWidget(m_tabs);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Profiler views"));
    setUpSummary();
    setUpFindings();
    setUpEvidence();
    setUpAssembly();
    setUpComparison();
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
    m_move = new WrappedLabel;
    m_move->setObjectName(QStringLiteral("move"));
    m_move->setTextFormat(Qt::RichText);
    m_move->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    m_move->setAccessibleName(tr("Move that made the variant"));
    connect(m_move, &QLabel::linkActivated, this, &ProfilerPanel::moveAsked);
    m_table = new QTableView;
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Figures of the selected evaluation"));
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(ProfileModel::Name, QHeaderView::Stretch);
    m_table->horizontalHeader()->setHighlightSections(false);
    for (QWidget* widget : QList<QWidget*>{m_title, m_verdict, m_move, m_message})
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
    connect(m_findings, &FindingsView::moveAsked, this, &ProfilerPanel::moveAsked);
    connect(m_findings, &FindingsView::findingAsked, this, &ProfilerPanel::findingAsked);
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
    connect(&m_lineage, &LiveLineage::wasReset, this, [this] {
        m_kept.clear();
        m_assemblyMissing.clear();
        m_assemblyAsked.clear();
        m_hasText = false;
        m_followed = 0;
        // Numbers of another workspace mean other variants.
        if (m_bar->target().kind == ComparisonTarget::Kind::Chosen)
            m_bar->setTarget({});
        findOther();
        refresh();
        showKept();
    });
    connect(&m_lineage, &LiveLineage::variantsChanged, this, [this] {
        m_evidence->setHasBest(m_lineage.data().best() != nullptr);
        const EvaluationRecord* selected = selectedEvaluation();
        // What was checked stays until somebody selects something.
        if (!m_showsDraft && selected != nullptr && selected->id != m_shown)
            refresh();
        else if (m_hasText && variantToCompareWith(m_bar->target(), m_text.subject, m_lineage.data()) != m_other)
            updateComparison();
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
    // Links keep the colour that they were set with.
    QPalette linked = m_move->palette();
    linked.setColor(QPalette::Link, theme.color(Token::Accent));
    m_move->setPalette(linked);
    if (!m_showsDraft)
        refresh();
}

void ProfilerPanel::paintVerdict()
{
    QPalette palette = m_verdict->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(tokenOf(m_mark)));
    m_verdict->setPalette(palette);
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
    showSelectedText();
    const EvaluationRecord* selected = selectedEvaluation();
    m_shown = selected == nullptr ? 0 : selected->id;
    if (selected == nullptr) {
        m_stack->setCurrentIndex(0);
        m_model->setEvaluations(std::nullopt, std::nullopt, {});
        m_evidence->showNothing();
        return;
    }
    const QString title = variantTitle(m_lineage.data(), selected->variant);
    m_stack->setCurrentIndex(1);
    showEvaluation(*selected, title);
    m_evidence->showMessage(tr("The evidence of %1 is being read.").arg(title));
    m_session.loadEvaluation(selected->id, [this, title, wanted = m_shown](Result<EvaluationRecord> full) {
        if (wanted != m_shown)
            return;
        if (!full) {
            m_evidence->showMessage(tr("The evidence of %1 could not be read: %2")
                                        .arg(title, QString::fromStdString(full.error().toString())));
            return;
        }
        m_evidence->showEvidence(title, *full, m_session.task());
        loadOther(*full);
    });
}

void ProfilerPanel::loadOther(const EvaluationRecord& own)
{
    m_model->setEvaluations(own, std::nullopt, {});
    const Lineage& data = m_lineage.data();
    const VariantId variant = variantToCompareWith(m_bar->target(), subjectOf(data, own.variant), data);
    const auto row = data.rowOf(variant);
    const EvaluationRecord* other = row ? data.shownEvaluation(*row) : nullptr;
    if (other == nullptr || other->environment != own.environment)
        return;
    m_session.loadEvaluation(other->id, [this, own, variant, target = m_bar->target()](Result<EvaluationRecord> full) {
        if (full && own.id == m_shown && target == m_bar->target())
            m_model->setEvaluations(own, *full, QStringLiteral("#%1").arg(variant));
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
    showMove(m_showsDraft ? VariantId{0} : evaluation.variant);
}

/// Nothing for a draft and for the baseline, which no move has made.
void ProfilerPanel::showMove(VariantId variant)
{
    const VariantRecord* record = m_lineage.data().find(variant);
    const bool hasMove = record != nullptr && !record->move.empty();
    m_move->setVisible(hasMove);
    if (!hasMove)
        return m_move->clear();
    const QString move = QString::fromStdString(record->move).toHtmlEscaped();
    m_move->setText(tr("Move: %1 · by %2")
                        .arg(QStringLiteral("<a href=\"%1\">%1</a>").arg(move),
                             QString::fromStdString(record->agent).toHtmlEscaped()));
    m_move->setToolTip(tr("What %1 is").arg(move));
}

}  // namespace warploom
