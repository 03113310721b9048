// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <curl/curl.h>

#include "agent/llm/HttpMessage.h"
#include "base/Error.h"

namespace warploom {

/// What curl knows about a request that came to nothing.
struct HttpFailure {
    CURLcode code = CURLE_OK;
    std::string curlSays;  ///< may be empty
    long certificateFault = 0;  ///< X509_V_ERR_… of OpenSSL
    long systemError = 0;  ///< errno
    long proxyStatus = 0;  ///< what a proxy answered to CONNECT
    bool wasConnected = false;
};

/// In words for people; no header, URL or proxy stands in it.
Error describe(const HttpFailure& failure, const HttpRequest& request);
Error answerTooLarge(Bytes most);

}  // namespace warploom
