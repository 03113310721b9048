// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/ServerText.h"

#include <QCoreApplication>
#include <QStringList>

#include "agent/llm/KeySource.h"
#include "look/Figures.h"

namespace warploom {

namespace {

QString told(const char* text) { return QCoreApplication::translate("ServerText", text); }

QString successSentence(const QString& title, const ServerPreset& server, const ConnectionReport& report)
{
    QStringList sentences;
    sentences
        << (report.models.empty()
                ? told("%1 works, answered in %2 s, and has no model.").arg(title, threeDigits(report.time.count()))
                : told("%1 works, answered in %2 s, and has models: %3.")
                      .arg(title, threeDigits(report.time.count()))
                      .arg(report.models.size()));
    if (report.isOpenToAll)
        sentences << told("It lists them without a key too: whether the key is good shows with the first question.");
    else if (!report.sentKey && server.needsKey)
        sentences << told("No key was sent, for none is there: questions need one.");
    return sentences.join(u' ');
}

}  // namespace

QString keyWords(const ServerPreset& server, const ModelKeys& keys)
{
    switch (keys.kept(QString::fromStdString(server.name))) {
    case ModelKeys::Kept::Keyring:
        return told("in the keyring");
    case ModelKeys::Kept::ThisSession:
        return told("for this session");
    case ModelKeys::Kept::Nowhere:
        break;
    }
    const auto key = EnvironmentKeys().keyOf(server);
    if (key)
        return told("in %1").arg(QString::fromStdString(server.keyVariable));
    if (!key.error().isNotFound())
        return told("unfit, in %1").arg(QString::fromStdString(server.keyVariable));
    return server.needsKey ? told("missing") : told("none needed");
}

QString connectionSentence(const ServerPreset& server, bool hadKey, const Result<ConnectionReport>& report)
{
    const QString title = QString::fromStdString(server.title);
    if (report)
        return successSentence(title, server, *report);
    const Error& error = report.error();
    if (error.isCancelled())
        return told("The test of %1 was cancelled.").arg(title);
    if (error.code == ErrorCode::KeyRefused && !hadKey)
        return told("%1 answers, and wants a key: none was sent, for none is there. Enter it and try again.")
            .arg(title);
    return told("%1 does not work: %2. %3")
        .arg(title, QString::fromStdString(error.toString()),
             QString::fromUtf8(remedy(error.code).data(), static_cast<qsizetype>(remedy(error.code).size())));
}

}  // namespace warploom
