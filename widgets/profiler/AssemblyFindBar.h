// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;

namespace warploom {

/// A line under a listing to find text in it: Enter and F3 go on, with Shift back, Escape closes.
class AssemblyFindBar : public QWidget {
    Q_OBJECT

public:
    explicit AssemblyFindBar(QWidget* parent = nullptr);

    void popUp();
    [[nodiscard]] QString text() const;
    /// Says whether it was found.
    void setFound(bool isFound);

signals:
    void textChanged(const QString& text);
    void nextWanted(bool forward);
    void closed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    bool handleKey(QKeyEvent& event);

    QLineEdit* m_edit = nullptr;
    QLabel* m_answer = nullptr;
};

}  // namespace warploom
