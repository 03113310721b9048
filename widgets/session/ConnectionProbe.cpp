// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/ConnectionProbe.h"

namespace warploom {

ConnectionProbe::ConnectionProbe(QObject* parent)
    : QObject(parent)
    , m_http(std::make_shared<HttpClient>())
    , m_thread(std::make_unique<JobThread>())
{
}

ConnectionProbe::~ConnectionProbe() { m_stop.request_stop(); }

void ConnectionProbe::start(const ServerPreset& server, const Secret& key)
{
    if (m_isRunning)
        return;
    m_isRunning = true;
    m_hadKey = !key.isEmpty();
    emit runningChanged(true);
    m_stop = std::stop_source();
    // A token of its own: one that is cancelled before it begins is answered too.
    m_thread->post([this, server, key, http = m_http, stop = m_stop.get_token()](std::stop_token) {
        auto report = testConnection(server, key, http, stop);
        QMetaObject::invokeMethod(
            this,
            [this, server, report = std::move(report)] {
                m_isRunning = false;
                emit runningChanged(false);
                emit answered(server, report);
            },
            Qt::QueuedConnection);
    });
}

void ConnectionProbe::cancel() { m_stop.request_stop(); }

}  // namespace warploom
