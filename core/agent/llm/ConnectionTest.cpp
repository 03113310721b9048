// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/ConnectionTest.h"

#include <algorithm>
#include <chrono>

#include "agent/llm/ModelServer.h"

namespace warploom {

namespace {

constexpr std::chrono::milliseconds kPatience{20'000};

Result<std::vector<std::string>> modelsWith(const ServerPreset& preset, const Secret& key,
                                            const std::shared_ptr<HttpClient>& http, std::stop_token stop)
{
    ModelServerSettings settings = serverSettings(preset);
    for (auto* deadline :
         {&settings.deadlines.connect, &settings.deadlines.start, &settings.deadlines.stall, &settings.deadlines.total})
        *deadline = std::min(*deadline, kPatience);
    ModelServer server(std::move(settings), [key]() -> Result<Secret> { return key; }, http);
    return server.models(std::move(stop));
}

}  // namespace

Result<ConnectionReport> testConnection(const ServerPreset& server, const Secret& key,
                                        const std::shared_ptr<HttpClient>& http, std::stop_token stop)
{
    const auto begun = std::chrono::steady_clock::now();
    ConnectionReport report;
    WARPLOOM_TRY(report.models, modelsWith(server, key, http, stop));
    report.time = Seconds(std::chrono::steady_clock::now() - begun);
    report.sentKey = !key.isEmpty();
    if (!report.sentKey)
        return report;
    const auto open = modelsWith(server, {}, http, std::move(stop));
    if (!open && open.error().isCancelled())
        return fail(open.error());
    report.isOpenToAll = open.has_value();
    return report;
}

}  // namespace warploom
