// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "profiler/RooflineData.h"
#include "profiler/RooflinePainter.h"

namespace warploom {

/// The plot of a roofline. Mouse and arrow keys read points, a click or Enter chooses one.
class RooflineCanvas : public QWidget {
    Q_OBJECT

public:
    explicit RooflineCanvas(QWidget* parent = nullptr);

    void setData(RooflineData data);
    [[nodiscard]] const RooflineData& data() const { return m_data; }
    [[nodiscard]] int currentPoint() const { return m_current; }
    /// Reads a point out; -1: none.
    void setCurrentPoint(int point);
    /// "#41 tile+pad, selected: 12.3 operations a byte, 5.20 TFLOP/s, 83 % of what DRAM allows there"
    [[nodiscard]] QString readout(int point) const;
    [[nodiscard]] QPointF placeOf(int point) const;
    /// As RooflinePainter::texts(), of the last paint.
    [[nodiscard]] const QList<QRectF>& texts() const { return m_texts; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

signals:
    /// \p text is empty where no point is read.
    void pointRead(const QString& text);
    void variantChosen(qint64 variant);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] RooflinePlace place() const;
    [[nodiscard]] int pointAt(QPointF place) const;
    [[nodiscard]] QString textAt(QPointF at) const;
    void walk(int step);
    void choose(int point);

    RooflineData m_data;
    std::vector<int> m_order;  ///< points from left to right, for the keys
    int m_current = -1;
    QList<QRectF> m_texts;
};

}  // namespace warploom
