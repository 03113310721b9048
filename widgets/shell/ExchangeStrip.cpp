// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ExchangeStrip.h"

#include <algorithm>

#include <QVBoxLayout>

#include "look/WrappedLabel.h"
#include "shell/ExchangeWords.h"

namespace warploom {

namespace {

/// More stand in the list of exchanges.
constexpr std::size_t kMostLines = 4;

const QString kExchangeLink = QStringLiteral("exchange:");
const QString kWaitingLink = QStringLiteral("waiting:");

QString lineOf(const OpenQuestion& question)
{
    const QString words = questionText(question).toHtmlEscaped();
    if (question.approval != 0)
        return ExchangeStrip::tr("%1: <a href=\"%2%3\">show</a>").arg(words, kWaitingLink).arg(question.approval);
    return QStringLiteral("%1 <a href=\"%2%3\">%4</a>")
        .arg(words, kExchangeLink)
        .arg(question.exchange)
        .arg(ExchangeStrip::tr("show"));
}

}  // namespace

ExchangeStrip::ExchangeStrip(QWidget* parent)
    : QWidget(parent)
    , m_lines(new WrappedLabel)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_lines);
    m_lines->setTextFormat(Qt::RichText);
    m_lines->setTextInteractionFlags(Qt::TextBrowserInteraction);
    m_lines->setAccessibleName(tr("Questions to models that go on"));
    connect(m_lines, &QLabel::linkActivated, this, [this](const QString& link) {
        if (link.startsWith(kWaitingLink))
            emit waitingChosen(link.mid(kWaitingLink.size()).toLongLong());
        else
            emit exchangeChosen(link.mid(kExchangeLink.size()).toLongLong());
    });
    hide();
}

void ExchangeStrip::showQuestions(const std::vector<OpenQuestion>& questions)
{
    // What waits for a person comes first.
    std::vector<OpenQuestion> ordered = questions;
    std::ranges::stable_sort(ordered, std::greater<>(), [](const OpenQuestion& one) { return one.approval != 0; });
    QStringList lines;
    for (const OpenQuestion& question : ordered) {
        if (static_cast<std::size_t>(lines.size()) == kMostLines && ordered.size() > kMostLines) {
            lines << tr("and %1 more").arg(ordered.size() - kMostLines);
            break;
        }
        lines << lineOf(question);
    }
    const QString text = lines.join(QStringLiteral("<br>"));
    if (text != m_lines->text())
        m_lines->setText(text);
    setVisible(!lines.isEmpty());
}

QString ExchangeStrip::text() const { return m_lines->text(); }

}  // namespace warploom
