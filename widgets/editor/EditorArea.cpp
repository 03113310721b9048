// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor/EditorArea.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QTabBar>
#include <QVBoxLayout>

#include "editor/CodeEditor.h"
#include "editor/DiffView.h"
#include "editor/FindBar.h"

namespace warploom {

namespace {

QString identityOfVariant(VariantId variant) { return QStringLiteral("variant:%1").arg(variant); }

QString identityOfDraft(const QString& draft) { return QStringLiteral("draft:") + draft; }

}  // namespace

EditorArea::EditorArea(DraftStore& drafts, QWidget* parent)
    : QWidget(parent)
    , m_drafts(drafts)
    , m_stack(new QStackedWidget)
    , m_tabs(new QTabWidget)
    , m_find(new FindBar)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_stack, 1);
    layout->addWidget(m_find);
    setUpEmptyState();
    setUpTabs();
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, &EditorArea::fileChanged);
    connect(&m_drafts, &DraftStore::writeFailed, this, [this](const QString& why) {
        emit noted(tr("A draft could not be stored: %1. Its text is still here; copy it before you close the window.")
                       .arg(why),
                   false);
    });
    for (const Draft& draft : m_drafts.draftsOf({}))
        openDraft(draft);
    updateEmptyState();
}

void EditorArea::setUpEmptyState()
{
    auto* hint =
        new QLabel(tr("No kernel is open. Choose a task in the library, or open your own kernel with Ctrl+N."));
    hint->setAlignment(Qt::AlignCenter);
    hint->setWordWrap(true);
    hint->setMargin(32);
    hint->setAutoFillBackground(true);
    hint->setForegroundRole(QPalette::PlaceholderText);
    hint->setBackgroundRole(QPalette::Base);
    m_stack->addWidget(hint);
}

void EditorArea::setUpTabs()
{
    m_tabs->setDocumentMode(true);
    m_tabs->setTabsClosable(true);
    m_tabs->setElideMode(Qt::ElideNone);
    m_tabs->setUsesScrollButtons(true);
    m_tabs->setAccessibleName(tr("Open kernels"));
    m_stack->addWidget(m_tabs);
    m_variant = makePage(EditorPage::Kind::Variant, new CodeEditor);
    m_variant->editor()->setReadOnly(true);
    connect(m_variant->editor(), &CodeEditor::editWanted, this, [this](QKeyEvent* event) { openDraftAt(event, {}); });
    connect(m_variant->editor(), &CodeEditor::textWanted, this,
            [this](const QString& text) { openDraftAt(nullptr, text); });
    connect(m_tabs, &QTabWidget::tabCloseRequested, this, &EditorArea::closePage);
    connect(m_tabs, &QTabWidget::currentChanged, this, [this] {
        m_find->hide();
        emit currentChanged();
    });
}

EditorPage* EditorArea::makePage(EditorPage::Kind kind, CodeEditor* editor)
{
    auto* page = new EditorPage(kind, editor, this);
    if (editor != nullptr)
        connect(editor, &QsciScintilla::cursorPositionChanged, this, [this, editor](int line, int /*column*/) {
            if (!m_isFollowing && editor == currentEditor() && editor->hasFocus())
                emit lineChosen(line + 1);
        });
    if (kind == EditorPage::Kind::Variant)
        page->hide();
    else
        m_tabs->addTab(page, QString());
    return page;
}

EditorPage* EditorArea::pageAt(int index) const { return qobject_cast<EditorPage*>(m_tabs->widget(index)); }

EditorPage* EditorArea::current() const { return qobject_cast<EditorPage*>(m_tabs->currentWidget()); }

EditorPage* EditorArea::findPage(const QString& identity) const
{
    for (int i = 0; i < m_tabs->count(); ++i)
        if (pageAt(i)->identity == identity)
            return pageAt(i);
    return nullptr;
}

void EditorArea::updateEmptyState()
{
    m_stack->setCurrentIndex(m_tabs->count() == 0 ? 0 : 1);
    emit currentChanged();
}

void EditorArea::setWorkspace(const QString& workspace)
{
    for (int i = m_tabs->count() - 1; i >= 0; --i) {
        EditorPage* page = pageAt(i);
        const Draft* draft = page->draft.isEmpty() ? nullptr : m_drafts.find(page->draft);
        if (page == m_variant || (draft != nullptr && draft->workspace.isEmpty()))
            continue;
        m_tabs->removeTab(i);
        page->deleteLater();
    }
    m_workspace = workspace;
    if (!workspace.isEmpty())
        for (const Draft& draft : m_drafts.draftsOf(workspace))
            openDraft(draft);
    updateEmptyState();
}

