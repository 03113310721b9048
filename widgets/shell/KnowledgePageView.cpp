// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/KnowledgePageView.h"

#include <QTextBlock>
#include <QTextTable>

#include "look/Theme.h"

namespace warploom {

namespace {

constexpr int kPageMargin = 12;
constexpr int kCellPadding = 4;

QString joinedWords(const std::vector<std::string>& words, const QString& between)
{
    QStringList list;
    for (const std::string& word : words)
        list << QString::fromStdString(word);
    return list.join(between);
}

/// What the front matter says, under the text.
QString footOf(const KnowledgePage& page)
{
    QStringList lines;
    const auto add = [&lines](const QString& title, const std::vector<std::string>& words,
                              const QString& between = QStringLiteral(", ")) {
        if (!words.empty())
            lines << QStringLiteral("*%1:* %2").arg(title, joinedWords(words, between));
    };
    add(KnowledgePageView::tr("Holds for"), page.architectures);
    add(KnowledgePageView::tr("Helps against"), page.bottlenecks);
    add(KnowledgePageView::tr("Moves of the built-in agent"), page.moves);
    // Sources have commas of their own.
    add(KnowledgePageView::tr("Sources"), page.sources, QStringLiteral("; "));
    if (page.file != "built in")
        lines << KnowledgePageView::tr("*From:* %1").arg(QString::fromStdString(page.file));
    return lines.join(QStringLiteral("\n\n"));
}

}  // namespace

KnowledgePageView::KnowledgePageView(QWidget* parent)
    : QTextBrowser(parent)
{
    setOpenLinks(false);
    setAccessibleName(tr("Page"));
    document()->setDocumentMargin(kPageMargin);
    connect(this, &QTextBrowser::anchorClicked, this, [this](const QUrl& link) {
        const QString name = link.toString();
        if (link.isRelative() && name.endsWith(QStringLiteral(".md")))
            emit pageWanted(name.chopped(3));
        else
            emit addressChosen(name);
    });
    connect(&Theme::instance(), &Theme::changed, this, &KnowledgePageView::render);
}

void KnowledgePageView::showPage(const KnowledgePage& page)
{
    m_markdown = QStringLiteral("# %1\n\n%2\n\n---\n\n%3\n")
                     .arg(QString::fromStdString(page.title), QString::fromStdString(page.text), footOf(page));
    render();
    moveCursor(QTextCursor::Start);
}

void KnowledgePageView::showMessage(const QString& message)
{
    m_markdown = message;
    render();
}

QVariant KnowledgePageView::loadResource(int, const QUrl&) { return {}; }

void KnowledgePageView::render()
{
    const auto features =
        QTextDocument::MarkdownFeatures(QTextDocument::MarkdownDialectGitHub) | QTextDocument::MarkdownNoHTML;
    document()->setMarkdown(m_markdown, features);
    dressCode();
    dressTables();
}

/// Blocks of code stand in the code font on a panel; Qt leaves them in a font of its own.
void KnowledgePageView::dressCode()
{
    const Theme& theme = Theme::instance();
    QTextCharFormat code;
    code.setFont(theme.codeFont());
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        QTextCursor cursor(block);
        if (block.blockFormat().hasProperty(QTextFormat::BlockCodeFence)) {
            QTextBlockFormat panel = block.blockFormat();
            panel.setBackground(theme.color(Token::Panel));
            panel.setNonBreakableLines(true);
            cursor.setBlockFormat(panel);
            cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
            cursor.mergeCharFormat(code);
            continue;
        }
        // Words in code within a line keep their size and get the font.
        std::vector<std::pair<int, int>> words;
        for (auto at = block.begin(); !at.atEnd(); ++at)
            if (at.fragment().charFormat().fontFixedPitch())
                words.emplace_back(at.fragment().position(), at.fragment().length());
        for (const auto& [position, length] : words) {
            cursor.setPosition(position);
            cursor.setPosition(position + length, QTextCursor::KeepAnchor);
            cursor.mergeCharFormat(code);
        }
    }
}

void KnowledgePageView::dressTables()
{
    for (QTextFrame* frame : document()->rootFrame()->childFrames())
        if (auto* table = qobject_cast<QTextTable*>(frame)) {
            QTextTableFormat format = table->format();
            format.setBorder(1);
            format.setBorderCollapse(true);
            format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
            format.setBorderBrush(Theme::instance().color(Token::Line));
            format.setCellPadding(kCellPadding);
            table->setFormat(format);
        }
}

}  // namespace warploom
