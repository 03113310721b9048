// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/KeyringKeys.h"

#include <QTimer>

#include <qt6keychain/keychain.h>

#include <fmt/format.h>

namespace warploom {

namespace {

constexpr int kPatienceMs = 20'000;

/// The keyring lists entries by service and by this.
QString entryOf(const QString& server) { return QStringLiteral("model-server/") + server; }

ErrorCode codeOf(QKeychain::Error error)
{
    switch (error) {
    case QKeychain::EntryNotFound:
        return ErrorCode::NotFound;
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser:
        return ErrorCode::ReadOnly;
    default:
        // Also what a missing service comes as, with words of its own.
        return ErrorCode::Unsupported;
    }
}

Result<> outcomeOf(const QKeychain::Job& job, const QString& server)
{
    if (job.error() == QKeychain::NoError)
        return {};
    const ErrorCode code = codeOf(job.error());
    if (code == ErrorCode::NotFound)
        return fail(code, fmt::format("the keyring holds no key for {}", server.toStdString()));
    if (job.error() == QKeychain::NoBackendAvailable)
        return fail(code, "no keyring service runs here");
    return fail(code, fmt::format("the keyring says: {}", job.errorString().trimmed().toStdString()));
}

}  // namespace

KeyringKeys::KeyringKeys(QString service, QObject* parent)
    : QObject(parent)
    , m_service(std::move(service))
{
}

void KeyringKeys::start(QKeychain::Job* job, const QString& server, std::function<void(Result<>)> finish)
{
    job->setKey(entryOf(server));
    job->setInsecureFallback(false);
    auto* patience = new QTimer(job);
    patience->setSingleShot(true);
    connect(job, &QKeychain::Job::finished, this, [patience, server, finish](QKeychain::Job* ended) {
        if (patience->isActive())
            finish(outcomeOf(*ended, server));
        patience->stop();
    });
    // A service that hangs would leave people waiting; the job goes on, and its answer is of no use any more.
    connect(patience, &QTimer::timeout, this,
            [finish] { finish(fail(ErrorCode::Timeout, "the keyring service does not answer")); });
    patience->start(kPatienceMs);
    job->start();
}

void KeyringKeys::read(const QString& server, Answer<Secret> answer)
{
    auto* job = new QKeychain::ReadPasswordJob(m_service);
    start(job, server, [job, answer = std::move(answer)](Result<> outcome) {
        if (outcome)
            answer(Secret(job->textData().toStdString()));
        else
            answer(fail(outcome.error()));
    });
}

void KeyringKeys::write(const QString& server, const Secret& key, Answer<void> answer)
{
    auto* job = new QKeychain::WritePasswordJob(m_service);
    job->setTextData(QString::fromUtf8(key.reveal().data(), static_cast<qsizetype>(key.reveal().size())));
    start(job, server, std::move(answer));
}

void KeyringKeys::remove(const QString& server, Answer<void> answer)
{
    auto* job = new QKeychain::DeletePasswordJob(m_service);
    start(job, server, [answer = std::move(answer)](const Result<>& outcome) {
        answer(!outcome && outcome.error().isNotFound() ? Result<>() : outcome);
    });
}

}  // namespace warploom