void EditorArea::setVariantSource(const VariantRecord& variant, const QString& source)
{
    m_variant->variant = variant.id;
    m_variant->identity = identityOfVariant(variant.id);
    m_variant->title = variant.id == 0
        ? QString::fromStdString(variant.title)
        : QStringLiteral("#%1 %2").arg(variant.id).arg(QString::fromStdString(variant.title));
    if (m_variant->editor()->source() != source)
        m_variant->editor()->setSource(source);
    if (m_tabs->indexOf(m_variant) < 0) {
        m_tabs->insertTab(0, m_variant, QString());
        // What the selection decides is not closed.
        for (const auto side : {QTabBar::LeftSide, QTabBar::RightSide})
            m_tabs->tabBar()->setTabButton(0, side, nullptr);
    }
    updateTitle(m_variant);
    m_tabs->setCurrentWidget(m_variant);
    updateEmptyState();
}

void EditorArea::clearVariant()
{
    if (const int index = m_tabs->indexOf(m_variant); index >= 0)
        m_tabs->removeTab(index);
    m_variant->editor()->setSource({});
    updateEmptyState();
}

void EditorArea::updateTitle(EditorPage* page)
{
    const int index = m_tabs->indexOf(page);
    QString text = page->title;
    if (const Draft* draft = page->draft.isEmpty() ? nullptr : m_drafts.find(page->draft)) {
        const bool isUnsaved = !draft->file.isEmpty() && draftTextHash(draft->text) != draft->fileHash;
        text = draft->isSubmitted ? tr("%1, submitted").arg(text) : isUnsaved ? text + QStringLiteral(" *") : text;
        m_tabs->setTabToolTip(index,
                              draft->file.isEmpty() ? tr("Not a variant yet: Ctrl+Return submits it") : draft->file);
    } else {
        m_tabs->setTabToolTip(index,
                              page->kind() == EditorPage::Kind::Variant
                                  ? tr("Variants are read-only: typing opens a draft")
                                  : page->title);
    }
    m_tabs->setTabText(index, text.replace(QLatin1Char('&'), QStringLiteral("&&")));
}

void EditorArea::openDraftOfVariant()
{
    if (m_tabs->indexOf(m_variant) < 0)
        return;
    Draft draft;
    draft.workspace = m_workspace;
    draft.parent = m_variant->variant;
    draft.title = m_variant->variant == 0 ? tr("draft of the baseline") : tr("draft of #%1").arg(m_variant->variant);
    draft.text = m_variant->editor()->source();
    EditorPage* page = openDraft(*m_drafts.find(m_drafts.add(draft)));
    int line = 0;
    int column = 0;
    m_variant->editor()->getCursorPosition(&line, &column);
    page->editor()->setCursorPosition(line, column);
    if (m_variant->editor()->hasSelectedText()) {
        int toLine = 0;
        int toColumn = 0;
        m_variant->editor()->getSelection(&line, &column, &toLine, &toColumn);
        page->editor()->setSelection(line, column, toLine, toColumn);
    }
    page->editor()->setFirstVisibleLine(m_variant->editor()->firstVisibleLine());
    m_tabs->setCurrentWidget(page);
    page->editor()->setFocus();
    updateEmptyState();
}

void EditorArea::openDraftAt(QKeyEvent* event, const QString& text)
{
    openDraftOfVariant();
    EditorPage* page = current();
    if (event != nullptr) {
        QKeyEvent again(event->type(), event->key(), event->modifiers(), event->text(), event->isAutoRepeat());
        QApplication::sendEvent(page->editor(), &again);
    } else {
        page->editor()->insert(text);
    }
}

EditorPage* EditorArea::openDraft(const Draft& draft)
{
    EditorPage* page = makePage(EditorPage::Kind::Draft, new CodeEditor);
    page->draft = draft.id;
    page->identity = identityOfDraft(draft.id);
    page->title = draft.title;
    page->editor()->setSource(draft.text);
    connectDraft(page);
    updateTitle(page);
    if (!draft.file.isEmpty()) {
        m_watcher.addPath(draft.file);
        // It may have changed while no window looked.
        fileChanged(draft.file);
    }
    return page;
}

void EditorArea::showDiff(const QString& beforeTitle, const QString& before, const QString& afterTitle,
                          const QString& after)
{
    const QString identity = QStringLiteral("diff:") + beforeTitle + QLatin1Char(':') + afterTitle;
    EditorPage* page = findPage(identity);
    if (page == nullptr)
        page = makePage(EditorPage::Kind::Diff, new DiffView);
    auto* view = static_cast<DiffView*>(page->editor());
    view->setTexts(before, after);
    page->identity = identity;
    page->title = tr("%1 → %2  +%3 −%4")
                      .arg(beforeTitle.section(QLatin1Char(' '), 0, 0), afterTitle.section(QLatin1Char(' '), 0, 0))
                      .arg(view->addedLines())
                      .arg(view->removedLines());
    updateTitle(page);
    m_tabs->setCurrentWidget(page);
    view->goToNextChange();
    updateEmptyState();
}

