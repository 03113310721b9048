// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/AgentsDialog.h"

#include <algorithm>

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "look/Theme.h"
#include "look/WrappedLabel.h"
#include "shell/AgentChoiceText.h"
#include "shell/ModelServersDialog.h"
#include "shell/PathQuestion.h"
#include "shell/ServerText.h"

namespace warploom {

namespace {

constexpr QSize kAgentsDialogSize(900, 720);
constexpr double kMostMoney = 1'000'000;
constexpr int kMostTokens = 2'000'000'000;
constexpr int kTokenStep = 50'000;
constexpr int kOutlookLines = 2;
constexpr std::size_t kMostFaults = 3;

void setTextColor(QLabel* label, Token token)
{
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, Theme::instance().color(token));
    label->setPalette(palette);
}

template <typename Spin>
Spin* makeSpin(const QString& name, const QString& hint)
{
    auto* spin = new Spin;
    spin->setAccessibleName(name);
    spin->setToolTip(hint);
    spin->template findChild<QLineEdit*>()->setAccessibleName(name);
    spin->setGroupSeparatorShown(true);
    return spin;
}

QHBoxLayout* lineIn(QWidget* widget)
{
    auto* line = new QHBoxLayout(widget);
    line->setContentsMargins(0, 0, 0, 0);
    return line;
}

void addField(QHBoxLayout* line, const QString& label, QWidget* field)
{
    auto* words = new QLabel(label);
    words->setBuddy(field);
    line->addWidget(words);
    line->addWidget(field);
    line->addSpacing(8);
}

}  // namespace

AgentsDialog::AgentsDialog(ModelKeys& keys, const AgentChoice& choice, std::filesystem::path file, QWidget* parent)
    : QDialog(parent)
    , m_keys(keys)
    , m_file(std::move(file))
    , m_initial(choice)
    , m_tree(new AgentTree)
{
    setWindowTitle(tr("Agents"));
    setObjectName(QStringLiteral("agents"));
    resize(kAgentsDialogSize);
    m_others.agents = choice.agents;
    setUpLayout();
    m_money->setValue(choice.llmBudgetUsd);
    m_tokens->setValue(static_cast<int>(std::min<std::int64_t>(choice.llmBudgetTokens, kMostTokens)));
    m_parallel->setValue(choice.parallel);
    m_repairs->setValue(choice.repairs);
    load();
    m_tree->setChecked(choice.agents);
    setUpConnections();
    if (!choice.agents.empty())
        m_tree->goTo(choice.agents.front());
    showKind();
    judge();
    updateAsk();
    m_tree->setFocus();
}

QWidget* AgentsDialog::makeFindLine()
{
    m_filter = new QLineEdit;
    m_filter->setObjectName(QStringLiteral("filter"));
    m_filter->setPlaceholderText(tr("Find a model or a server"));
    m_filter->setAccessibleName(tr("Find a model or a server"));
    m_filter->setClearButtonEnabled(true);
    m_ask = new QPushButton;
    m_ask->setObjectName(QStringLiteral("ask"));
    m_servers = new QPushButton(tr("Model &servers…"));
    m_servers->setToolTip(tr("Keys, prices, and servers on this machine"));
    auto* widget = new QWidget;
    QHBoxLayout* line = lineIn(widget);
    line->addWidget(m_filter, 1);
    for (QPushButton* button : {m_ask, m_servers}) {
        button->setAutoDefault(false);
        line->addWidget(button);
    }
    return widget;
}

QWidget* AgentsDialog::makeAddLine()
{
    m_kind = new QComboBox;
    m_kind->setObjectName(QStringLiteral("kind"));
    m_kind->setAccessibleName(tr("Kind of agent to add"));
    m_kind->addItem(tr("Program"), QStringLiteral("command:"));
    m_kind->addItem(tr("Replay"), QStringLiteral("replay:"));
    m_kind->addItem(tr("Model by name"), QStringLiteral("llm:"));
    m_name = new QLineEdit;
    m_name->setObjectName(QStringLiteral("name"));
    m_browse = new QPushButton(tr("Choose…"));
    m_add = new QPushButton(tr("&Add"));
    m_add->setObjectName(QStringLiteral("add"));
    auto* widget = new QWidget;
    QHBoxLayout* line = lineIn(widget);
    line->addWidget(m_kind);
    line->addWidget(m_name, 1);
    for (QPushButton* button : {m_browse, m_add}) {
        button->setAutoDefault(false);
        line->addWidget(button);
    }
    return widget;
}

