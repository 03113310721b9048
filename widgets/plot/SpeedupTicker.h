// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <qcustomplot.h>

namespace warploom {

/// Round speedups between \p low and \p high (both > 0), at most \p most of them: 1, 2, 5 and so on, finer where the
/// range is narrow.
std::vector<double> roundSpeedups(double low, double high, int most);
/// "1×", "1.5×", "20×"
QString speedupLabel(double speedup);

/// Ticks of a log axis of speedups, no closer than a line of text.
class SpeedupTicker : public QCPAxisTicker {
public:
    void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override;
};

}  // namespace warploom
