// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyDiffView.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>

#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "profiler/AssemblyDiffModel.h"
#include "profiler/AssemblySwitch.h"
#include "profiler/EvidenceSort.h"
#include "profiler/FigureTable.h"

namespace warploom {

namespace {

constexpr int kRelated = 8;
constexpr int kButtonHeight = 28;

void setMuted(QLabel& label)
{
    QPalette palette = label.palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(Token::Muted));
    label.setPalette(palette);
}

}  // namespace

AssemblyDiffView::AssemblyDiffView(QWidget* parent)
    : QWidget(parent)
    , m_model(new AssemblyDiffModel(this))
    , m_title(new WrappedLabel)
    , m_switch(new AssemblySwitch)
    , m_summary(new WrappedLabel)
    , m_next(new QPushButton(tr("Next change")))
    , m_stack(new QStackedWidget)
    , m_message(new WrappedLabel)
    , m_table(new FigureTable(*m_model, tr("Difference of the assembly")))
{
    setUpPage();
    connect(m_switch, &AssemblySwitch::changed, this, &AssemblyDiffView::refresh);
    connect(m_next, &QPushButton::clicked, this, &AssemblyDiffView::goToNextChange);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& row) {
        const int line = row.isValid() ? m_model->sourceOf(m_table->sorted().mapToSource(row).row()) : 0;
        if (line > 0)
            emit sourceLineChosen(line);
    });
    connect(&Theme::instance(), &Theme::changed, this, &AssemblyDiffView::applyTheme);
    applyTheme();
    showNothing();
}

void AssemblyDiffView::setUpPage()
{
    // Lines have their order.
    m_table->setSortingEnabled(false);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setSectionsClickable(false);
    m_next->setFixedHeight(kButtonHeight);
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_stack->addWidget(m_message);
    m_stack->addWidget(m_table);
    auto* bar = new QHBoxLayout;
    bar->setSpacing(kRelated);
    bar->addWidget(m_switch);
    bar->addWidget(m_summary, 1);
    bar->addWidget(m_next);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kRelated, kRelated, kRelated, kRelated);
    layout->setSpacing(4);
    layout->addWidget(m_title);
    layout->addLayout(bar);
    layout->addWidget(m_stack, 1);
}

void AssemblyDiffView::applyTheme()
{
    m_title->setFont(Theme::instance().titleFont());
    m_summary->setFont(Theme::instance().captionFont());
    setMuted(*m_summary);
    setMuted(*m_message);
}

void AssemblyDiffView::showReports(const QString& title, std::shared_ptr<const AssemblyReport> before,
                                   std::shared_ptr<const AssemblyReport> after)
{
    m_before = std::move(before);
    m_after = std::move(after);
    m_title->setText(title);
    refresh();
}

void AssemblyDiffView::showNothing()
{
    m_before.reset();
    m_after.reset();
    refresh();
}

void AssemblyDiffView::showReason(const QString& message)
{
    showNothing();
    m_message->setText(message);
}

void AssemblyDiffView::setShowsSass(bool showsSass) { m_switch->setShowsSass(showsSass); }

void AssemblyDiffView::showMessage(const QString& message)
{
    m_model->clear();
    m_message->setText(message);
    m_summary->clear();
    m_next->hide();
    m_stack->setCurrentWidget(m_message);
}

void AssemblyDiffView::refresh()
{
    const bool hasBoth = m_before != nullptr && m_after != nullptr;
    const bool isSass = m_switch->showsSass();
    m_title->setVisible(hasBoth && !m_title->text().isEmpty());
    m_switch->setVisible(hasBoth);
    if (!hasBoth)
        return showMessage(tr("Select a variant to compare its PTX and SASS with its parent's."));
    if (isSass && (!m_before->sass || !m_after->sass)) {
        const std::string& missing = m_before->sass ? m_after->sassMissing : m_before->sassMissing;
        return showMessage(missing.empty() ? tr("There is no SASS of both variants.")
                                           : QString::fromStdString(missing));
    }
    const auto listingOf = [isSass](const std::shared_ptr<const AssemblyReport>& report) {
        return std::shared_ptr<const Listing>(report, isSass ? &*report->sass : &report->ptx);
    };
    m_model->setListings(listingOf(m_before), listingOf(m_after), isSass);
    using Kind = AssemblyDiffLine::Kind;
    const int changes =
        m_model->countOf(Kind::Added) + m_model->countOf(Kind::Removed) + m_model->countOf(Kind::Rewired);
    if (changes == 0)
        return showMessage(tr("The instructions are the same, but for the names of registers."));
    QString summary =
        tr("added: %1 · removed: %2").arg(m_model->countOf(Kind::Added)).arg(m_model->countOf(Kind::Removed));
    if (!isSass)
        summary += tr(" · fed from another register: %1").arg(m_model->countOf(Kind::Rewired));
    m_summary->setText(summary);
    m_next->show();
    m_stack->setCurrentWidget(m_table);
}

void AssemblyDiffView::goToNextChange()
{
    const int row = m_model->nextChange(m_table->sorted().mapToSource(m_table->currentIndex()).row());
    if (row < 0)
        return;
    m_table->setCurrentIndex(m_table->sorted().mapFromSource(m_model->index(row, AssemblyDiffModel::Instruction)));
    m_table->scrollTo(m_table->currentIndex());
}

}  // namespace warploom
