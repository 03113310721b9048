// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "profiler/RooflineData.h"

class QLabel;
class QStackedWidget;

namespace warploom {

class RooflineCanvas;

/// Variants under the roofs of their device: how far each is from what memory and arithmetic allow.
class RooflineView : public QWidget {
    Q_OBJECT

public:
    explicit RooflineView(QWidget* parent = nullptr);

    /// Without roofs or without any point that can be drawn, the view says what would fill it.
    void showRoofline(RooflineData data);
    /// Says what fills the view.
    void showNothing();
    [[nodiscard]] RooflineCanvas& canvas() const { return *m_canvas; }

signals:
    void variantChosen(qint64 variant);

private:
    void applyTheme();
    void showReadout(const QString& text);

    QStackedWidget* m_stack = nullptr;
    QLabel* m_message = nullptr;
    QWidget* m_page = nullptr;
    RooflineCanvas* m_canvas = nullptr;
    QLabel* m_readout = nullptr;
};

}  // namespace warploom
