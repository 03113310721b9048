// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "profiler/KeptProfiles.h"

class QLabel;
class QPushButton;
class QStackedWidget;

namespace warploom {

class ComparisonModel;
class FigureTable;

/// Every figure of two profiles beside each other, what matters first, and which findings came and went.
class ComparisonView : public QWidget {
    Q_OBJECT

public:
    explicit ComparisonView(QWidget* parent = nullptr);

    /// Both profiled. Says why where they cannot be compared: other sizes, other devices.
    void showProfiles(const KeptProfile& own, const KeptProfile& other);
    /// \p action, if any, is what a button offers: it emits profileWanted().
    void showMessage(const QString& message, const QString& action = {});
    [[nodiscard]] FigureTable& table() const { return *m_table; }
    [[nodiscard]] ComparisonModel& model() const { return *m_model; }
    [[nodiscard]] QString captionText() const;
    [[nodiscard]] QString messageText() const;

signals:
    /// Of the one that is compared with.
    void profileWanted();

private:
    void setUpPages();
    void applyTheme();

    ComparisonModel* m_model = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_message = nullptr;
    QPushButton* m_action = nullptr;
    QLabel* m_caption = nullptr;
    FigureTable* m_table = nullptr;
};

/// Why two profiles say nothing about each other; empty where they do.
QString whyNotComparable(const VariantProfile& own, const VariantProfile& other);
/// "Gone: Stores are not coalesced. New: Bank conflicts."; empty where nothing came or went.
QString findingChangesText(const Diagnosis& before, const Diagnosis& now);

}  // namespace warploom
