// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/KnowledgeDialog.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QVBoxLayout>

#include "analysis/Rule.h"
#include "look/WrappedLabel.h"
#include "shell/KnowledgePageView.h"

namespace warploom {

namespace {

constexpr QSize kDialogSize(1120, 740);
constexpr int kListWidth = 300;
constexpr int kMostRemembered = 100;
constexpr std::size_t kMostAboutFinding = 12;

}  // namespace

KnowledgeDialog::KnowledgeDialog(QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Knowledge"));
    setObjectName(QStringLiteral("knowledge"));
    resize(kDialogSize);
    setUpParts();
    setUpConnections();
    reload();
}

void KnowledgeDialog::setUpParts()
{
    m_words = new QLineEdit;
    m_words->setPlaceholderText(tr("Words that the pages should be about"));
    m_words->setAccessibleName(tr("Find pages"));
    m_words->setClearButtonEnabled(true);
    m_notes = new WrappedLabel;
    m_list = new QListWidget;
    m_list->setAccessibleName(tr("Pages"));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view = new KnowledgePageView;
    auto* left = new QWidget;
    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_words);
    column->addWidget(m_notes);
    column->addWidget(m_list, 1);
    auto* halves = new QSplitter;
    halves->addWidget(left);
    halves->addWidget(m_view);
    halves->setStretchFactor(1, 1);
    halves->setSizes({kListWidth, kDialogSize.width() - kListWidth});
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_back = buttons->addButton(tr("&Back"), QDialogButtonBox::ActionRole);
    m_back->setObjectName(QStringLiteral("back"));
    // Enter belongs to the line of words.
    m_back->setAutoDefault(false);
    m_back->setEnabled(false);
    m_back->setToolTip(tr("No page was open before"));
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(halves, 1);
    layout->addWidget(buttons);
}

void KnowledgeDialog::setUpConnections()
{
    connect(m_words, &QLineEdit::textChanged, this, &KnowledgeDialog::find);
    connect(m_words, &QLineEdit::returnPressed, this, [this] { m_list->setFocus(); });
    connect(m_list, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
        if (item != nullptr)
            openPage(item->data(Qt::UserRole).toString(), true);
    });
    connect(m_view, &KnowledgePageView::pageWanted, this, [this](const QString& id) { openPage(id, true); });
    connect(m_view, &KnowledgePageView::addressChosen, this,
            [this](const QString& address) { say(tr("This leads out of the pages: %1").arg(address)); });
    connect(m_back, &QPushButton::clicked, this, &KnowledgeDialog::goBack);
    connect(new QShortcut(QKeySequence(Qt::ALT | Qt::Key_Left), this), &QShortcut::activated, this,
            &KnowledgeDialog::goBack);
    connect(new QShortcut(QKeySequence::Find, this), &QShortcut::activated, this, [this] {
        m_words->setFocus();
        m_words->selectAll();
    });
}

void KnowledgeDialog::reload()
{
    auto base = KnowledgeBase::open(KnowledgeBase::ownFolders());
    if (base)
        m_base = std::move(*base);
    else
        m_view->showMessage(QString::fromStdString(base.error().toString()));
}

void KnowledgeDialog::offer(const std::vector<const KnowledgePage*>& pages)
{
    const QSignalBlocker quiet(m_list);
    m_list->clear();
    for (const KnowledgePage* page : pages) {
        auto* item = new QListWidgetItem(QString::fromStdString(page->title), m_list);
        item->setData(Qt::UserRole, QString::fromStdString(page->id));
        item->setToolTip(QString::fromStdString(page->title + "\n" + page->id));
    }
}

void KnowledgeDialog::showNotes(const QString& subject)
{
    QStringList lines = {subject};
    if (m_base)
        for (const Error& problem : m_base->problems())
            lines << tr("Left out: %1").arg(QString::fromStdString(problem.toString()));
    lines.removeAll(QString());
    say(lines.join(QLatin1Char('\n')));
}

void KnowledgeDialog::say(const QString& text)
{
    m_notes->setText(text);
    m_notes->setVisible(!text.isEmpty());
}

void KnowledgeDialog::showAll()
{
    m_words->clear();
    find();
    if (m_page.isEmpty() && m_list->count() > 0)
        m_list->setCurrentRow(0);
    m_words->setFocus();
}

void KnowledgeDialog::find()
{
    if (!m_base)
        return;
    const std::string words = m_words->text().trimmed().toStdString();
    std::vector<const KnowledgePage*> pages;
    if (words.empty())
        for (const KnowledgePage& page : m_base->pages())
            pages.push_back(&page);
    else
        pages = m_base->search({words, {}, {}, {}, {}}, m_base->pages().size());
    offer(pages);
    showNotes(words.empty() ? QString() : pages.empty() ? tr("No page has any of these words.") : QString());
    if (words.empty() || pages.empty())
        return;
    const QSignalBlocker quiet(m_list);
    m_list->setCurrentRow(0);
    // Each letter finds another page: none of them is one that somebody wants back.
    openPage(QString::fromStdString(pages.front()->id), false);
}

void KnowledgeDialog::offerAbout(const QString& subject, const std::vector<const KnowledgePage*>& pages)
{
    {
        const QSignalBlocker quiet(m_words);
        m_words->clear();
    }
    offer(pages);
    showNotes(subject);
    m_list->setCurrentRow(0);
    m_list->setFocus();
}

void KnowledgeDialog::showMove(const QString& move)
{
    if (!m_base)
        return;
    const auto pages = m_base->aboutMove(move.toStdString());
    if (pages.empty())
        offerNearest(move);
    else
        offerAbout(tr("About the move %1:").arg(move), pages);
}

void KnowledgeDialog::offerNearest(const QString& move)
{
    QString words = move;
    words.replace(QLatin1Char('-'), QLatin1Char(' '));
    m_words->setText(words);
    find();
    if (m_list->count() > 0)
        return showNotes(tr("No page names the move %1; the nearest by its words:").arg(move));
    showAll();
    showNotes(tr("No page names the move %1 or has its words; these are all:").arg(move));
}

void KnowledgeDialog::showFinding(const QString& rule)
{
    const Rule* known = findRule(rule.toStdString());
    if (!m_base || known == nullptr)
        return;
    KnowledgeQuery query;
    query.text = std::string(known->title) + " " + std::string(known->cure);
    query.bottlenecks = {std::string(bottleneckName(known->bottleneck))};
    query.moves.assign(known->moves.begin(), known->moves.end());
    const auto pages = m_base->search(query, kMostAboutFinding);
    const QString title = QString::fromUtf8(known->title.data(), static_cast<qsizetype>(known->title.size()));
    if (pages.empty())
        return offerNearest(title);
    offerAbout(tr("About “%1”:").arg(title), pages);
}

void KnowledgeDialog::openPage(const QString& id, bool remembers)
{
    const KnowledgePage* page = m_base ? m_base->find(id.toStdString()) : nullptr;
    if (page == nullptr)
        return say(tr("There is no page %1.").arg(id));
    if (remembers && !m_page.isEmpty() && m_page != id)
        m_before.prepend(m_page);
    while (m_before.size() > kMostRemembered)
        m_before.removeLast();
    m_page = id;
    m_back->setEnabled(!m_before.isEmpty());
    m_back->setToolTip(m_before.isEmpty() ? tr("No page was open before") : tr("Alt+Left"));
    m_view->showPage(*page);
}

void KnowledgeDialog::goBack()
{
    if (m_before.isEmpty())
        return;
    openPage(m_before.takeFirst(), false);
}

}  // namespace warploom
