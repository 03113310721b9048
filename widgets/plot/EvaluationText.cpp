// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/EvaluationText.h"

#include <QCoreApplication>
#include <QStringList>

#include "engine/Lineage.h"
#include "look/Figures.h"
#include "look/VerdictMark.h"
#include "session/Selection.h"

namespace warploom {

namespace {

QString words(const char* text) { return QCoreApplication::translate("EvaluationText", text); }

QString colored(const QString& text, Token token)
{
    return QStringLiteral("<span style='color:%1'>%2</span>")
        .arg(Theme::instance().color(token).name(), text.toHtmlEscaped());
}

QString figureLine(const EvaluationRecord& evaluation)
{
    QString line;
    if (evaluation.speedup)
        line = colored(speedupFigure(evaluation), Token::Text) + QLatin1Char(' ')
            + colored(speedupInterval(evaluation), evaluation.modelled ? Token::Modelled : Token::Muted);
    if (evaluation.time)
        line += QStringLiteral(" · ") + timeText(evaluation.time->estimate);
    if (evaluation.time && !evaluation.modelled)
        line += QStringLiteral(" · ") + (evaluation.cold ? words("cold") : words("hot"));
    return line;
}

}  // namespace

QString speedupText(const EvaluationRecord& evaluation)
{
    if (!evaluation.speedup)
        return {};
    const QString text = speedupFigure(evaluation) + QLatin1Char(' ') + speedupInterval(evaluation);
    return evaluation.cold ? text : text + QStringLiteral(", ") + words("hot");
}

QString variantText(const Lineage& lineage, VariantId variant)
{
    const VariantRecord* known = lineage.find(variant);
    const QString number = QStringLiteral("#%1").arg(variant);
    return known == nullptr ? number : number + QLatin1Char(' ') + QString::fromStdString(known->title);
}

QString evaluationToolTip(const Lineage& lineage, const EvaluationRecord& evaluation)
{
    const Mark mark = markOf(evaluation);
    QStringList lines;
    lines << colored(markSign(mark), tokenOf(mark))
            + QStringLiteral(" <b>%1</b>").arg(variantText(lineage, evaluation.variant).toHtmlEscaped());
    if (const QString figures = figureLine(evaluation); !figures.isEmpty())
        lines << figures;
    lines << colored(verdictText(evaluation.verdict), tokenOf(mark)) + QStringLiteral(" · ")
            + words("trust %1").arg(evaluation.trust);
    if (!evaluation.message.empty())
        lines << QString::fromStdString(evaluation.message).toHtmlEscaped();
    if (!evaluation.configuration.empty())
        lines << colored(configurationText(evaluation.configuration, QStringLiteral(" ")), Token::Muted);
    return QStringLiteral("<p>%1</p>").arg(lines.join(QStringLiteral("<br>")));
}

const EvaluationRecord* selectedEvaluation(const Lineage& lineage, const Selection& selection)
{
    if (const auto row = lineage.rowOfEvaluation(selection.evaluation()))
        return &lineage.evaluations()[*row];
    const auto row = lineage.rowOf(selection.variant());
    return row ? lineage.shownEvaluation(*row) : nullptr;
}

}  // namespace warploom
