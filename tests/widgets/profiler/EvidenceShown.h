// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "EvidenceSamples.h"
#include "WidgetTestSupport.h"
#include "profiler/ErrorHistogram.h"
#include "profiler/EvidenceCasesModel.h"
#include "profiler/EvidenceView.h"
#include "profiler/FigureTable.h"
#include "profiler/TrustLadder.h"
#include "task/TaskLoader.h"

namespace warploom::test {

/// The evidence view in a window of its own, and what stands in it.
struct Shown {
    EvidenceView view;
    Task task;

    explicit Shown(std::optional<EvaluationRecord> evaluation = {}, QSize size = {576, 760})
        : task(loadTask(sourceFolder() / "kernels" / "softmax").value())
    {
        view.resize(size);
        view.show();
        if (evaluation)
            view.showEvidence(QStringLiteral("#7 unroll  BLOCK=256"), *evaluation, &task);
        QCoreApplication::processEvents();
    }

    [[nodiscard]] TrustLadder& ladder() const { return *view.findChild<TrustLadder*>(); }
    [[nodiscard]] ErrorHistogram& histogram() const { return *view.findChild<ErrorHistogram*>(); }
    [[nodiscard]] FigureTable& cases() const { return *view.findChild<FigureTable*>(QStringLiteral("evidence-cases")); }
    [[nodiscard]] FigureTable& facts() const { return *view.findChild<FigureTable*>(QStringLiteral("evidence-facts")); }
    [[nodiscard]] QString cell(int row, int column) const
    {
        return cases().model()->index(row, column).data().toString();
    }
    [[nodiscard]] QString everyLabel() const
    {
        QStringList texts;
        for (const QLabel* label : view.findChildren<QLabel*>())
            texts << label->text();
        return texts.join(QLatin1Char('\n'));
    }
    [[nodiscard]] QString caseToolTip(int row, int column) const
    {
        return cases().model()->index(row, column).data(Qt::ToolTipRole).toString();
    }
    [[nodiscard]] QString factsText() const
    {
        facts().selectAll();
        return facts().selectedText();
    }
    [[nodiscard]] int currentCase() const { return cases().currentIndex().row(); }
};

/// How many pixels of \p image have exactly this colour.
inline int pixelsOf(const QImage& image, const QColor& color)
{
    int found = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            found += image.pixelColor(x, y) == color ? 1 : 0;
    return found;
}

}  // namespace warploom::test
