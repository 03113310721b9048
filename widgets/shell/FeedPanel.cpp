// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/FeedPanel.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "analysis/ChangeSentence.h"
#include "look/Figures.h"
#include "session/LiveLineage.h"
#include "session/Selection.h"
#include "shell/ExchangeStrip.h"
#include "shell/FeedDelegate.h"
#include "shell/FeedInvitation.h"

namespace warploom {

namespace {

/// Whoever is a model is named: what a written answer says must not be taken for a model's.
QString headingOf(const VariantRecord& variant)
{
    const QString title = QString::fromStdString(variant.title);
    return variant.model.empty()
        ? QStringLiteral("#%1 %2").arg(variant.id).arg(title)
        : QStringLiteral("#%1 %2: %3").arg(QString::number(variant.id), QString::fromStdString(variant.model), title);
}

QString figureOf(const EvaluationRecord* shown)
{
    if (shown == nullptr)
        return {};
    return shown->speedup ? speedupFigure(*shown) + QLatin1Char(' ') + speedupInterval(*shown)
                          : verdictText(shown->verdict);
}

/// What the move has done to its parent's findings; empty where that is not known.
QString changesOf(const ProfileRecord* profile)
{
    if (profile == nullptr)
        return {};
    const auto bottleneck = bottleneckFromName(profile->bottleneck).value_or(Bottleneck::Unknown);
    return QString::fromStdString(changeSentence(changesFromJson(profile->changes), bottleneck));
}

QString wholeText(const VariantRecord& variant, const EvaluationRecord* shown, const ProfileRecord* profile)
{
    QStringList lines = {QString::fromStdString(variant.title), QString::fromStdString(variant.hypothesis),
                         figureOf(shown)};
    if (!variant.agent.empty())
        lines << (variant.model.empty() || variant.model == variant.agent
                      ? FeedModel::tr("by %1").arg(QString::fromStdString(variant.agent))
                      : FeedModel::tr("by %1: %2")
                            .arg(QString::fromStdString(variant.agent), QString::fromStdString(variant.model)));
    if (variant.outcome != HypothesisOutcome::Open)
        lines << FeedModel::tr("hypothesis %1")
                     .arg(variant.outcome == HypothesisOutcome::Confirmed ? FeedModel::tr("confirmed")
                                                                          : FeedModel::tr("refuted"));
    lines << changesOf(profile);
    if (shown != nullptr)
        lines << QString::fromStdString(shown->message);
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n'));
}

}  // namespace

FeedModel::FeedModel(LiveLineage& lineage, QObject* parent)
    : QAbstractListModel(parent)
    , m_lineage(lineage)
    , m_rows(static_cast<int>(lineage.data().variants().size()))
{
    connect(&lineage, &LiveLineage::wasReset, this, [this] {
        beginResetModel();
        m_rows = static_cast<int>(m_lineage.data().variants().size());
        endResetModel();
    });
    connect(&lineage, &LiveLineage::variantsAdded, this, [this](int, int count) {
        beginInsertRows({}, 0, count - 1);
        m_rows += count;
        endInsertRows();
    });
    connect(&lineage, &LiveLineage::variantsChanged, this, [this](const QList<int>& rows) {
        for (const int row : rows) {
            const QModelIndex changed = indexOf(static_cast<std::size_t>(row));
            emit dataChanged(changed, changed);
        }
    });
}

int FeedModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : m_rows; }

QModelIndex FeedModel::indexOf(std::size_t variantRow) const
{
    return index(m_rows - 1 - static_cast<int>(variantRow));
}

std::size_t FeedModel::variantRowOf(const QModelIndex& index) const
{
    return static_cast<std::size_t>(m_rows - 1 - index.row());
}

QVariant FeedModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const std::size_t row = variantRowOf(index);
    const VariantRecord& variant = m_lineage.data().variants()[row];
    const EvaluationRecord* shown = m_lineage.data().shownEvaluation(row);
    const ProfileRecord* profile = m_lineage.data().profileOf(row);
    const Mark mark = shown == nullptr ? Mark::None : markOf(*shown);
    switch (role) {
    case Qt::DisplayRole:
        return headingOf(variant);
    case MarkRole:
        return static_cast<int>(mark);
    case FigureRole:
        return figureOf(shown);
    case HypothesisRole: {
        // What came of it says more than what was hoped for, which the tooltip keeps.
        const QString changes = changesOf(profile);
        return changes.isEmpty() ? QString::fromStdString(variant.hypothesis) : changes;
    }
    case ExchangeRole:
        return static_cast<qlonglong>(variant.exchange);
    case MoveRole:
        return QString::fromStdString(variant.move);
    case Qt::ToolTipRole:
    case Qt::AccessibleDescriptionRole:
        return wholeText(variant, shown, profile);
    default:
        return {};
    }
}

