// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "protocol/Records.h"

class QFrame;
class QLabel;

namespace warploom {

class CodeEditor;

/// One tab: an editor, what it shows, and a line above it that asks when its file has changed on the disk.
class EditorPage : public QWidget {
    Q_OBJECT

public:
    enum class Kind {
        Variant,  ///< read-only; follows the selection
        Draft,
        Diff,
    };

    EditorPage(Kind kind, CodeEditor* editor, QWidget* parent = nullptr);

    [[nodiscard]] Kind kind() const { return m_kind; }
    [[nodiscard]] CodeEditor* editor() const { return m_editor; }

    QString identity;  ///< tells texts apart: "variant:12", "draft:…"
    QString title;
    QString draft;  ///< id in the store; empty for what is no draft
    VariantId variant = 0;  ///< of a variant page; 0: a baseline that no run has stored yet

    /// Asks what to do about a file that changed on the disk.
    void askAboutFile(const QString& fileName);
    void stopAsking();
    [[nodiscard]] bool isAsking() const;

signals:
    void reloadWanted();
    void keepWanted();
    void differenceWanted();

private:
    void setUpQuestion();

    Kind m_kind;
    CodeEditor* m_editor;
    QFrame* m_question = nullptr;
    QLabel* m_questionText = nullptr;
};

}  // namespace warploom