void EditorArea::find()
{
    if (CodeEditor* editor = currentEditor())
        m_find->popUp(editor);
}

bool EditorArea::goToNext()
{
    EditorPage* page = current();
    if (page == nullptr)
        return false;
    if (page->kind() == EditorPage::Kind::Diff)
        return static_cast<DiffView*>(page->editor())->goToNextChange();
    return page->editor()->goToNextProblem();
}

const Draft* EditorArea::currentDraft() const
{
    const EditorPage* page = current();
    return page == nullptr || page->draft.isEmpty() ? nullptr : m_drafts.find(page->draft);
}

QString EditorArea::currentSource() const { return current() == nullptr ? QString() : current()->editor()->source(); }

VariantId EditorArea::variantOf(const QString& identity)
{
    const QString prefix = QStringLiteral("variant:");
    return identity.startsWith(prefix) ? identity.mid(prefix.size()).toLongLong() : 0;
}

QString EditorArea::currentIdentity() const { return current() == nullptr ? QString() : current()->identity; }

QString EditorArea::currentTitle() const { return current() == nullptr ? QString() : current()->title; }

CodeEditor* EditorArea::currentEditor() const { return current() == nullptr ? nullptr : current()->editor(); }

bool EditorArea::hasKernel() const { return current() != nullptr && current()->kind() != EditorPage::Kind::Diff; }

void EditorArea::setProblemsFor(const QString& identity, std::vector<Diagnostic> problems)
{
    if (EditorPage* page = findPage(identity))
        page->editor()->setProblems(std::move(problems));
}

void EditorArea::setHeatFor(const QString& identity, LinesHeat heat)
{
    if (EditorPage* page = findPage(identity))
        page->editor()->setHeat(std::move(heat));
}

void EditorArea::goToLine(int line)
{
    if (CodeEditor* editor = currentEditor())
        editor->goToLine(line);
}

void EditorArea::showLine(int line)
{
    CodeEditor* editor = currentEditor();
    if (editor == nullptr)
        return;
    m_isFollowing = true;
    editor->showLine(line);
    m_isFollowing = false;
}

void EditorArea::markSubmitted()
{
    if (currentDraft() == nullptr)
        return;
    m_drafts.setSubmitted(current()->draft, true);
    updateTitle(current());
    emit currentChanged();
}

bool EditorArea::closeSubmitted(const QString& source)
{
    bool found = false;
    for (int i = m_tabs->count() - 1; i >= 0; --i) {
        const Draft* draft = m_drafts.find(pageAt(i)->draft);
        // The draft of a file stays: it goes on being that file.
        if (draft == nullptr || !draft->isSubmitted || draft->text != source)
            continue;
        found = true;
        if (!draft->file.isEmpty()) {
            m_drafts.setSubmitted(draft->id, false);
            updateTitle(pageAt(i));
            continue;
        }
        EditorPage* page = pageAt(i);
        m_drafts.discard(page->draft);
        m_tabs->removeTab(i);
        page->deleteLater();
    }
    updateEmptyState();
    return found;
}

void EditorArea::releaseSubmitted()
{
    for (int i = 0; i < m_tabs->count(); ++i) {
        if (m_drafts.find(pageAt(i)->draft) == nullptr)
            continue;
        m_drafts.setSubmitted(pageAt(i)->draft, false);
        updateTitle(pageAt(i));
    }
    emit currentChanged();
}

void EditorArea::closeCurrent()
{
    if (m_tabs->count() > 0)
        closePage(m_tabs->currentIndex());
}

void EditorArea::closePage(int index)
{
    EditorPage* page = pageAt(index);
    if (page == nullptr || page == m_variant)
        return;
    if (const Draft* draft = m_drafts.find(page->draft)) {
        if (!draft->file.isEmpty())
            m_watcher.removePath(draft->file);
        m_drafts.discard(page->draft);
        emit noted(tr("Closed %1. Its text is kept.").arg(page->title), true);
    }
    m_tabs->removeTab(index);
    page->deleteLater();
    updateEmptyState();
}

void EditorArea::bringBackDraft()
{
    const QString id = m_drafts.bringBack();
    const Draft* draft = m_drafts.find(id);
    if (draft == nullptr || (!draft->workspace.isEmpty() && draft->workspace != m_workspace))
        return;
    EditorPage* page = openDraft(*draft);
    m_tabs->setCurrentWidget(page);
    page->editor()->setFocus();
    updateEmptyState();
}

}  // namespace warploom
