// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/AgentTree.h"

#include <algorithm>

#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QStyledItemDelegate>

#include "look/Theme.h"
#include "shell/AgentChoiceText.h"

namespace warploom {

namespace {

constexpr int kAgentRole = Qt::UserRole;
constexpr int kOwnerRole = Qt::UserRole + 1;
constexpr int kKeyColumnWidth = 160;

QString shownText(const std::string& text) { return QString::fromStdString(text); }

/// Frames the boxes: the style's own outline is lost on a dark ground.
class BoxDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        QStyleOptionViewItem shown = option;
        initStyleOption(&shown, index);
        if (!shown.features.testFlag(QStyleOptionViewItem::HasCheckIndicator))
            return;
        const QRect box =
            shown.widget->style()->subElementRect(QStyle::SE_ItemViewItemCheckIndicator, &shown, shown.widget);
        painter->save();
        painter->setPen(Theme::instance().color(Token::Muted));
        painter->drawRect(box.adjusted(0, 0, -1, -1));
        painter->restore();
    }
};

std::string agentOf(const QTreeWidgetItem& item)
{
    return item.data(AgentTree::Name, kAgentRole).toString().toStdString();
}

bool holds(const std::vector<std::string>& names, const std::string& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string referenceOf(const std::string& model, const std::string& server) { return "llm:" + model + '@' + server; }

}  // namespace

AgentTree::AgentTree(QWidget* parent)
    : QTreeWidget(parent)
{
    setColumnCount(ColumnCount);
    setHeaderLabels({tr("Agent"), tr("Key"), tr("Context"), tr("Sent, $ a million"), tr("Answered, $ a million")});
    header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    header()->setSectionResizeMode(Name, QHeaderView::Stretch);
    header()->setSectionResizeMode(Key, QHeaderView::Interactive);
    header()->setStretchLastSection(false);
    setColumnWidth(Key, kKeyColumnWidth);
    setUniformRowHeights(true);
    setItemDelegateForColumn(Name, new BoxDelegate(this));
    setAccessibleName(tr("Agents"));
    connect(this, &QTreeWidget::itemChanged, this, [this](QTreeWidgetItem*, int column) {
        if (!m_isFilling && column == Name)
            emit checksChanged();
    });
    connect(this, &QTreeWidget::currentItemChanged, this, [this] {
        if (!m_isFilling)
            emit serverChanged(currentServer());
    });
}

QTreeWidgetItem* AgentTree::addGroup(const QString& title, const QString& server)
{
    auto* group = new QTreeWidgetItem(this);
    group->setText(Name, title);
    group->setData(Name, kOwnerRole, server);
    group->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    return group;
}

QTreeWidgetItem* AgentTree::addAgent(QTreeWidgetItem* parent, const std::string& agent, const QString& title)
{
    auto* item = new QTreeWidgetItem;
    item->setText(Name, title);
    item->setToolTip(Name, shownText(agent));
    item->setData(Name, kAgentRole, shownText(agent));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setCheckState(Name, Qt::Unchecked);
    if (parent == nullptr) {
        addTopLevelItem(item);
    } else {
        item->setData(Name, kOwnerRole, parent->data(Name, kOwnerRole));
        parent->addChild(item);
    }
    return item;
}

void AgentTree::addModel(QTreeWidgetItem* group, const ModelChoice& model)
{
    const ModelPreset& preset = model.model;
    QTreeWidgetItem* item = addAgent(group, referenceOf(preset.id, model.server.name),
                                     preset.title.empty() ? agentWords(referenceOf(preset.id, model.server.name))
                                                          : shownText(preset.title));
    if (preset.contextTokens)
        item->setText(Context, QLocale(QLocale::English).toString(static_cast<qlonglong>(*preset.contextTokens)));
    const ModelPrice price = model.price();
    if (price.isKnown()) {
        item->setText(PromptPrice, shownText(moneyText(*price.prompt)));
        item->setText(AnswerPrice, shownText(moneyText(*price.answer)));
    } else {
        for (const int column : {PromptPrice, AnswerPrice})
            item->setText(column, tr("price unknown"));
    }
    const QString source = shownText(price.source.empty() ? price.date : price.date + ": " + price.source);
    for (const int column : {Context, PromptPrice, AnswerPrice}) {
        item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
        item->setFont(column, Theme::instance().codeFont());
        item->setToolTip(column, column == Context ? QString() : source);
    }
}

void AgentTree::addServer(const ModelCatalogue& catalogue, const ServerPreset& server, const Others& others,
                          const QString& keyText)
{
    QTreeWidgetItem* group = addGroup(shownText(server.title), shownText(server.name));
    group->setText(Key, keyText);
    for (const int column : {Name, Key})
        group->setToolTip(column, column == Name ? shownText(server.url) : keyText);
    std::vector<std::string> shown;
    for (const ModelPreset& model : catalogue.modelsOf(server.name)) {
        addModel(group, {server, model, {}});
        shown.push_back(referenceOf(model.id, server.name));
    }
    const auto addUnlisted = [&](const std::string& reference) {
        const auto model = catalogue.resolve(reference);
        if (!model || model->server.name != server.name)
            return;
        const std::string name = referenceOf(model->model.id, server.name);
        if (holds(shown, name))
            return;
        addModel(group, *model);
        shown.push_back(name);
    };
    if (const auto said = others.models.find(server.name); said != others.models.end())
        for (const std::string& id : said->second)
            addUnlisted(referenceOf(id, server.name));
    for (const std::string& agent : others.agents)
        if (agentKindOf(agent) == AgentKind::Model)
            addUnlisted(agent);
    if (shown.empty())
        addHint(group, tr("none listed: ask for its models, or add one by name"));
}

