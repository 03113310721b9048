// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ExchangeView.h"

#include <QDateTime>
#include <QLocale>
#include <QPlainTextEdit>
#include <QTabWidget>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "shell/ExchangeWords.h"
#include "shell/PromptView.h"

namespace warploom {

namespace {

const QString kVariantLink = QStringLiteral("variant:");
const QString kExchangeLink = QStringLiteral("exchange:");

QString shown(const std::string& text) { return QString::fromStdString(text).toHtmlEscaped(); }

QString linkTo(const QString& kind, qint64 id, const QString& words)
{
    return QStringLiteral("<a href=\"%1%2\">%3</a>").arg(kind).arg(id).arg(words);
}

QString variantLinks(const std::vector<VariantId>& variants)
{
    QStringList links;
    for (const VariantId variant : variants)
        links << linkTo(kVariantLink, variant, QStringLiteral("#%1").arg(variant));
    return links.join(QStringLiteral(", "));
}

QString coloured(const QString& html, Token token)
{
    return QStringLiteral("<span style=\"color:%1\">%2</span>").arg(Theme::instance().color(token).name(), html);
}

QString outcomeHtml(const ExchangeRecord& exchange)
{
    const Token token = tokenOf(outcomeOf(exchange));
    if (outcomeOf(exchange) != ExchangeOutcome::Made)
        return coloured(outcomeText(exchange).toHtmlEscaped(), token);
    QString html = coloured(ExchangeView::tr("made"), token) + QLatin1Char(' ') + variantLinks(exchange.variants);
    // A program may have proposed something else that could not be used.
    if (!exchange.fault.empty())
        html += QStringLiteral("; ") + ExchangeView::tr("of the rest: %1").arg(faultText(exchange.fault));
    return html;
}

/// What it mends and what mends it; empty where nothing does.
QString chainHtml(const ExchangeRecord& exchange, const Lineage& lineage)
{
    const auto chain = repairChain(exchange.id, lineage.exchanges(), lineage);
    if (chain.size() < 2)
        return {};
    QStringList links;
    for (const ExchangeId id : chain)
        links << (id == exchange.id ? QStringLiteral("<b>%1</b>").arg(id)
                                    : linkTo(kExchangeLink, id, QString::number(id)));
    return ExchangeView::tr("Repairs: exchange %1").arg(links.join(QStringLiteral(" → ")));
}

}  // namespace

ExchangeView::ExchangeView(QWidget* parent)
    : QWidget(parent)
    , m_head(new WrappedLabel)
    , m_tabs(new QTabWidget)
    , m_prompt(new PromptView)
    , m_answer(new QPlainTextEdit)
{
    m_head->setTextFormat(Qt::RichText);
    m_head->setTextInteractionFlags(Qt::TextBrowserInteraction);
    m_head->setObjectName(QStringLiteral("exchangeHead"));
    m_head->setAccessibleName(tr("The exchange"));
    m_answer->setReadOnly(true);
    m_answer->setAccessibleName(tr("Answer"));
    m_tabs->addTab(m_prompt, tr("&Request"));
    m_tabs->addTab(m_answer, tr("&Answer"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_head);
    layout->addWidget(m_tabs, 1);
    connect(m_head, &QLabel::linkActivated, this, &ExchangeView::follow);
    connect(&Theme::instance(), &Theme::changed, this, &ExchangeView::applyTheme);
    applyTheme();
}

void ExchangeView::showExchange(const ExchangeRecord& exchange, const Lineage& lineage)
{
    m_prompt->showRequest(exchange.parts, exchange.messages);
    m_answer->setPlainText(QString::fromStdString(exchange.answer));
    m_answer->setPlaceholderText(!exchange.finished           ? tr("No answer has come.")
                                     : exchange.error.empty() ? tr("The answer is empty.")
                                                              : QString::fromStdString(exchange.error));
    m_tabs->show();
    showOutcome(exchange, lineage);
}

void ExchangeView::showOutcome(const ExchangeRecord& exchange, const Lineage& lineage)
{
    const QDateTime begun = QDateTime::fromMSecsSinceEpoch(exchange.started);
    const QString how = exchange.purpose == "repair" ? tr("to mend what was made of") : tr("about");
    QStringList lines = {tr("<b>Exchange %1</b>: %2 was asked %3 %4 (%5), %6")
                             .arg(exchange.id)
                             .arg(shown(modelOf(exchange)), how,
                                  linkTo(kVariantLink, exchange.parent, QStringLiteral("#%1").arg(exchange.parent)),
                                  modeText(exchange.mode), QLocale().toString(begun, QLocale::ShortFormat)),
                         tr("Outcome: %1").arg(outcomeHtml(exchange)), exchangeFigures(exchange).toHtmlEscaped(),
                         chainHtml(exchange, lineage)};
    lines.removeAll(QString());
    m_head->setText(lines.join(QStringLiteral("<br>")));
}

void ExchangeView::showNothing(const QString& words)
{
    m_head->setText(words.toHtmlEscaped());
    m_tabs->hide();
}

QString ExchangeView::headText() const { return m_head->text(); }

void ExchangeView::follow(const QString& link)
{
    if (link.startsWith(kVariantLink))
        emit variantChosen(link.mid(kVariantLink.size()).toLongLong());
    else if (link.startsWith(kExchangeLink))
        emit exchangeChosen(link.mid(kExchangeLink.size()).toLongLong());
}

void ExchangeView::applyTheme() { m_answer->setFont(Theme::instance().codeFont()); }

}  // namespace warploom
