// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QWidget>

#include "protocol/Assembly.h"

class QLabel;
class QPushButton;
class QStackedWidget;

namespace warploom {

class AssemblyDiffModel;
class AssemblySwitch;
class FigureTable;

/// What the compiler has made of two variants, line beside line: registers that only have other names are equal.
class AssemblyDiffView : public QWidget {
    Q_OBJECT

public:
    explicit AssemblyDiffView(QWidget* parent = nullptr);

    /// \p title names both: "#12 → #41".
    void showReports(const QString& title, std::shared_ptr<const AssemblyReport> before,
                     std::shared_ptr<const AssemblyReport> after);
    /// Says what fills the view.
    void showNothing();
    /// Says why there is nothing to see: it is being read, or could not be.
    void showReason(const QString& message);
    void setShowsSass(bool showsSass);
    [[nodiscard]] FigureTable& table() const { return *m_table; }
    [[nodiscard]] AssemblyDiffModel& model() const { return *m_model; }

signals:
    /// The cursor went to an instruction that comes from \p line of the variant after.
    void sourceLineChosen(int line);

private:
    void setUpPage();
    void applyTheme();
    void refresh();
    void showMessage(const QString& message);
    void goToNextChange();

    std::shared_ptr<const AssemblyReport> m_before;
    std::shared_ptr<const AssemblyReport> m_after;
    AssemblyDiffModel* m_model = nullptr;
    QLabel* m_title = nullptr;
    AssemblySwitch* m_switch = nullptr;
    QLabel* m_summary = nullptr;
    QPushButton* m_next = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_message = nullptr;
    FigureTable* m_table = nullptr;
};

}  // namespace warploom
