// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <QFileInfo>
#include <QTimer>

#include "base/Files.h"
#include "editor/CodeEditor.h"
#include "editor/EditorArea.h"

namespace warploom {

// Drafts that are being typed into, and those of files: opened, written back, asked about when the file changes.

namespace {

/// Editors that replace a file leave a moment without one.
constexpr int kLookAgainMs = 200;
const QString kDosEnd = QStringLiteral("\r\n");
const QString kUnixEnd = QStringLiteral("\n");

}  // namespace

Result<QString> EditorArea::readKernelFile(const QString& path)
{
    WARPLOOM_TRY(const std::string bytes, readTextFile(path.toStdString()));
    if (std::find(bytes.begin(), bytes.end(), '\0') != bytes.end())
        return fail({ErrorCode::InvalidInput, "not a text", {path.toStdString(), 0, 0}, "CUDA source", "NUL bytes"});
    return QString::fromStdString(bytes).replace(kDosEnd, kUnixEnd);
}

void EditorArea::connectDraft(EditorPage* page)
{
    connect(page->editor(), &CodeEditor::textChanged, this, [this, page] {
        if (page->editor()->isLoading())
            return;
        m_drafts.setText(page->draft, page->editor()->source());
        updateTitle(page);
    });
    connect(page, &EditorPage::reloadWanted, this, [this, page] { reloadFile(page); });
    connect(page, &EditorPage::keepWanted, this, [this, page] {
        page->stopAsking();
        if (const auto text = readKernelFile(m_drafts.find(page->draft)->file))
            m_drafts.setFileHash(page->draft, draftTextHash(*text));
        updateTitle(page);
    });
    connect(page, &EditorPage::differenceWanted, this, [this, page] {
        const Draft* draft = m_drafts.find(page->draft);
        if (const auto text = readKernelFile(draft->file))
            showDiff(tr("on the disk"), *text, page->title, draft->text);
    });
}

Result<> EditorArea::openFile(const QString& path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    EditorPage* page = pageOfFile(absolute);
    if (page == nullptr) {
        WARPLOOM_TRY(const QString text, readKernelFile(absolute));
        Draft draft;
        draft.file = absolute;
        draft.title = QFileInfo(absolute).fileName();
        draft.text = text;
        draft.fileHash = draftTextHash(text);
        page = openDraft(*m_drafts.find(m_drafts.add(draft)));
    }
    m_tabs->setCurrentWidget(page);
    page->editor()->setFocus();
    updateEmptyState();
    return {};
}

Result<> EditorArea::saveFile()
{
    const Draft* draft = currentDraft();
    if (draft == nullptr || draft->file.isEmpty())
        return fail(ErrorCode::InvalidArgument, "this text belongs to no file");
    const auto before = readTextFile(draft->file.toStdString());
    QString text = draft->text;
    if (before && before->find("\r\n") != std::string::npos)
        text.replace(kUnixEnd, kDosEnd);
    WARPLOOM_CHECK(writeFileAtomically(draft->file.toStdString(), text.toStdString()));
    m_drafts.setFileHash(draft->id, draftTextHash(draft->text));
    current()->stopAsking();
    updateTitle(current());
    // The rename put another file in the place of the one that was watched.
    m_watcher.addPath(draft->file);
    return {};
}

EditorPage* EditorArea::pageOfFile(const QString& path) const
{
    for (int i = 0; i < m_tabs->count(); ++i) {
        const Draft* draft = m_drafts.find(pageAt(i)->draft);
        if (draft != nullptr && draft->file == path)
            return pageAt(i);
    }
    return nullptr;
}

void EditorArea::fileChanged(const QString& path)
{
    EditorPage* page = pageOfFile(path);
    if (page == nullptr)
        return;
    if (!QFileInfo::exists(path)) {
        QTimer::singleShot(kLookAgainMs, page, [this, path] {
            if (QFileInfo::exists(path))
                fileChanged(path);
        });
        return;
    }
    m_watcher.addPath(path);
    const auto text = readKernelFile(path);
    const Draft* draft = m_drafts.find(page->draft);
    if (!text || draftTextHash(*text) == draft->fileHash)
        return;
    if (*text == draft->text) {
        m_drafts.setFileHash(draft->id, draftTextHash(*text));
        updateTitle(page);
    } else {
        page->askAboutFile(QFileInfo(path).fileName());
    }
}

void EditorArea::reloadFile(EditorPage* page)
{
    const Draft* draft = m_drafts.find(page->draft);
    const auto text = readKernelFile(draft->file);
    if (!text) {
        emit noted(QString::fromStdString(text.error().toString()), false);
        return;
    }
    page->stopAsking();
    m_drafts.setFileHash(page->draft, draftTextHash(*text));
    // One step of undo: what was typed can be had back.
    CodeEditor* editor = page->editor();
    editor->beginUndoAction();
    editor->selectAll();
    editor->replaceSelectedText(*text);
    editor->endUndoAction();
}

}  // namespace warploom
