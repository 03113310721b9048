// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/AgentChoiceText.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>
#include <QStringList>

#include "agent/command/CommandRun.h"

namespace warploom {

namespace {

constexpr std::size_t kMostNamed = 2;

QString inWords(const char* text) { return QCoreApplication::translate("AgentChoice", text); }

QString plain(const std::string& text) { return QString::fromStdString(text); }

QString countWords(std::int64_t count) { return QLocale(QLocale::English).toString(static_cast<qlonglong>(count)); }

/// Of sums cents do, but for those below one.
QString sumWords(MicroDollars money)
{
    constexpr std::int64_t kCent = 10'000;
    if (money.value >= kCent)
        money.value = (money.value + kCent / 2) / kCent * kCent;
    return plain(moneyText(money));
}

QString namesOf(const std::vector<std::string>& agents)
{
    QStringList names;
    for (const std::string& agent : agents)
        names << agentWords(agent);
    return names.join(QStringLiteral(", "));
}

QString mostSentence(const SpendingOutlook& outlook)
{
    const QString tokens = outlook.mostTokens ? countWords(*outlook.mostTokens) : QString();
    if (!outlook.unpriced.empty())
        return outlook.mostTokens
            ? inWords("A run reads and writes %1 tokens at most; what they cost is unknown.").arg(tokens)
            : inWords("Nothing limits what a run spends, and what it costs is unknown.");
    if (outlook.paid.empty())
        return outlook.mostTokens ? inWords("The models of a run cost nothing, and take %1 tokens at most.").arg(tokens)
                                  : inWords("The models of a run cost nothing: they are on machines of your own.");
    if (!outlook.mostMoney)
        return inWords("Nothing limits what a run spends: it asks for as long as it goes on.");
    const QString money = sumWords(*outlook.mostMoney);
    return outlook.mostTokens ? inWords("A run spends %1 at most, and takes %2 tokens at most.").arg(money, tokens)
                              : inWords("A run spends %1 at most.").arg(money);
}

QString unknownSentence(const SpendingOutlook& outlook)
{
    QStringList sentences;
    if (!outlook.unpriced.empty())
        sentences << inWords("Price unknown: %1.").arg(namesOf(outlook.unpriced));
    if (outlook.questionCost)
        sentences << inWords("One question costs %1 at most.").arg(sumWords(*outlook.questionCost));
    if (!outlook.paid.empty() || !outlook.unpriced.empty())
        sentences << inWords("Not known beforehand: how exactly a server counts tokens, and whether it charges for "
                             "questions that fail.");
    if (!outlook.programs.empty())
        sentences << inWords("What %1 spends is neither known nor limited here.").arg(namesOf(outlook.programs));
    return sentences.join(u' ');
}

QString limitWords(const AgentChoice& choice)
{
    QStringList limits;
    if (choice.llmBudgetUsd > 0)
        limits << inWords("at most %1")
                      .arg(plain(moneyText(moneyFromDollars(choice.llmBudgetUsd).value_or(MicroDollars{}))));
    if (choice.llmBudgetTokens > 0)
        limits << inWords("at most %1 tokens").arg(countWords(choice.llmBudgetTokens));
    return limits.isEmpty() ? inWords("no limit in money or tokens") : limits.join(QStringLiteral(", "));
}

bool asksModels(const AgentChoice& choice)
{
    return std::any_of(choice.agents.begin(), choice.agents.end(),
                       [](const std::string& agent) { return agentKindOf(agent) == AgentKind::Model; });
}

}  // namespace

QString agentWords(const std::string& name)
{
    const QString target = plain(std::string(agentTargetOf(name)));
    switch (agentKindOf(name)) {
    case AgentKind::Model: {
        const QString model = target.left(target.lastIndexOf(u'@'));
        return model.isEmpty() ? inWords("first model of %1").arg(target.mid(1)) : model;
    }
    case AgentKind::Program: {
        const auto command = splitCommand(target.toStdString());
        return command ? QFileInfo(plain(command->front())).fileName() : target;
    }
    case AgentKind::Replay:
        // The engine writes the model behind it.
        return inWords("replay of %1").arg(QFileInfo(target.section(u'#', 0, 0)).completeBaseName());
    case AgentKind::Example:
        return inWords("written example");
    case AgentKind::Rules:
    case AgentKind::Unknown:
        break;
    }
    return plain(name);
}

QString agentsInShort(const std::vector<std::string>& names)
{
    if (names.empty())
        return inWords("none");
    return names.size() > kMostNamed ? inWords("%1 agents").arg(names.size()) : namesOf(names);
}

QString faultSentence(const ChoiceFault& fault)
{
    const QString agent = agentWords(fault.agent);
    const QString subject = plain(fault.subject);
    const QString reason = fault.reason ? plain(fault.reason->toString()) : QString();
    switch (fault.kind) {
    case ChoiceFault::Kind::NoAgent:
        return inWords("Nobody is chosen who proposes: check at least one agent.");
    case ChoiceFault::Kind::NamedTwice:
        return inWords("%1 is chosen twice: once is enough.").arg(agent);
    case ChoiceFault::Kind::Unknown:
        return reason.isEmpty() ? inWords("There is no agent “%1”.").arg(agent) : inWords("%1: %2.").arg(agent, reason);
    case ChoiceFault::Kind::NoKey:
        return inWords("%1 wants a key for %2, and none is there: enter it under Model servers.").arg(subject, agent);
    case ChoiceFault::Kind::UnfitKey:
        return inWords("%1 cannot be asked for %2: %3.").arg(subject, agent, reason);
    case ChoiceFault::Kind::PriceUnknown:
        return inWords("A limit in money cannot be kept with %1, whose price is unknown: enter its price under Model "
                       "servers, limit the tokens instead, or leave it out.")
            .arg(agent);
    case ChoiceFault::Kind::NoProgram:
        return reason.isEmpty()
            ? inWords("%1 is no program that can be started: check its path and that it may be executed.").arg(subject)
            : inWords("The command line of a program cannot be read: %1.").arg(reason);
    case ChoiceFault::Kind::KeyInCommand:
        return inWords(
                   "What follows %1 looks like a key, and everybody on this machine can read command lines: let the "
                   "program read its key from a file.")
            .arg(subject);
    case ChoiceFault::Kind::NoWorkspace:
        return inWords("There is no workspace %1 to replay.").arg(subject);
    case ChoiceFault::Kind::BadLimit:
        return inWords("A limit is an amount from 0 on, where 0 means none.");
    }
    return {};
}

QString outlookSentence(const SpendingOutlook& outlook)
{
    QStringList sentences;
    if (outlook.asksModels())
        sentences << mostSentence(outlook);
    else
        sentences << (outlook.programs.empty() ? inWords("A run asks no model and costs nothing.")
                                               : inWords("A run asks no model."));
    if (const QString unknown = unknownSentence(outlook); !unknown.isEmpty())
        sentences << unknown;
    return sentences.join(u' ');
}

QString choiceWords(const AgentChoice& choice)
{
    QStringList lines;
    for (const std::string& agent : choice.agents)
        lines << plain(agent);
    if (lines.isEmpty())
        lines << inWords("nobody");
    if (asksModels(choice))
        lines << limitWords(choice);
    return lines.join(u'\n');
}

QString spentInShort(const std::vector<AgentTally>& tallies)
{
    MicroDollars money;
    std::int64_t tokens = 0;
    std::int64_t unpriced = 0;
    for (const AgentTally& tally : tallies) {
        money += MicroDollars{tally.costMicroDollars};
        tokens += tally.promptTokens + tally.answerTokens;
        unpriced += tally.unpricedTokens;
    }
    if (tokens == 0)
        return {};
    if (money.value == 0)
        return inWords("%1 tokens").arg(countWords(tokens));
    return unpriced > 0 ? inWords("%1 and more").arg(sumWords(money)) : sumWords(money);
}

QString tallyWords(const AgentTally& tally)
{
    QStringList parts{inWords("asked %1, variants %2, right %3, faster %4")
                          .arg(tally.asked)
                          .arg(tally.variants)
                          .arg(tally.right)
                          .arg(tally.improved)};
    if (tally.failed > 0)
        parts << inWords("without an answer %1").arg(tally.failed);
    if (const std::int64_t tokens = tally.promptTokens + tally.answerTokens; tokens > 0) {
        QString cost = tally.costIsEstimated ? inWords("about %1") : QStringLiteral("%1");
        parts << inWords("%1 tokens").arg(countWords(tokens))
              << cost.arg(sumWords(MicroDollars{tally.costMicroDollars}));
    }
    if (tally.unpricedTokens > 0)
        parts << inWords("%1 tokens of unknown price").arg(countWords(tally.unpricedTokens));
    if (!tally.note.empty())
        parts << plain(tally.note);
    return QStringLiteral("%1: %2").arg(plain(tally.key), parts.join(QStringLiteral(", ")));
}

}  // namespace warploom
