// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/LinesView.h"

#include <QLabel>
#include <QLocale>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "profiler/EvidenceSort.h"
#include "profiler/FigureTable.h"
#include "profiler/LinesModel.h"

namespace warploom {

namespace {

QString captionOf(const VariantProfile& profile)
{
    const QString counts = profile.linesOrigin == FigureOrigin::Measured
        ? LinesView::tr("counts are exact, of the card")
        : LinesView::tr("counts are the emulator's");
    if (!profile.stalls)
        return LinesView::tr("Share of the executed instructions; %1.").arg(counts);
    return LinesView::tr("%1 samples of %2 %3 on the card; %4.")
        .arg(QLocale().toString(static_cast<qulonglong>(profile.stalls->samples)))
        .arg(profile.stalls->plays)
        .arg(profile.stalls->plays == 1 ? LinesView::tr("run") : LinesView::tr("runs"), counts);
}

}  // namespace

LinesView::LinesView(QWidget* parent)
    : QWidget(parent)
    , m_model(new LinesModel(this))
    , m_stack(new QStackedWidget)
    , m_message(new QLabel)
    , m_caption(new QLabel)
    , m_table(new FigureTable(*m_model, tr("Hottest lines")))
{
    m_message->setWordWrap(true);
    m_message->setAlignment(Qt::AlignCenter);
    m_caption->setWordWrap(true);
    auto* page = new QWidget;
    auto* pageLayout = new QVBoxLayout(page);
    pageLayout->setContentsMargins(0, 0, 0, 0);
    pageLayout->addWidget(m_caption);
    pageLayout->addWidget(m_table, 1);
    m_stack->addWidget(m_message);
    m_stack->addWidget(page);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    connect(m_table, &QTableView::activated, this, &LinesView::choose);
    showMessage(tr("Profile with F6 to see which lines cost most."));
}

void LinesView::showLines(const VariantProfile& profile, const QString& source)
{
    auto lines = hotLinesOf(profile, source);
    if (lines.empty())
        return showMessage(tr("Nothing is known of the lines of what was profiled."));
    m_caption->setText(captionOf(profile));
    m_table->setColumnHidden(LinesModel::Reason, !profile.stalls.has_value());
    m_model->setLines(std::move(lines));
    m_stack->setCurrentIndex(1);
    setFocusProxy(m_table);
}

void LinesView::showMessage(const QString& message)
{
    m_model->setLines({});
    m_message->setText(message);
    m_stack->setCurrentIndex(0);
}

void LinesView::choose(const QModelIndex& index)
{
    if (index.isValid())
        emit lineChosen(m_model->lineAt(m_table->sorted().mapToSource(index).row()).line);
}

}  // namespace warploom
