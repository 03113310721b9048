// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/RunBar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QToolButton>

#include "look/ElidedLabel.h"
#include "look/Figures.h"
#include "look/Theme.h"
#include "shell/AgentChoiceText.h"

namespace warploom {

namespace {

constexpr int kDefaultBudget = 200;
constexpr int kMostBudget = 1'000'000;
constexpr int kAgentsWidth = 230;  ///< pixels; names of models may be long

/// Paused, starting, …: what the buttons do not say already.
QString phaseText(const RunProgress& progress)
{
    if (progress.phase == "finished")
        return RunBar::tr("ended: %1").arg(QString::fromStdString(progress.endReason));
    return progress.phase == "evolving" ? QString() : QString::fromStdString(progress.phase);
}

/// How long it goes on at the rate so far; empty before there is one.
QString timeLeft(const RunProgress& progress)
{
    const double rate = progress.rate();
    const auto left = progress.budget - progress.evaluations;
    if (rate <= 0 || left <= 0)
        return {};
    return RunBar::tr("%1 left").arg(durationText(Seconds(static_cast<double>(left) / rate)));
}

QString progressOf(const RunProgress& progress, bool isRunning)
{
    QStringList parts = {QStringLiteral("%1/%2").arg(progress.evaluations).arg(progress.budget),
                         durationText(progress.elapsed), phaseText(progress)};
    if (progress.phase == "finished" && !progress.standing.empty())
        parts << QString::fromStdString(progress.standing);
    if (isRunning && progress.elapsed.count() > 0) {
        parts << timeLeft(progress)
              << RunBar::tr("%1 busy %2 %")
                     .arg(progress.modelled ? RunBar::tr("emulator") : RunBar::tr("GPU"),
                          QString::number(100 * progress.busyFraction(), 'f', 0))
              << RunBar::tr("%1/s").arg(threeDigits(progress.rate()));
    }
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" · "));
}

}  // namespace

RunBar::RunBar(QWidget* parent)
    : QWidget(parent)
    , m_task(new QLabel)
    , m_device(new QComboBox)
    , m_agents(new QToolButton)
    , m_budget(new QSpinBox)
    , m_progress(new ElidedLabel)
    , m_best(new QLabel)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(8);
    m_task->setAccessibleName(tr("Open task"));
    m_progress->setAccessibleName(tr("Progress of the run"));
    m_best->setAccessibleName(tr("Best so far"));
    m_device->setAccessibleName(tr("Device"));
    m_device->setToolTip(tr("Where candidates run: a card measures, the emulator models"));
    m_budget->setRange(1, kMostBudget);
    m_budget->setValue(kDefaultBudget);
    m_budget->setSuffix(tr(" evaluations"));
    m_budget->setAccessibleName(tr("Budget"));
    m_budget->findChild<QLineEdit*>()->setAccessibleName(tr("Budget"));
    m_budget->setToolTip(tr("How many candidates a run tries"));
    m_agents->setAccessibleName(tr("Agents"));
    m_agents->setObjectName(QStringLiteral("agents"));
    m_agents->setAutoRaise(true);
    m_agents->setFocusPolicy(Qt::StrongFocus);
    m_agents->setToolButtonStyle(Qt::ToolButtonTextOnly);
    connect(m_agents, &QToolButton::clicked, this, &RunBar::agentsWanted);
    // What the toolbar has to give: figures come and go.
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    layout->addWidget(m_task);
    layout->addWidget(m_device);
    layout->addWidget(m_agents);
    layout->addWidget(m_budget);
    layout->addWidget(m_progress);
    layout->addSpacing(8);
    layout->addWidget(m_best);
    layout->addStretch();
    setDevices({QStringLiteral("emulator")});
    setTask({});
    showAgents();
    connect(&Theme::instance(), &Theme::changed, this, &RunBar::applyTheme);
    applyTheme();
}

void RunBar::setDevices(const QStringList& devices)
{
    m_device->clear();
    m_device->addItems(devices);
}

void RunBar::chooseDevice(const QString& device, bool offer)
{
    if (offer && m_device->findText(device) < 0)
        m_device->addItem(device);
    if (const int index = m_device->findText(device); index >= 0)
        m_device->setCurrentIndex(index);
}

void RunBar::setTask(const QString& title) { m_task->setText(title.isEmpty() ? tr("No task open") : title); }

QString RunBar::device() const { return m_device->currentText(); }

int RunBar::budget() const { return m_budget->value(); }

void RunBar::setBudget(int evaluations) { m_budget->setValue(evaluations); }

QString RunBar::progressText() const { return m_progress->wholeText(); }

QString RunBar::bestText() const { return m_best->text(); }

QString RunBar::agentsText() const { return m_agents->text(); }

void RunBar::setChoice(const AgentChoice& choice)
{
    m_choice = choice;
    showAgents();
}

void RunBar::showAgents()
{
    std::vector<std::string> names = m_choice.agents;
    QString spent;
    if (m_isRunning && !m_tallies.empty()) {
        names.clear();
        for (const AgentTally& tally : m_tallies)
            names.push_back(tally.key);
        spent = spentInShort(m_tallies);
    }
    // The money stays, whatever the names take.
    const QString text = m_agents->fontMetrics().elidedText(agentsInShort(names), Qt::ElideMiddle, kAgentsWidth);
    m_agents->setText(spent.isEmpty() ? tr("Agents: %1").arg(text) : tr("Agents: %1 · %2").arg(text, spent));
    m_agents->setToolTip(agentsHint());
}

QString RunBar::agentsHint() const
{
    QStringList parts;
    QStringList tallies;
    for (const AgentTally& tally : m_tallies)
        tallies << tallyWords(tally);
    if (!tallies.isEmpty())
        parts << (m_isRunning ? tr("This run") : tr("The last run")) + u'\n' + tallies.join(u'\n');
    parts << tr("The next run") + u'\n' + choiceWords(m_choice);
    parts << tr("Click to choose who proposes, and what it may cost");
    return parts.join(QStringLiteral("\n\n"));
}

void RunBar::showProgress(const RunProgress& progress, bool isRunning)
{
    m_device->setEnabled(!isRunning);
    m_budget->setEnabled(!isRunning);
    m_isRunning = isRunning;
    m_tallies = progress.agents;
    showAgents();
    m_modelled = progress.modelled;
    m_progress->setWholeText(progress.phase.empty() ? QString() : progressOf(progress, isRunning));
    m_best->setText(progress.best ? tr("best %1 %2").arg(speedupFigure(*progress.best), speedupInterval(*progress.best))
                                  : QString());
    applyTheme();
}

void RunBar::applyTheme()
{
    const Theme& theme = Theme::instance();
    QPalette palette = m_progress->palette();
    palette.setColor(QPalette::WindowText, theme.color(Token::Muted));
    m_progress->setPalette(palette);
    palette.setColor(QPalette::WindowText, theme.color(m_modelled ? Token::Modelled : Token::Ok));
    m_best->setPalette(palette);
    QFont font = theme.codeFont();
    m_progress->setFont(font);
    font.setBold(true);
    m_best->setFont(font);
}

}  // namespace warploom
