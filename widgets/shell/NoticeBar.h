// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace warploom {

/// A line above the views that says what went wrong and what to do about it; never in the way, gone when dismissed.
class NoticeBar : public QFrame {
    Q_OBJECT

public:
    explicit NoticeBar(QWidget* parent = nullptr);

    void showError(const QString& message, const QString& remedy);
    void showNote(const QString& message);
    /// As showNote, with one button that answers.
    void showQuestion(const QString& message, const QString& button, std::function<void()> answer);
    void dismiss();
    [[nodiscard]] QString text() const;

private:
    void setText(const QString& sign, const QString& text, bool isError);
    void applyTheme();

    QLabel* m_text = nullptr;
    QPushButton* m_answer = nullptr;
    std::function<void()> m_onAnswer;
    bool m_isError = false;
};

}  // namespace warploom
