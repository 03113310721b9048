// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/DraftStore.h"

#include <condition_variable>
#include <mutex>

#include <QCryptographicHash>
#include <QDateTime>
#include <QUuid>

#include "base/Files.h"
#include "base/Log.h"

namespace warploom {

namespace {

/// What a crash may cost of the last typing.
constexpr int kWriteAfterMs = 250;
constexpr int kFormat = 1;
constexpr const char* kSuffix = ".draft";

nlohmann::json jsonOf(const Draft& draft)
{
    return {{"format", kFormat},
            {"workspace", draft.workspace.toStdString()},
            {"parent", draft.parent},
            {"file", draft.file.toStdString()},
            {"file_hash", draft.fileHash.toStdString()},
            {"title", draft.title.toStdString()},
            {"text", draft.text.toStdString()}};
}

Draft draftFrom(const nlohmann::json& json, const QString& id)
{
    const auto text = [&json](const char* key) { return QString::fromStdString(json.at(key).get<std::string>()); };
    Draft draft;
    draft.id = id;
    draft.workspace = text("workspace");
    draft.parent = json.at("parent").get<VariantId>();
    draft.file = text("file");
    draft.fileHash = text("file_hash");
    draft.title = text("title");
    draft.text = text("text");
    return draft;
}

/// Ids sort by time, so that drafts come back in the order they were opened.
QString newId()
{
    return QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd-HHmmsszzz-"))
        + QUuid::createUuid().toString(QUuid::Id128).left(8);
}

}  // namespace

QString draftTextHash(const QString& text)
{
    return QString::fromLatin1(QCryptographicHash::hash(text.toUtf8(), QCryptographicHash::Sha256).toHex());
}

DraftStore::DraftStore(std::filesystem::path folder, QObject* parent)
    : QObject(parent)
    , m_folder(std::move(folder))
{
    m_writeTimer.setSingleShot(true);
    m_writeTimer.setInterval(kWriteAfterMs);
    connect(&m_writeTimer, &QTimer::timeout, this, &DraftStore::writeChanged);
    load();
}

DraftStore::~DraftStore() { flush(); }

std::filesystem::path DraftStore::fileOf(const QString& id, bool discarded) const
{
    const auto folder = discarded ? m_folder / "discarded" : m_folder;
    return folder / (id.toStdString() + kSuffix);
}

void DraftStore::load()
{
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(m_folder, failure)) {
        if (entry.path().extension() != kSuffix)
            continue;
        const QString id = QString::fromStdString(entry.path().stem().string());
        const auto text = readTextFile(entry.path());
        const auto json = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
        try {
            m_drafts.emplace(id, draftFrom(json, id));
        } catch (const nlohmann::json::exception& error) {
            // It stays where it is: a newer Warploom may be able to read it.
            spdlog::warn("{} is no draft that this build can read: {}", entry.path().string(), error.what());
        }
    }
}

const Draft* DraftStore::find(const QString& id) const
{
    const auto found = m_drafts.find(id);
    return found == m_drafts.end() ? nullptr : &found->second;
}

QList<Draft> DraftStore::draftsOf(const QString& workspace) const
{
    QList<Draft> drafts;
    for (const auto& [id, draft] : m_drafts)
        if (draft.workspace == workspace)
            drafts.append(draft);
    return drafts;
}

QString DraftStore::add(Draft draft)
{
    draft.id = newId();
    const QString id = draft.id;
    m_drafts.emplace(id, std::move(draft));
    markChanged(id);
    return id;
}

void DraftStore::setText(const QString& id, const QString& text)
{
    Draft& draft = m_drafts.at(id);
    draft.text = text;
    // What was given to a run is not this text any more.
    draft.isSubmitted = false;
    markChanged(id);
}

void DraftStore::setFileHash(const QString& id, const QString& hash)
{
    m_drafts.at(id).fileHash = hash;
    markChanged(id);
}

void DraftStore::setSubmitted(const QString& id, bool submitted)
{
    m_drafts.at(id).isSubmitted = submitted;
    markChanged(id);
}

void DraftStore::discard(const QString& id)
{
    const auto found = m_drafts.find(id);
    if (found == m_drafts.end())
        return;
    m_discarded.append(std::move(found->second));
    m_drafts.erase(found);
    m_changed.erase(id);
    const std::string text = jsonOf(m_discarded.last()).dump();
    m_thread.post([from = fileOf(id, false), to = fileOf(id, true), text](std::stop_token) {
        std::error_code failure;
        std::filesystem::create_directories(to.parent_path(), failure);
        if (writeFileAtomically(to, text))
            std::filesystem::remove(from, failure);
    });
}

QString DraftStore::bringBack()
{
    if (m_discarded.isEmpty())
        return {};
    Draft draft = m_discarded.takeLast();
    draft.isSubmitted = false;
    const QString id = draft.id;
    m_drafts.emplace(id, std::move(draft));
    m_thread.post([aside = fileOf(id, true)](std::stop_token) {
        std::error_code ignored;
        std::filesystem::remove(aside, ignored);
    });
    markChanged(id);
    return id;
}

void DraftStore::markChanged(const QString& id)
{
    m_changed.insert(id);
    if (!m_writeTimer.isActive())
        m_writeTimer.start();
}

void DraftStore::writeChanged()
{
    m_writeTimer.stop();
    for (const QString& id : m_changed) {
        m_thread.post([this, path = fileOf(id, false), text = jsonOf(m_drafts.at(id)).dump()](std::stop_token) {
            std::error_code failure;
            std::filesystem::create_directories(path.parent_path(), failure);
            const auto written = writeFileAtomically(path, text);
            if (written)
                return;
            const QString message = QString::fromStdString(written.error().toString());
            QMetaObject::invokeMethod(this, [this, message] { emit writeFailed(message); }, Qt::QueuedConnection);
        });
    }
    m_changed.clear();
}

void DraftStore::flush()
{
    writeChanged();
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    m_thread.post([&](std::stop_token) {
        const std::lock_guard lock(mutex);
        done = true;
        changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&done] { return done; });
}

}  // namespace warploom
