// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "profiler/ComparisonTarget.h"

class QComboBox;
class QPushButton;

namespace warploom {

class WrappedLabel;

/// Chooses which variant the shown one is compared with, and says which that is.
class ComparisonBar : public QWidget {
    Q_OBJECT

public:
    explicit ComparisonBar(QWidget* parent = nullptr);

    [[nodiscard]] const ComparisonTarget& target() const { return m_target; }
    void setTarget(const ComparisonTarget& target);
    /// \p other is the title of what the target is now; empty: \p reason says why there is none.
    void showOther(const QString& other, const QString& reason);
    [[nodiscard]] QString otherText() const;

signals:
    /// By the person; setTarget() does not emit it.
    void targetChosen(const ComparisonTarget& target);
    /// Somebody wants to see both sources beside each other.
    void sourcesWanted();

private:
    void setUpChoice();
    void applyTheme();
    void fillChoice();

    ComparisonTarget m_target;
    QComboBox* m_choice = nullptr;
    WrappedLabel* m_other = nullptr;
    QPushButton* m_sources = nullptr;
    bool m_hasOther = false;
};

}  // namespace warploom
