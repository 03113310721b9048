// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "engine/VariantProfile.h"

class QLabel;
class QStackedWidget;

namespace warploom {

class FigureTable;
class LinesModel;

/// The hottest lines of what was profiled: where warps wait, and what each line makes them do.
class LinesView : public QWidget {
    Q_OBJECT

public:
    explicit LinesView(QWidget* parent = nullptr);

    /// \p source is what was profiled.
    void showLines(const VariantProfile& profile, const QString& source);
    /// Why there is nothing to see.
    void showMessage(const QString& message);
    [[nodiscard]] FigureTable& table() const { return *m_table; }

signals:
    void lineChosen(int line);

private:
    void choose(const QModelIndex& index);

    LinesModel* m_model = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_message = nullptr;
    QLabel* m_caption = nullptr;
    FigureTable* m_table = nullptr;
};

}  // namespace warploom
