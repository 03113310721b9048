// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "profiler/EvidenceRows.h"

namespace warploom {

/// How many elements of one output have which error, by decades of the tolerance: the candidate's filled, the
/// baseline's outlined beside it. Counts stand on a log axis. Arrow keys and mouse read one decade.
class ErrorHistogram : public QWidget {
    Q_OBJECT

public:
    explicit ErrorHistogram(QWidget* parent = nullptr);

    void setCase(const CaseRow& row);
    void clear();
    [[nodiscard]] int bin() const { return m_bin; }
    /// Reads \p bin out; -1: none.
    void setBin(int bin);
    /// "10⁻³ to 10⁻²: candidate 1,204 of 64,000 (1.88 %), baseline 1,200"
    [[nodiscard]] QString readout(int bin) const;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// \p text is empty where no decade is read.
    void binRead(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] QRectF plotArea() const;
    [[nodiscard]] int binAt(double x) const;
    [[nodiscard]] double topExponent() const;
    void paintAxes(QPainter& painter, const QRectF& area) const;
    void paintBars(QPainter& painter, const QRectF& area) const;
    void paintLimit(QPainter& painter, const QRectF& area) const;
    void describe();

    CaseRow m_row;
    bool m_hasCase = false;
    bool m_hasCandidate = false;
    bool m_hasBaseline = false;
    int m_bin = -1;
};

}  // namespace warploom
