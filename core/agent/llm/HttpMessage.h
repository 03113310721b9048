// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/Units.h"

namespace warploom {

struct HttpHeader {
    std::string name;
    std::string value;  ///< may be secret: it stands in no error and no log
};

struct HttpDeadlines {
    std::chrono::milliseconds connect{10'000};  ///< look-up of the name, connection and TLS
    /// From the connection to the first byte of the answer's body: a model may think for minutes before it speaks.
    std::chrono::milliseconds start{300'000};
    std::chrono::milliseconds stall{180'000};  ///< between two bytes of the answer
    std::chrono::milliseconds total{900'000};
};

struct HttpRequest {
    std::string url;
    std::vector<HttpHeader> headers;
    std::string body;  ///< POST where there is one, else GET
    HttpDeadlines deadlines;
    std::string caFile;  ///< certificates of authorities to trust besides the system's; empty: only those
    std::string proxy;  ///< URL; empty: as curl's environment variables say; "direct": none
    Bytes mostAnswer{32 * 1024 * 1024};  ///< of the body, after decompression
    int mostRedirects = 3;  ///< within one scheme, host and port
};

/// What comes before the body of an answer.
struct HttpHead {
    int status = 0;
    std::vector<HttpHeader> headers;

    [[nodiscard]] bool isSuccess() const { return status >= 200 && status < 300; }
    /// Value of the header of that name in whatever case; empty without one.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

}  // namespace warploom
