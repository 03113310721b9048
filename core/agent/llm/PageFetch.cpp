// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/llm/PageFetch.h"

#include <utility>

namespace warploom {

HttpFetch localPageFetch(std::shared_ptr<HttpClient> client)
{
    return [client = std::move(client)](const std::string& url, std::chrono::milliseconds deadline,
                                        std::stop_token stop) -> Result<FetchedPage> {
        HttpRequest request;
        request.url = url;
        request.deadlines = {deadline, deadline, deadline, deadline};
        request.proxy = "direct";
        request.mostAnswer = kMiB;
        request.mostRedirects = 0;
        FetchedPage page;
        WARPLOOM_TRY(const HttpHead head,
                     client->send(
                         request,
                         [&page](const HttpHead&, std::string_view piece) {
                             page.body += piece;
                             return Result<HttpClient::Reading>(HttpClient::Reading::GoOn);
                         },
                         stop));
        page.status = head.status;
        return page;
    };
}

}  // namespace warploom
