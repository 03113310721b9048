// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/llm/ChatDialect.h"
#include "agent/llm/ChatService.h"
#include "agent/llm/HttpClient.h"
#include "agent/llm/ModelPreset.h"
#include "agent/llm/RetryPolicy.h"
#include "base/Secret.h"

namespace warploom {

struct ModelServerSettings {
    ChatDialectName dialect = ChatDialectName::OpenAi;
    std::string baseUrl;  ///< "https://api.openai.com/v1", "http://localhost:11434"
    std::string caFile;  ///< see HttpRequest
    std::string proxy;  ///< see HttpRequest
    HttpDeadlines deadlines;
    std::vector<HttpHeader> extraHeaders;  ///< values count as secret
    Bytes mostAnswer{32 * 1024 * 1024};
    RetryLimits retries;
    std::uint64_t seed = 1;  ///< of the jitter between tries
};

/// How a server of the catalogue is asked.
ModelServerSettings serverSettings(const ServerPreset& server);

/// Where the key comes from, asked anew for each request; an empty key sends none.
using KeySupplier = std::function<Result<Secret>()>;

/// A server of models, over HTTP. The key is sent to the scheme, host and port of baseUrl and nowhere else, and stands
/// in no error and no answer, even if the server repeats it.
class ModelServer : public ChatService {
public:
    ModelServer(ModelServerSettings settings, KeySupplier key, std::shared_ptr<HttpClient> http,
                RetryClock clock = RetryClock::real());

    /// Errors begin with the server's name. Tried again as the settings say while nothing of the answer has been handed
    /// out. KeyRefused, RateLimited, OutOfCredit, NotFound, RequestRefused, ServerFailed, BadAnswer as the server
    /// answers, and what HttpClient::send() fails with.
    Result<ChatAnswer> chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop) override;

    /// The models that the server offers, as it orders them; never tried again.
    Result<std::vector<std::string>> models(std::stop_token stop);

private:
    struct Access;
    struct Outcome;

    Result<Access> access() const;
    [[nodiscard]] HttpRequest httpRequest(const HttpUrl& url, const Access& access,
                                          std::chrono::milliseconds atMost) const;
    Outcome tryOnce(const ChatRequest& request, const ChatQuirks& quirks, const Access& access,
                    std::chrono::milliseconds atMost, const TextSink& onText, std::stop_token stop);
    ChatQuirks quirksOf(const std::string& model);
    /// Whether the refusal taught something to leave out.
    bool learn(const std::string& model, const ChatQuirks& asked, const Error& refusal);

    const ModelServerSettings m_settings;
    const KeySupplier m_key;
    const std::shared_ptr<HttpClient> m_http;
    const RetryClock m_clock;
    const ChatDialect& m_dialect;
    RetryPolicy m_retries;
    std::mutex m_mutex;
    std::map<std::string, ChatQuirks> m_quirks;  ///< by model
};

}  // namespace warploom
