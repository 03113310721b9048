// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include "shell/PromptRows.h"

class QPlainTextEdit;
class QTreeWidget;

namespace warploom {

class AssemblyFindBar;

/// What is sent to a model, or was: its parts with their tokens, and the whole text, to be searched and copied.
class PromptView : public QWidget {
    Q_OBJECT

public:
    explicit PromptView(QWidget* parent = nullptr);

    void showRequest(const std::vector<ExchangePart>& parts, const std::vector<ExchangeMessage>& messages);
    /// \p words say why there is no text.
    void showNothing(const QString& words);
    /// The messages as they stand here, without the headings in between.
    [[nodiscard]] QStringList shownMessages() const;
    void find();

private:
    /// Where a message stands in the document.
    struct Place {
        int heading = 0;
        int begin = 0;
        int end = 0;
    };

    void fillParts();
    void fillText();
    void goTo(int row);
    void findNext(bool forward);
    void markFound();
    void copyAll();
    void applyTheme();

    std::vector<ExchangePart> m_parts;
    std::vector<ExchangeMessage> m_messages;
    std::vector<PromptRow> m_rows;
    std::vector<Place> m_places;
    QTreeWidget* m_list = nullptr;
    QPlainTextEdit* m_text = nullptr;
    AssemblyFindBar* m_findBar = nullptr;
};

}  // namespace warploom
