// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/ModelKeys.h"

#include <QPointer>
#include <QSettings>

namespace warploom {

namespace {

QString namesKey() { return QStringLiteral("models/servers-with-keys"); }

QStringList namesOfKept() { return QSettings().value(namesKey()).toStringList(); }

}  // namespace

ModelKeys::ModelKeys(std::unique_ptr<KeyStore> store, QObject* parent)
    : QObject(parent)
    , m_store(std::move(store))
{
    readNext(namesOfKept());
}

ModelKeys::~ModelKeys() = default;

/// One after the other: a keyring that has to be unlocked asks once.
void ModelKeys::readNext(QStringList servers)
{
    if (servers.isEmpty()) {
        m_isRead = true;
        for (const auto& use : std::exchange(m_waiting, {}))
            use();
        emit changed();
        return;
    }
    const QString server = servers.takeFirst();
    m_store->read(server, [guard = QPointer<ModelKeys>(this), server, servers](const Result<Secret>& key) {
        if (guard) {
            guard->noteRead(server, key);
            const bool goesOn = key || key.error().isNotFound();
            guard->readNext(goesOn ? servers : QStringList());
        }
    });
}

void ModelKeys::noteRead(const QString& server, const Result<Secret>& key)
{
    // What was entered meanwhile is newer.
    if (key && !m_known.contains(server))
        m_known[server] = {*key, true};
    else if (!key)
        m_problem = QString::fromStdString(key.error().message);
}

void ModelKeys::whenRead(std::function<void()> use)
{
    if (m_isRead)
        use();
    else
        m_waiting.push_back(std::move(use));
}

ModelKeys::Kept ModelKeys::kept(const QString& server) const
{
    const auto found = m_known.find(server);
    if (found == m_known.end())
        return Kept::Nowhere;
    return found->second.isInKeyring ? Kept::Keyring : Kept::ThisSession;
}

std::map<std::string, Secret> ModelKeys::keys() const
{
    std::map<std::string, Secret> keys;
    for (const auto& [server, known] : m_known)
        keys[server.toStdString()] = known.key;
    return keys;
}

std::shared_ptr<const KeySource> ModelKeys::source() const
{
    return std::make_shared<KeyChain>(std::vector<std::shared_ptr<const KeySource>>{
        std::make_shared<HandedKeys>(keys()), std::make_shared<EnvironmentKeys>()});
}

void ModelKeys::rememberNames() const
{
    // Those that could not be read this time are still in the keyring.
    QStringList names = namesOfKept();
    for (const auto& [server, known] : m_known) {
        names.removeAll(server);
        if (known.isInKeyring)
            names.append(server);
    }
    QSettings().setValue(namesKey(), names);
}

void ModelKeys::keepForSession(const QString& server, const Secret& key)
{
    m_known[server] = {key, false};
    emit changed();
}

void ModelKeys::keep(const QString& server, const Secret& key, KeyStore::Answer<void> answer)
{
    keepForSession(server, key);
    m_store->write(server, key,
                   [guard = QPointer<ModelKeys>(this), server, answer = std::move(answer)](const Result<>& written) {
                       if (!guard)
                           return;
                       guard->m_problem = written ? QString() : QString::fromStdString(written.error().message);
                       if (const auto known = guard->m_known.find(server); written && known != guard->m_known.end())
                           known->second.isInKeyring = true;
                       guard->rememberNames();
                       answer(written);
                       emit guard->changed();
                   });
}

void ModelKeys::forget(const QString& server, KeyStore::Answer<void> answer)
{
    const bool isInKeyring = namesOfKept().contains(server);
    m_known.erase(server);
    emit changed();
    if (!isInKeyring) {
        answer({});
        return;
    }
    m_store->remove(server,
                    [guard = QPointer<ModelKeys>(this), server, answer = std::move(answer)](const Result<>& removed) {
                        if (!guard)
                            return;
                        if (removed) {
                            QStringList names = namesOfKept();
                            names.removeAll(server);
                            QSettings().setValue(namesKey(), names);
                        }
                        answer(removed);
                        emit guard->changed();
                    });
}

}  // namespace warploom
