// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QToolButton;

namespace warploom {

/// The choice between PTX and SASS.
class AssemblySwitch : public QWidget {
    Q_OBJECT

public:
    explicit AssemblySwitch(QWidget* parent = nullptr);

    void setShowsSass(bool showsSass);
    [[nodiscard]] bool showsSass() const;

signals:
    void changed(bool showsSass);

private:
    QToolButton* addButton(const QString& text, const QString& toolTip);
    void applyTheme();

    QToolButton* m_ptx = nullptr;
    QToolButton* m_sass = nullptr;
};

}  // namespace warploom
