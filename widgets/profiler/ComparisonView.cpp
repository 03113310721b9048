// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/ComparisonView.h"

#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "analysis/Rule.h"
#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "profiler/ComparisonModel.h"
#include "profiler/FigureTable.h"
#include "profiler/ProfileViews.h"

namespace warploom {

namespace {

constexpr int kRelated = 8;
constexpr int kGroups = 16;

QString ruleTitle(const Finding& finding)
{
    const Rule* rule = findRule(finding.rule);
    return QString::fromStdString(rule != nullptr ? std::string(rule->title) : finding.rule);
}

/// "#12" of "#12 Tile the transpose", "baseline": columns are narrow.
QString shortTitle(const QString& title) { return title.section(u' ', 0, 0); }

}  // namespace

QString whyNotComparable(const VariantProfile& own, const VariantProfile& other)
{
    if (own.size != other.size)
        return ComparisonView::tr("They were profiled at different sizes: '%1' and '%2'.")
            .arg(QString::fromStdString(own.size), QString::fromStdString(other.size));
    const DeviceFacts& mine = own.observation.facts;
    const DeviceFacts& theirs = other.observation.facts;
    if (mine.id != theirs.id || mine.name != theirs.name)
        return ComparisonView::tr("They were profiled on different devices: %1 (%2) and %3 (%4).")
            .arg(QString::fromStdString(mine.id), QString::fromStdString(mine.name), QString::fromStdString(theirs.id),
                 QString::fromStdString(theirs.name));
    return {};
}

QString findingChangesText(const Diagnosis& before, const Diagnosis& now)
{
    const std::pair<FindingChange, QString> kinds[] = {{FindingChange::Gone, ComparisonView::tr("Gone")},
                                                       {FindingChange::Weaker, ComparisonView::tr("Weaker")},
                                                       {FindingChange::Stronger, ComparisonView::tr("Stronger")},
                                                       {FindingChange::New, ComparisonView::tr("New")}};
    QStringList parts;
    const auto changes = compareFindings(before, now);
    for (const auto& [kind, word] : kinds) {
        QStringList titles;
        for (const ComparedFinding& change : changes)
            if (change.change == kind)
                titles << ruleTitle(change.finding);
        titles.removeDuplicates();
        if (!titles.isEmpty())
            parts << word + QStringLiteral(": ") + titles.join(QStringLiteral(", "));
    }
    return parts.isEmpty() ? QString() : parts.join(QStringLiteral(". ")) + QLatin1Char('.');
}

ComparisonView::ComparisonView(QWidget* parent)
    : QWidget(parent)
    , m_model(new ComparisonModel(this))
    , m_stack(new QStackedWidget)
{
    setUpPages();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    connect(m_action, &QPushButton::clicked, this, &ComparisonView::profileWanted);
    connect(&Theme::instance(), &Theme::changed, this, &ComparisonView::applyTheme);
    applyTheme();
    showMessage(tr("Profile a variant with F6 to see its figures beside another's."));
}

void ComparisonView::setUpPages()
{
    auto* empty = new QWidget;
    auto* column = new QVBoxLayout(empty);
    column->setContentsMargins(kGroups, kGroups, kGroups, kGroups);
    column->setSpacing(kRelated);
    m_message = new WrappedLabel;
    m_message->setAlignment(Qt::AlignCenter);
    m_action = new QPushButton;
    column->addStretch(1);
    column->addWidget(m_message);
    column->addWidget(m_action, 0, Qt::AlignHCenter);
    column->addStretch(1);
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(kRelated, kRelated, kRelated, kRelated);
    layout->setSpacing(4);
    m_caption = new WrappedLabel;
    m_caption->setAccessibleName(tr("What became of the findings"));
    m_table = new FigureTable(*m_model, tr("Figures of both"));
    layout->addWidget(m_caption);
    layout->addWidget(m_table, 1);
    m_stack->addWidget(empty);
    m_stack->addWidget(page);
}

void ComparisonView::applyTheme()
{
    QPalette palette = m_message->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(Token::Muted));
    m_message->setPalette(palette);
}

void ComparisonView::showProfiles(const KeptProfile& own, const KeptProfile& other)
{
    const QString reason = whyNotComparable(*own.profile, *other.profile);
    if (!reason.isEmpty())
        return showMessage(reason);
    const QString changes = findingChangesText(other.profile->diagnosis, own.profile->diagnosis);
    m_caption->setText(changes.isEmpty() ? tr("The same findings as %1.").arg(other.text.title)
                                         : tr("Findings against %1. %2").arg(other.text.title, changes));
    const bool isVariant = own.text.title.startsWith(u'#');
    m_model->setTitles(isVariant ? shortTitle(own.text.title) : tr("This"), shortTitle(other.text.title));
    m_model->setFigures(compareFigures(own.profile->figures, other.profile->figures), kernelNamesOf(*own.profile));
    m_table->fitColumns();
    m_table->scrollToTop();
    m_stack->setCurrentIndex(1);
}

void ComparisonView::showMessage(const QString& message, const QString& action)
{
    m_model->setFigures({}, {});
    m_message->setText(message);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    m_stack->setCurrentIndex(0);
}

QString ComparisonView::captionText() const { return m_caption->text(); }

QString ComparisonView::messageText() const { return m_stack->currentIndex() == 0 ? m_message->text() : QString(); }

}  // namespace warploom