QWidget* AgentsDialog::makeLimits()
{
    m_money = makeSpin<QDoubleSpinBox>(tr("Limit in dollars"),
                                       tr("Of all models together in one run, resumed parts included"));
    m_money->setObjectName(QStringLiteral("money"));
    m_money->setRange(0, kMostMoney);
    m_money->setPrefix(QStringLiteral("$"));
    m_tokens = makeSpin<QSpinBox>(tr("Limit in tokens"),
                                  tr("Sent and answered, of all models together in one run, resumed parts included"));
    m_tokens->setObjectName(QStringLiteral("tokens"));
    m_tokens->setRange(0, kMostTokens);
    m_tokens->setSingleStep(kTokenStep);
    m_money->setSpecialValueText(tr("no limit"));
    m_tokens->setSpecialValueText(tr("no limit"));
    m_parallel = makeSpin<QSpinBox>(tr("Questions at a time"), tr("Before each model or program"));
    m_parallel->setObjectName(QStringLiteral("parallel"));
    m_parallel->setRange(1, 64);
    m_repairs = makeSpin<QSpinBox>(tr("Repairs of an idea"),
                                   tr("How often a model or program may mend what did not compile or was wrong"));
    m_repairs->setObjectName(QStringLiteral("repairs"));
    m_repairs->setRange(0, 16);
    auto* box = new QGroupBox(tr("Limits of one run"));
    auto* line = new QHBoxLayout(box);
    addField(line, tr("&Money"), m_money);
    addField(line, tr("&Tokens"), m_tokens);
    addField(line, tr("&Questions at a time"), m_parallel);
    addField(line, tr("&Repairs of an idea"), m_repairs);
    line->addStretch();
    return box;
}

QWidget* AgentsDialog::makeButtons()
{
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_use = buttons->addButton(tr("&Use these agents"), QDialogButtonBox::AcceptRole);
    m_use->setObjectName(QStringLiteral("use"));
    m_use->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        emit chosen(choice());
        accept();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    return buttons;
}

void AgentsDialog::setUpLayout()
{
    auto* words = new WrappedLabel;
    words->setText(tr("Who proposes in the runs that this window starts from now on, also where it takes one up again. "
                      "Several agents work in one tree."));
    m_outlook = new WrappedLabel;
    m_outlook->setMinimumHeight(kOutlookLines * m_outlook->fontMetrics().lineSpacing());
    m_faults = new WrappedLabel;
    m_status = new WrappedLabel;
    auto* layout = new QVBoxLayout(this);
    for (QWidget* part : {static_cast<QWidget*>(words), makeFindLine()})
        layout->addWidget(part);
    layout->addWidget(m_tree, 1);
    for (QWidget* part : {static_cast<QWidget*>(m_status), makeAddLine(), makeLimits(),
                          static_cast<QWidget*>(m_outlook), static_cast<QWidget*>(m_faults), makeButtons()})
        layout->addWidget(part);
    say({}, false);
    applyTheme();
}

void AgentsDialog::setUpConnections()
{
    connect(m_tree, &AgentTree::checksChanged, this, &AgentsDialog::judge);
    connect(m_tree, &AgentTree::serverChanged, this, &AgentsDialog::updateAsk);
    connect(m_filter, &QLineEdit::textChanged, m_tree, &AgentTree::setFilter);
    // Enter belongs to these lines, not to the dialog.
    connect(m_filter, &QLineEdit::returnPressed, this, [this] { m_tree->setFocus(); });
    connect(m_name, &QLineEdit::returnPressed, this, &AgentsDialog::addAgent);
    connect(m_ask, &QPushButton::clicked, this, &AgentsDialog::askServer);
    connect(m_servers, &QPushButton::clicked, this, &AgentsDialog::showServers);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &AgentsDialog::showKind);
    connect(m_browse, &QPushButton::clicked, this, &AgentsDialog::browse);
    connect(m_add, &QPushButton::clicked, this, &AgentsDialog::addAgent);
    connect(m_money, &QDoubleSpinBox::valueChanged, this, &AgentsDialog::judge);
    for (QSpinBox* spin : {m_tokens, m_parallel, m_repairs})
        connect(spin, &QSpinBox::valueChanged, this, &AgentsDialog::judge);
    connect(&m_probe, &ConnectionProbe::answered, this, &AgentsDialog::showAnswer);
    connect(&m_probe, &ConnectionProbe::runningChanged, this, &AgentsDialog::updateAsk);
    // Keys and prices may be entered while this is open.
    connect(&m_keys, &ModelKeys::changed, this, &AgentsDialog::load);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        applyTheme();
        load();
    });
}

void AgentsDialog::load()
{
    m_catalogue = ModelCatalogue::load(m_file);
    m_tree->show(m_catalogue, m_others, [this](const ServerPreset& server) { return keyWords(server, m_keys); });
    m_tree->setFilter(m_filter->text());
    if (!m_catalogue.problems().empty())
        say(QString::fromStdString(m_catalogue.problems().front().toString()), true);
    judge();
}

AgentChoice AgentsDialog::choice() const
{
    AgentChoice choice = m_initial;
    choice.agents = m_tree->checked();
    choice.llmBudgetUsd = m_money->value();
    choice.llmBudgetTokens = m_tokens->value();
    choice.parallel = m_parallel->value();
    choice.repairs = m_repairs->value();
    return choice;
}

QString AgentsDialog::outlookText() const { return m_outlook->text(); }

QString AgentsDialog::faultText() const { return m_faults->text(); }

QString AgentsDialog::statusText() const { return m_status->text(); }

