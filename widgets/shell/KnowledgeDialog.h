// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include <QDialog>
#include <QStringList>

#include "agent/knowledge/KnowledgeBase.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace warploom {

class KnowledgePageView;

/// The pages of knowledge: found by words, read, followed from one to the next. Stays open beside the window.
class KnowledgeDialog : public QDialog {
    Q_OBJECT

public:
    explicit KnowledgeDialog(QWidget* parent = nullptr);

    /// Reads the pages again, those of the person's own folder too: they may have been written meanwhile.
    void reload();
    /// Every page is offered, and the words can be typed.
    void showAll();
    /// The pages about a move of an agent, the best of them open. Where none names it, what its words find, and where
    /// they find none, all.
    void showMove(const QString& move);
    /// The pages about what a rule of the diagnosis finds, the best of them open.
    void showFinding(const QString& rule);
    [[nodiscard]] QString pageId() const { return m_page; }

private:
    void setUpParts();
    void setUpConnections();
    void offer(const std::vector<const KnowledgePage*>& pages);
    /// The same with the first of them open, under a line that says what they are about.
    void offerAbout(const QString& subject, const std::vector<const KnowledgePage*>& pages);
    void offerNearest(const QString& move);
    void find();
    /// \p remembers: Back leads from it to what was open before.
    void openPage(const QString& id, bool remembers);
    void goBack();
    /// \p subject, and which pages could not be read.
    void showNotes(const QString& subject);
    void say(const QString& text);

    std::shared_ptr<const KnowledgeBase> m_base;
    QLineEdit* m_words = nullptr;
    QLabel* m_notes = nullptr;
    QListWidget* m_list = nullptr;
    KnowledgePageView* m_view = nullptr;
    QPushButton* m_back = nullptr;
    QString m_page;
    QStringList m_before;  ///< pages that Back leads to, the last one first
};

}  // namespace warploom
