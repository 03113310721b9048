// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ExchangeWords.h"

#include <array>
#include <utility>

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include "look/Figures.h"

namespace warploom {

namespace {

/// Whose texts these are, for translators.
struct ExchangeWords {
    Q_DECLARE_TR_FUNCTIONS(ExchangeWords)
};

QString shown(const std::string& text) { return QString::fromStdString(text); }

QString sizeText(std::int64_t bytes)
{
    return bytes < 1000 ? ExchangeWords::tr("%1 bytes").arg(bytes)
                        : ExchangeWords::tr("%1 kB").arg(threeDigits(double(bytes) / 1000));
}

QString budgetText(const AgentRequest& request)
{
    QStringList left;
    if (request.microDollarsLeft)
        left << costText(request.microDollarsLeft);
    if (request.tokensLeft)
        left << ExchangeWords::tr("%1 tokens").arg(countText(*request.tokensLeft));
    if (left.isEmpty())
        return ExchangeWords::tr("no budget is set");
    const QString text = ExchangeWords::tr("left of the budget: %1").arg(left.join(ExchangeWords::tr(" and ")));
    return request.exceedsBudget() ? text + ExchangeWords::tr(", which is too little for the longest answer") : text;
}

}  // namespace

QString countText(std::int64_t count) { return QLocale(QLocale::English).toString(static_cast<qlonglong>(count)); }

QString costText(std::optional<std::int64_t> microDollars)
{
    constexpr double kDollar = 1e6;
    if (!microDollars)
        return ExchangeWords::tr("unknown");
    const double dollars = static_cast<double>(*microDollars) / kDollar;
    const int digits = dollars >= 1 || dollars == 0 ? 2 : dollars >= 0.01 ? 4 : 6;
    return QLatin1Char('$') + QLocale(QLocale::English).toString(dollars, 'f', digits);
}

QString modeText(const std::string& mode)
{
    if (mode == "compare-siblings")
        return ExchangeWords::tr("compare siblings");
    if (mode == "combine")
        return ExchangeWords::tr("combine");
    return mode == "fresh-start" ? ExchangeWords::tr("fresh start") : ExchangeWords::tr("refine");
}

QString faultText(const std::string& fault)
{
    static constexpr std::array<std::pair<const char*, const char*>, 8> kFaults{{
        {"empty", QT_TRANSLATE_NOOP("ExchangeWords", "the answer is empty")},
        {"truncated", QT_TRANSLATE_NOOP("ExchangeWords", "the answer was cut off before its end")},
        {"refused", QT_TRANSLATE_NOOP("ExchangeWords", "the model declined to answer")},
        {"off-format", QT_TRANSLATE_NOOP("ExchangeWords", "there is no change in the answer that could be read")},
        {"edit-not-found", QT_TRANSLATE_NOOP("ExchangeWords", "what it wants to replace is not in the source")},
        {"edit-ambiguous",
         QT_TRANSLATE_NOOP("ExchangeWords", "what it wants to replace stands in the source more than once")},
        {"unchanged", QT_TRANSLATE_NOOP("ExchangeWords", "the answer changes nothing")},
        {"too-large", QT_TRANSLATE_NOOP("ExchangeWords", "the answer is too long")},
    }};
    for (const auto& [name, text] : kFaults)
        if (fault == name)
            return ExchangeWords::tr(text);
    return shown(fault);
}

QString outcomeName(ExchangeOutcome outcome)
{
    switch (outcome) {
    case ExchangeOutcome::Open:
        return ExchangeWords::tr("no answer yet");
    case ExchangeOutcome::Failed:
        return ExchangeWords::tr("failed");
    case ExchangeOutcome::Faulty:
        return ExchangeWords::tr("could not be used");
    case ExchangeOutcome::Nothing:
        return ExchangeWords::tr("nothing new");
    case ExchangeOutcome::Made:
        return ExchangeWords::tr("made a variant");
    }
    return {};
}

Token tokenOf(ExchangeOutcome outcome)
{
    switch (outcome) {
    case ExchangeOutcome::Open:
        return Token::Provisional;
    case ExchangeOutcome::Failed:
        return Token::Wrong;
    case ExchangeOutcome::Faulty:
        return Token::Error;
    case ExchangeOutcome::Nothing:
        return Token::Muted;
    case ExchangeOutcome::Made:
        return Token::Ok;
    }
    return Token::Text;
}

QString outcomeText(const ExchangeRecord& exchange)
{
    const ExchangeOutcome outcome = outcomeOf(exchange);
    if (outcome == ExchangeOutcome::Failed)
        return ExchangeWords::tr("failed: %1").arg(shown(exchange.error));
    if (outcome == ExchangeOutcome::Faulty) {
        const QString fault = faultText(exchange.fault);
        return exchange.explanation.empty() ? fault : fault + QStringLiteral(": ") + shown(exchange.explanation);
    }
    if (outcome == ExchangeOutcome::Nothing)
        return ExchangeWords::tr("nothing new: its text is in the lineage already, or its move is banned");
    if (outcome != ExchangeOutcome::Made)
        return outcomeName(outcome);
    QStringList made;
    for (const VariantId variant : exchange.variants)
        made << QStringLiteral("#%1").arg(variant);
    return ExchangeWords::tr("made %1").arg(made.join(QStringLiteral(", ")));
}

QString requestText(const AgentRequest& request)
{
    const QString tokens = ExchangeWords::tr("≈ %1 tokens are sent, %2 at most come back")
                               .arg(countText(request.promptTokens), countText(request.mostAnswerTokens));
    const QString cost = !request.mostMicroDollars
        ? ExchangeWords::tr("cost unknown: nobody has said this model's price")
        : ExchangeWords::tr("cost ≈ %1, at most %2 with the longest answer")
              .arg(costText(request.promptMicroDollars), costText(request.mostMicroDollars));
    return QStringList{tokens, cost, budgetText(request)}.join(QStringLiteral(" · "));
}

QString exchangeFigures(const ExchangeRecord& exchange)
{
    const QString about = exchange.estimated ? QStringLiteral("≈ ") : QString();
    if (!exchange.finished)
        return ExchangeWords::tr("≈ %1 tokens sent").arg(countText(exchange.promptTokens));
    QString sent = countText(exchange.promptTokens);
    if (exchange.cachedPromptTokens > 0)
        sent += ExchangeWords::tr(" (%1 cached)").arg(countText(exchange.cachedPromptTokens));
    return QStringList{
        about + ExchangeWords::tr("%1 tokens sent, %2 came back").arg(sent, countText(exchange.answerTokens)),
        ExchangeWords::tr("cost %1").arg((exchange.costMicroDollars ? about : QString())
                                         + costText(exchange.costMicroDollars)),
        ExchangeWords::tr("%1 s").arg(threeDigits(exchange.seconds))}
        .join(QStringLiteral(" · "));
}

QString questionText(const OpenQuestion& question)
{
    const QString who = shown(question.model.empty() ? question.agent : question.model);
    if (question.approval != 0)
        return ExchangeWords::tr("A prompt for %1 about #%2 waits to be sent").arg(who).arg(question.parent);
    const QString what = question.purpose == "repair" ? ExchangeWords::tr("%1 mends what it made of #%2: %3")
                                                      : ExchangeWords::tr("%1 is asked about #%2: %3");
    const QString text = what.arg(who).arg(question.parent).arg(durationText(question.elapsed));
    return question.answerBytes == 0 ? text
                                     : ExchangeWords::tr("%1, %2 so far").arg(text, sizeText(question.answerBytes));
}

}  // namespace warploom
