// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QFileSystemWatcher>
#include <QStackedWidget>
#include <QTabWidget>

#include "editor/EditorPage.h"
#include "editor/GutterHeat.h"
#include "protocol/CompileProduct.h"
#include "session/DraftStore.h"

namespace warploom {

class CodeEditor;
class FindBar;

/// The texts in the middle of the window: the selected variant, which is read-only, drafts beside it, and differences.
/// The first keystroke in a variant opens a draft of it. Drafts live in the store; closing a tab never loses one.
class EditorArea : public QWidget {
    Q_OBJECT

public:
    explicit EditorArea(DraftStore& drafts, QWidget* parent = nullptr);

    /// Shows the drafts of another workspace; those of files stay. Empty: none is open.
    void setWorkspace(const QString& workspace);
    /// What the first tab shows.
    void setVariantSource(const VariantRecord& variant, const QString& source);
    void clearVariant();
    /// Opens a draft of what the first tab shows, and gives it the keyboard.
    void openDraftOfVariant();
    /// Opens a .cu file to be edited in place: saveFile() writes it. InvalidInput for what is no text.
    Result<> openFile(const QString& path);
    /// Writes the current draft to the file it was read from.
    Result<> saveFile();
    void showDiff(const QString& beforeTitle, const QString& before, const QString& afterTitle, const QString& after);
    void find();
    /// To the next problem, or in a difference to the next change; false when there is none.
    bool goToNext();

    /// Of the tab in front; null where that is no draft.
    [[nodiscard]] const Draft* currentDraft() const;
    [[nodiscard]] QString currentSource() const;
    [[nodiscard]] QString currentIdentity() const;
    /// The variant that a tab of this identity shows; 0 for drafts and differences.
    static VariantId variantOf(const QString& identity);
    [[nodiscard]] QString currentTitle() const;
    [[nodiscard]] CodeEditor* currentEditor() const;
    /// Whether the tab in front holds a kernel that can be compiled.
    [[nodiscard]] bool hasKernel() const;
    /// Into the tab of that identity, if its text is still there.
    void setProblemsFor(const QString& identity, std::vector<Diagnostic> problems);

    /// As setProblemsFor, for how hot its lines are.
    void setHeatFor(const QString& identity, LinesHeat heat);
    /// The tab in front goes to \p line, from 1, and gets the keyboard.
    void goToLine(int line);
    /// As goToLine, but the keyboard stays where it is, and lineChosen() is not emitted.
    void showLine(int line);

    /// The current draft was given to a run.
    void markSubmitted();
    /// A person's variant has appeared with this text: its draft has done its work. False when it was none of these.
    bool closeSubmitted(const QString& source);
    /// The run refused it: the draft is one like others again.
    void releaseSubmitted();
    void closeCurrent();
    void bringBackDraft();

signals:
    /// The cursor of the tab in front went to \p line, from 1.
    void lineChosen(int line);
    /// Another tab is in front, or what can be done with it changed.
    void currentChanged();
    /// Something to tell the person; with \p offersUndo, bringBackDraft() takes it back.
    void noted(const QString& message, bool offersUndo);

private:
    static Result<QString> readKernelFile(const QString& path);

    void setUpTabs();
    void setUpEmptyState();
    EditorPage* makePage(EditorPage::Kind kind, CodeEditor* editor);
    EditorPage* openDraft(const Draft& draft);
    void openDraftAt(QKeyEvent* event, const QString& text);
    void connectDraft(EditorPage* page);
    void closePage(int index);
    void updateTitle(EditorPage* page);
    void fileChanged(const QString& path);
    void reloadFile(EditorPage* page);
    void updateEmptyState();
    [[nodiscard]] EditorPage* pageAt(int index) const;
    [[nodiscard]] EditorPage* current() const;
    [[nodiscard]] EditorPage* findPage(const QString& identity) const;
    [[nodiscard]] EditorPage* pageOfFile(const QString& path) const;

    DraftStore& m_drafts;
    QString m_workspace;
    QStackedWidget* m_stack = nullptr;
    QTabWidget* m_tabs = nullptr;
    FindBar* m_find = nullptr;
    EditorPage* m_variant = nullptr;
    QFileSystemWatcher m_watcher;
    bool m_isFollowing = false;  ///< the cursor moves because somebody else said so
};

}  // namespace warploom