FeedPanel::FeedPanel(LiveLineage& lineage, Selection& selection, QWidget* parent)
    : QWidget(parent)
    , m_model(new FeedModel(lineage, this))
    , m_strip(new ExchangeStrip)
    , m_view(new QListView)
    , m_guidance(new QLineEdit)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(8);
    m_view->setModel(m_model);
    m_view->setItemDelegate(new FeedDelegate(m_view));
    m_view->setUniformItemSizes(true);
    m_view->setAccessibleName(tr("Proposals, newest first"));
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->installEventFilter(this);
    connect(m_view, &QListView::customContextMenuRequested, this, [this](const QPoint& place) {
        // The menu key asks for the current row, wherever the mouse is.
        const QModelIndex under = m_view->indexAt(place);
        openMenu(under.isValid() ? under : m_view->currentIndex(), m_view->viewport()->mapToGlobal(place));
    });
    m_guidance->setPlaceholderText(tr("Guidance for the agents, in one sentence; Enter gives it"));
    m_guidance->setAccessibleName(tr("Guidance"));
    m_guidance->setObjectName(QStringLiteral("guidance"));
    connect(m_strip, &ExchangeStrip::exchangeChosen, this, &FeedPanel::exchangeWanted);
    connect(m_strip, &ExchangeStrip::waitingChosen, this, &FeedPanel::waitingWanted);
    layout->addWidget(m_strip);
    layout->addWidget(viewOrInvitation(), 1);
    layout->addWidget(m_guidance);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this, &lineage, &selection](const QModelIndex& current) {
                if (current.isValid())
                    selection.select(lineage.data().variants()[m_model->variantRowOf(current)].id);
            });
    connect(&selection, &Selection::changed, this, [this, &lineage](VariantId variant) {
        if (const auto row = lineage.data().rowOf(variant)) {
            const QSignalBlocker quiet(m_view->selectionModel());
            m_view->setCurrentIndex(m_model->indexOf(*row));
            m_view->viewport()->update();
        }
    });
    connect(m_guidance, &QLineEdit::returnPressed, this, [this] {
        const QString sentence = m_guidance->text().trimmed();
        if (sentence.isEmpty())
            return;
        m_guidance->clear();
        emit guidanceGiven(sentence);
    });
}

QWidget* FeedPanel::viewOrInvitation()
{
    auto* pages = new QStackedWidget;
    auto* invitation = new FeedInvitation;
    pages->addWidget(invitation);
    pages->addWidget(m_view);
    const auto choose = [this, pages] { pages->setCurrentIndex(m_model->rowCount() > 0 ? 1 : 0); };
    connect(m_model, &QAbstractItemModel::modelReset, pages, choose);
    connect(m_model, &QAbstractItemModel::rowsInserted, pages, choose);
    connect(invitation, &FeedInvitation::exampleWanted, this, &FeedPanel::exampleWanted);
    choose();
    return pages;
}

void FeedPanel::showQuestions(const std::vector<OpenQuestion>& questions) { m_strip->showQuestions(questions); }

bool FeedPanel::eventFilter(QObject* watched, QEvent* event)
{
    const auto* key = event->type() == QEvent::KeyPress ? static_cast<QKeyEvent*>(event) : nullptr;
    const QModelIndex current = m_view->currentIndex();
    if (watched != m_view || key == nullptr || !current.isValid()
        || (key->key() != Qt::Key_Return && key->key() != Qt::Key_Enter))
        return QWidget::eventFilter(watched, event);
    openMenu(current, m_view->viewport()->mapToGlobal(m_view->visualRect(current).center()));
    return true;
}

void FeedPanel::openMenu(const QModelIndex& index, const QPoint& place)
{
    if (!index.isValid())
        return;
    const QString move = index.data(MoveRole).toString();
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (!move.isEmpty())
        menu->addAction(tr("What is %1?").arg(move), this, [this, move] { emit moveAsked(move); });
    if (const qint64 exchange = index.data(ExchangeRole).toLongLong(); exchange != 0)
        menu->addAction(tr("Show what was asked and answered"), this,
                        [this, exchange] { emit exchangeWanted(exchange); });
    menu->addAction(tr("Ask a model about it…"), this, [this, asked = QPersistentModelIndex(index)] {
        m_view->setCurrentIndex(asked);
        emit questionWanted();
    });
    menu->popup(place);
}

}  // namespace warploom