void AgentTree::addHint(QTreeWidgetItem* group, const QString& text)
{
    auto* hint = new QTreeWidgetItem(group);
    hint->setText(Name, text);
    hint->setData(Name, kOwnerRole, group->data(Name, kOwnerRole));
    hint->setForeground(Name, Theme::instance().color(Token::Muted));
    hint->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
}

void AgentTree::addOthers(AgentKind kind, const QString& title, const Others& others)
{
    QTreeWidgetItem* group = nullptr;
    for (const std::string& agent : others.agents) {
        if (agentKindOf(agent) != kind || itemOf(agent) != nullptr)
            continue;
        if (group == nullptr)
            group = addGroup(title, {});
        addAgent(group, agent, shownText(std::string(agentTargetOf(agent))));
    }
}

void AgentTree::show(const ModelCatalogue& catalogue, const Others& others,
                     const std::function<QString(const ServerPreset&)>& keyText)
{
    const std::vector<std::string> before = checked();
    const std::string current = currentItem() != nullptr ? agentOf(*currentItem()) : std::string();
    const QString server = currentServer();
    m_isFilling = true;
    clear();
    QTreeWidgetItem* rules = addAgent(nullptr, "rules", tr("Rules: built in, asks nobody"));
    rules->setText(Key, tr("none needed"));
    for (const ServerPreset& preset : catalogue.servers())
        addServer(catalogue, preset, others, keyText(preset));
    addOthers(AgentKind::Program, tr("Programs"), others);
    addOthers(AgentKind::Replay, tr("Replays of workspaces"), others);
    // What was chosen once and is known no more: it can be seen, and taken out.
    for (const AgentKind kind : {AgentKind::Model, AgentKind::Unknown})
        addOthers(kind, tr("Not known"), others);
    expandAll();
    m_isFilling = false;
    setChecked(before);
    goTo(current);
    for (int i = 0; currentItem() == rules && !server.isEmpty() && i < topLevelItemCount(); ++i)
        if (topLevelItem(i)->data(Name, kOwnerRole).toString() == server)
            setCurrentItem(topLevelItem(i));
    emit serverChanged(currentServer());
}

std::vector<QTreeWidgetItem*> AgentTree::agentItems() const
{
    std::vector<QTreeWidgetItem*> items;
    for (int i = 0; i < topLevelItemCount(); ++i) {
        QTreeWidgetItem* top = topLevelItem(i);
        if (top->flags().testFlag(Qt::ItemIsUserCheckable))
            items.push_back(top);
        for (int j = 0; j < top->childCount(); ++j)
            if (top->child(j)->flags().testFlag(Qt::ItemIsUserCheckable))
                items.push_back(top->child(j));
    }
    return items;
}

void AgentTree::setChecked(const std::vector<std::string>& agents)
{
    m_isFilling = true;
    for (QTreeWidgetItem* item : agentItems())
        item->setCheckState(Name, holds(agents, agentOf(*item)) ? Qt::Checked : Qt::Unchecked);
    m_isFilling = false;
    emit checksChanged();
}

std::vector<std::string> AgentTree::checked() const
{
    std::vector<std::string> agents;
    for (const QTreeWidgetItem* item : agentItems())
        if (item->checkState(Name) == Qt::Checked)
            agents.push_back(agentOf(*item));
    return agents;
}

void AgentTree::setFilter(const QString& words)
{
    const QStringList wanted = words.split(u' ', Qt::SkipEmptyParts);
    const auto fits = [&wanted](const QString& text) {
        return std::all_of(wanted.begin(), wanted.end(),
                           [&text](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
    };
    for (int i = 0; i < topLevelItemCount(); ++i) {
        QTreeWidgetItem* top = topLevelItem(i);
        bool isAnyShown = fits(top->text(Name));
        for (int j = 0; j < top->childCount(); ++j) {
            QTreeWidgetItem* child = top->child(j);
            const bool isShown = fits(top->text(Name) + u' ' + child->text(Name) + u' ' + child->toolTip(Name));
            child->setHidden(!isShown);
            isAnyShown = isAnyShown || isShown;
        }
        top->setHidden(!isAnyShown);
    }
}

QString AgentTree::currentServer() const
{
    return currentItem() != nullptr ? currentItem()->data(Name, kOwnerRole).toString() : QString();
}

QTreeWidgetItem* AgentTree::itemOf(const std::string& agent) const
{
    for (QTreeWidgetItem* item : agentItems())
        if (agentOf(*item) == agent)
            return item;
    return nullptr;
}

void AgentTree::goTo(const std::string& agent)
{
    QTreeWidgetItem* item = itemOf(agent);
    setCurrentItem(item != nullptr ? item : topLevelItem(0));
    if (item != nullptr)
        scrollToItem(item);
}

}  // namespace warploom