void AgentsDialog::judge()
{
    const AgentChoice chosenNow = choice();
    m_outlook->setText(outlookSentence(outlookOf(chosenNow, m_catalogue)));
    const auto faults = faultsOf(chosenNow, m_catalogue, *m_keys.source());
    QStringList sentences;
    for (const ChoiceFault& fault : faults)
        if (sentences.size() < static_cast<qsizetype>(kMostFaults))
            sentences << faultSentence(fault);
    if (faults.size() > kMostFaults)
        sentences << tr("And more: %1.").arg(faults.size() - kMostFaults);
    m_faults->setText(sentences.join(u'\n'));
    m_faults->setVisible(!sentences.isEmpty());
    m_use->setEnabled(faults.empty());
    m_use->setToolTip(faults.empty() ? QString() : sentences.front());
}

void AgentsDialog::showKind()
{
    const QString kind = m_kind->currentData().toString();
    const QString hint = kind == QLatin1String("command:") ? tr("Program and arguments, such as ./agent.py --fast")
        : kind == QLatin1String("replay:")                 ? tr("A workspace whose answers are given again")
                                                           : tr("MODEL@SERVER, such as gpt-5.5@openai");
    m_name->setPlaceholderText(hint);
    m_name->setAccessibleName(hint);
    m_browse->setVisible(kind != QLatin1String("llm:"));
}

void AgentsDialog::browse()
{
    const bool isReplay = m_kind->currentData().toString() == QLatin1String("replay:");
    askForFile(this, isReplay ? tr("A workspace to replay") : tr("A program that proposes"),
               isReplay ? tr("Workspaces (*.warploom)") : tr("All files (*)"), [this, isReplay](const QString& path) {
                   // A command line is parted at blanks.
                   m_name->setText(isReplay || !path.contains(u' ') ? path : u'"' + path + u'"');
                   m_name->setFocus();
               });
}

void AgentsDialog::addAgent()
{
    const QString text = m_name->text().trimmed();
    if (text.isEmpty())
        return say(tr("Enter what to add first."), true);
    const std::string agent = (m_kind->currentData().toString() + text).toStdString();
    // In a choice of its own: what else is wrong does not matter here.
    AgentChoice alone;
    alone.agents = {agent};
    for (const ChoiceFault& fault : faultsOf(alone, m_catalogue, *m_keys.source()))
        if (fault.kind != ChoiceFault::Kind::NoKey && fault.kind != ChoiceFault::Kind::UnfitKey)
            return say(faultSentence(fault), true);
    std::string row = agent;
    if (const auto model = m_catalogue.resolve(agent); agentKindOf(agent) == AgentKind::Model && model)
        row = "llm:" + model->model.id + '@' + model->server.name;
    m_others.agents.push_back(row);
    load();
    std::vector<std::string> agents = m_tree->checked();
    agents.push_back(row);
    m_tree->setChecked(agents);
    m_filter->clear();
    m_tree->goTo(row);
    m_name->clear();
    say(tr("%1 is chosen.").arg(agentWords(row)), false);
}

void AgentsDialog::updateAsk()
{
    const ServerPreset* server = m_catalogue.findServer(m_tree->currentServer().toStdString());
    m_ask->setText(m_probe.isRunning() ? tr("Cancel the question") : tr("Ask for its mode&ls"));
    m_ask->setEnabled(m_probe.isRunning() || server != nullptr);
    m_ask->setToolTip(
        m_probe.isRunning() ? QString()
            : server == nullptr
            ? tr("Choose a server first")
            : tr("Asks %1 which models it has, which costs nothing").arg(QString::fromStdString(server->title)));
}

void AgentsDialog::askServer()
{
    if (m_probe.isRunning())
        return m_probe.cancel();
    const ServerPreset* server = m_catalogue.findServer(m_tree->currentServer().toStdString());
    if (server == nullptr)
        return;
    const auto key = m_keys.source()->keyOf(*server);
    say(tr("Asking %1…").arg(QString::fromStdString(server->title)), false);
    m_probe.start(*server, key ? *key : Secret());
}

void AgentsDialog::showServers()
{
    auto* dialog = new ModelServersDialog(m_keys, m_file, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    // Of prices nobody else hears.
    connect(dialog, &QDialog::finished, this, &AgentsDialog::load);
    dialog->open();
}

void AgentsDialog::showAnswer(const ServerPreset& server, const Result<ConnectionReport>& report)
{
    say(connectionSentence(server, m_probe.hadKey(), report), !report && !report.error().isCancelled());
    if (!report)
        return;
    m_others.models[server.name] = report->models;
    const QString words = m_status->text();
    load();
    say(words, false);
}

void AgentsDialog::say(const QString& text, bool isError)
{
    m_status->setText(text);
    m_status->setVisible(!text.isEmpty());
    m_isError = isError;
    applyTheme();
}

void AgentsDialog::applyTheme()
{
    setTextColor(m_status, m_isError ? Token::Error : Token::Text);
    setTextColor(m_faults, Token::Wrong);
    setTextColor(m_outlook, Token::Text);
}

}  // namespace warploom
