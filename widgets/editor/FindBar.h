// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QWidget>

#include "editor/CodeEditor.h"

class QLabel;
class QLineEdit;

namespace warploom {

/// A line under the editor to find text in it: Enter goes on, Shift+Enter back, Escape closes.
class FindBar : public QWidget {
    Q_OBJECT

public:
    explicit FindBar(QWidget* parent = nullptr);

    /// Opens for \p editor, with what is selected there.
    void popUp(CodeEditor* editor);
    void findNext(bool forward);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QLineEdit* m_edit = nullptr;
    QLabel* m_answer = nullptr;
    QPointer<CodeEditor> m_editor;  ///< its tab may be closed meanwhile
};

}  // namespace warploom
