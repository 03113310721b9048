// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/PromptView.h"

#include <algorithm>

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QTextBlock>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "profiler/AssemblyFindBar.h"
#include "shell/ExchangeWords.h"

namespace warploom {

namespace {

enum Column { Part, Tokens, Sent, ColumnCount };

constexpr int kListWidth = 380;
constexpr int kLeastColumn = 48;
/// Letters of the column that says what is missing; the tooltip has it all.
constexpr int kWidestReason = 16;
constexpr int kMostMarks = 2000;

QString shown(const std::string& text) { return QString::fromStdString(text); }

QString titleOf(const PromptRow& row)
{
    switch (row.kind) {
    case PromptRow::Kind::System:
        return PromptView::tr("System message");
    case PromptRow::Kind::Answer:
        return PromptView::tr("Its answer");
    case PromptRow::Kind::Again:
        return PromptView::tr("Asked again");
    case PromptRow::Kind::Part:
        break;
    }
    return row.title.empty() ? PromptView::tr("Message") : shown(row.title);
}

QString headingOf(const ExchangeMessage& message)
{
    if (message.role == "system")
        return PromptView::tr("System message");
    return message.role == "assistant" ? PromptView::tr("Its answer") : PromptView::tr("User message");
}

QString stateOf(const PromptRow& row)
{
    switch (row.state) {
    case PromptRow::State::Sent:
        return PromptView::tr("whole");
    case PromptRow::State::Shortened:
        return PromptView::tr("shortened");
    case PromptRow::State::LeftOut:
        return PromptView::tr("left out");
    }
    return {};
}

}  // namespace

PromptView::PromptView(QWidget* parent)
    : QWidget(parent)
    , m_list(new QTreeWidget)
    , m_text(new QPlainTextEdit)
    , m_findBar(new AssemblyFindBar)
{
    m_list->setRootIsDecorated(false);
    m_list->setColumnCount(ColumnCount);
    m_list->setHeaderLabels({tr("Part"), tr("Tokens"), tr("Sent")});
    m_list->setAccessibleName(tr("Parts of the request"));
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setMinimumSectionSize(kLeastColumn);
    m_list->header()->setSectionResizeMode(Part, QHeaderView::Stretch);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_text->setReadOnly(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setAccessibleName(tr("Text of the request"));
    auto* copy = new QPushButton(tr("&Copy the text"));
    copy->setAutoDefault(false);
    copy->setObjectName(QStringLiteral("copyPrompt"));
    auto* search = new QPushButton(tr("&Find…"));
    search->setAutoDefault(false);
    search->setObjectName(QStringLiteral("findInPrompt"));
    auto* row = new QHBoxLayout;
    row->addWidget(m_findBar, 1);
    row->addStretch();
    row->addWidget(search);
    row->addWidget(copy);
    auto* right = new QWidget;
    auto* column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_text, 1);
    column->addLayout(row);
    auto* halves = new QSplitter;
    halves->addWidget(m_list);
    halves->addWidget(right);
    halves->setStretchFactor(0, 2);
    halves->setStretchFactor(1, 5);
    halves->setSizes({kListWidth, kListWidth * 5 / 2});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(halves);
    connect(m_list, &QTreeWidget::currentItemChanged, this,
            [this](QTreeWidgetItem* item) { goTo(m_list->indexOfTopLevelItem(item)); });
    connect(copy, &QPushButton::clicked, this, &PromptView::copyAll);
    connect(search, &QPushButton::clicked, this, &PromptView::find);
    auto* shortcut = new QShortcut(QKeySequence::Find, this);
    shortcut->setContext(Qt::WidgetWithChildrenShortcut);
    connect(shortcut, &QShortcut::activated, this, &PromptView::find);
    connect(m_findBar, &AssemblyFindBar::textChanged, this, [this] {
        QTextCursor cursor = m_text->textCursor();
        cursor.setPosition(cursor.selectionStart());
        m_text->setTextCursor(cursor);
        findNext(true);
    });
    connect(m_findBar, &AssemblyFindBar::nextWanted, this, &PromptView::findNext);
    connect(m_findBar, &AssemblyFindBar::closed, this, [this] {
        markFound();
        m_text->setFocus();
    });
    connect(&Theme::instance(), &Theme::changed, this, &PromptView::applyTheme);
    applyTheme();
}

void PromptView::showRequest(const std::vector<ExchangePart>& parts, const std::vector<ExchangeMessage>& messages)
{
    m_parts = parts;
    m_messages = messages;
    m_rows = promptRows(parts, messages);
    m_text->setPlaceholderText({});
    fillParts();
    fillText();
}

void PromptView::showNothing(const QString& words)
{
    showRequest({}, {});
    m_text->setPlaceholderText(words);
}

void PromptView::fillParts()
{
    const QSignalBlocker quiet(m_list);
    m_list->clear();
    const Theme& theme = Theme::instance();
    for (const PromptRow& row : m_rows) {
        auto* item = new QTreeWidgetItem(m_list);
        item->setText(Part, titleOf(row));
        item->setText(Tokens, countText(row.tokens));
        item->setFont(Tokens, theme.codeFont());
        item->setTextAlignment(Tokens, Qt::AlignRight | Qt::AlignVCenter);
        item->setText(Sent, stateOf(row));
        const QString why = row.why.empty() ? titleOf(row) : titleOf(row) + QStringLiteral(": ") + shown(row.why);
        for (int column = 0; column < ColumnCount; ++column)
            item->setToolTip(column, why);
        if (row.state == PromptRow::State::Sent)
            continue;
        if (!row.why.empty())
            item->setText(Sent,
                          row.state == PromptRow::State::LeftOut ? shown(row.why)
                                                                 : tr("shortened: %1").arg(shown(row.why)));
        for (int column = 0; column < ColumnCount; ++column)
            item->setForeground(column,
                                theme.color(row.state == PromptRow::State::LeftOut ? Token::Muted : Token::Error));
    }
    m_list->resizeColumnToContents(Tokens);
    m_list->resizeColumnToContents(Sent);
    const int widest = kWidestReason * m_list->fontMetrics().averageCharWidth();
    m_list->setColumnWidth(Sent, std::min(m_list->columnWidth(Sent), widest));
}

/// Each message under a heading that is no part of it.
void PromptView::fillText()
{
    m_places.clear();
    m_text->clear();
    QTextCursor cursor(m_text->document());
    QTextCharFormat heading;
    heading.setFontWeight(QFont::Bold);
    heading.setForeground(Theme::instance().color(Token::Accent));
    cursor.beginEditBlock();
    for (const ExchangeMessage& message : m_messages) {
        if (!m_places.empty())
            cursor.insertText(QStringLiteral("\n\n"), {});
        Place place;
        place.heading = cursor.position();
        cursor.insertText(headingOf(message), heading);
        cursor.insertText(QStringLiteral("\n"), {});
        place.begin = cursor.position();
        cursor.insertText(shown(message.text), {});
        place.end = cursor.position();
        m_places.push_back(place);
    }
    cursor.endEditBlock();
    m_text->moveCursor(QTextCursor::Start);
    markFound();
}

QStringList PromptView::shownMessages() const
{
    const QString text = m_text->toPlainText();
    QStringList messages;
    for (const Place& place : m_places)
        messages << text.mid(place.begin, place.end - place.begin);
    return messages;
}

void PromptView::goTo(int row)
{
    if (row < 0 || row >= static_cast<int>(m_rows.size()) || !m_rows[static_cast<std::size_t>(row)].place)
        return;
    const PartPlace& part = *m_rows[static_cast<std::size_t>(row)].place;
    const Place& place = m_places[part.message];
    const auto before = shown(m_messages[part.message].text.substr(0, part.offset)).size();
    QTextCursor cursor(m_text->document());
    cursor.setPosition(place.begin + static_cast<int>(before));
    // At the top, where a person looks: the cursor alone would stand at the lower edge.
    m_text->moveCursor(QTextCursor::End);
    m_text->setTextCursor(cursor);
}

void PromptView::find()
{
    m_findBar->popUp();
    markFound();
}

void PromptView::findNext(bool forward)
{
    const QString text = m_findBar->text();
    if (text.isEmpty())
        return markFound();
    const auto flags = forward ? QTextDocument::FindFlags() : QTextDocument::FindBackward;
    bool isFound = m_text->find(text, flags);
    if (!isFound) {
        const QTextCursor before = m_text->textCursor();
        m_text->moveCursor(forward ? QTextCursor::Start : QTextCursor::End);
        isFound = m_text->find(text, flags);
        if (!isFound)
            m_text->setTextCursor(before);
    }
    m_findBar->setFound(isFound);
    markFound();
}

/// Every place with the text, so that a look tells how often it stands there.
void PromptView::markFound()
{
    QList<QTextEdit::ExtraSelection> marks;
    const QString text = m_findBar->isVisible() ? m_findBar->text() : QString();
    QTextEdit::ExtraSelection mark;
    mark.format.setBackground(Theme::instance().color(Token::Selection));
    for (QTextCursor at(m_text->document()); !text.isEmpty() && marks.size() < kMostMarks;) {
        at = m_text->document()->find(text, at);
        if (at.isNull())
            break;
        mark.cursor = at;
        marks.append(mark);
    }
    m_text->setExtraSelections(marks);
}

void PromptView::copyAll() { QGuiApplication::clipboard()->setText(shown(wholeText(m_messages))); }

void PromptView::applyTheme()
{
    m_text->setFont(Theme::instance().codeFont());
    fillParts();
    fillText();
}

}  // namespace warploom
