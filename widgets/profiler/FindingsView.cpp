// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/FindingsView.h"

#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "profiler/FindingText.h"
#include "profiler/FindingsList.h"
#include "profiler/FindingsModel.h"

namespace warploom {

namespace {

constexpr int kRelated = 8;
constexpr int kGroups = 16;

void setColor(QLabel& label, Token token)
{
    QPalette palette = label.palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(token));
    label.setPalette(palette);
}

}  // namespace

FindingsView::FindingsView(QWidget* parent)
    : QWidget(parent)
    , m_model(new FindingsModel(this))
    , m_stack(new QStackedWidget)
{
    setUpPages();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    connect(m_list, &FindingsList::lineChosen, this, &FindingsView::lineChosen);
    connect(m_list, &FindingsList::moveChosen, this, &FindingsView::moveChosen);
    connect(m_list, &FindingsList::moveAsked, this, &FindingsView::moveAsked);
    connect(m_list, &FindingsList::findingAsked, this, &FindingsView::findingAsked);
    connect(&Theme::instance(), &Theme::changed, this, &FindingsView::applyTheme);
    applyTheme();
    showNothing();
}

void FindingsView::setUpPages()
{
    m_message = new WrappedLabel;
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setContentsMargins(kGroups, kGroups, kGroups, kGroups);
    m_title = new WrappedLabel;
    m_headline = new WrappedLabel;
    m_headline->setAccessibleName(tr("Share of peak and occupancy"));
    m_caption = new WrappedLabel;
    m_list = new FindingsList(*m_model);
    m_page = new QWidget;
    auto* layout = new QVBoxLayout(m_page);
    layout->setContentsMargins(kRelated, kRelated, kRelated, kRelated);
    layout->setSpacing(4);
    for (QWidget* widget : QList<QWidget*>{m_title, m_headline, m_caption})
        layout->addWidget(widget);
    layout->addWidget(m_list, 1);
    m_stack->addWidget(m_message);
    m_stack->addWidget(m_page);
}

void FindingsView::applyTheme()
{
    const Theme& theme = Theme::instance();
    m_title->setFont(theme.titleFont());
    m_caption->setFont(theme.captionFont());
    setColor(*m_caption, tokenOf(m_origin));
    setColor(*m_message, Token::Muted);
}

void FindingsView::showNothing()
{
    showMessage(tr("Select a variant that was evaluated to see what limits it and what to do about it. Evolve with "
                   "Ctrl+R, or check the source with F5, to have one."));
}

void FindingsView::showMessage(const QString& message)
{
    m_model->setRows({}, m_origin);
    m_message->setText(message);
    m_stack->setCurrentWidget(m_message);
}

void FindingsView::showDiagnosis(const Subject& subject, const Diagnosis& diagnosis)
{
    m_origin = subject.origin;
    m_model->setRows(findingRows(diagnosis, subject.parent ? &*subject.parent : nullptr, subject.kernels),
                     subject.origin);
    m_title->setText(subject.title);
    m_title->setVisible(!subject.title.isEmpty());
    m_headline->setText(headlineOf(diagnosis));
    showCaption(subject);
    applyTheme();
    m_stack->setCurrentWidget(m_page);
    m_list->setCurrentIndex(m_model->index(0));
    m_list->scrollToTop();
}

void FindingsView::showCaption(const Subject& subject)
{
    const int problems = m_model->countOf(FindingRow::Kind::Problem);
    const bool knowsAll = m_model->countOf(FindingRow::Kind::Unknown) == 0;
    QString text = problems > 0
        ? tr("Findings to gain from: %1; gains are estimates, from the least to the most").arg(problems)
        : m_model->rowCount() == 0 || !knowsAll ? tr("No rule has found anything to gain from")
                                                : tr("Nothing is left to gain that a rule knows of");
    text += QStringLiteral(" · ") + originText(subject.origin);
    if (subject.parent)
        text += QStringLiteral(" · ")
            + (subject.parentTitle.isEmpty() ? tr("changes against the parent")
                                             : tr("changes against %1").arg(subject.parentTitle));
    m_caption->setText(text + QLatin1Char('.'));
}

}  // namespace warploom
