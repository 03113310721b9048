// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "base/Result.h"

namespace warploom {

/// An absolute http:// or https:// address.
class HttpUrl {
public:
    /// InvalidArgument for anything else, user names and passwords included: these belong in headers.
    static Result<HttpUrl> parse(const std::string& text);

    [[nodiscard]] const std::string& path() const { return m_path; }  ///< "/" at least
    /// The same server and query, another path (that begins with a slash).
    [[nodiscard]] HttpUrl withPath(std::string path) const;
    /// What a key may be sent to: "https://host:443".
    [[nodiscard]] std::string origin() const;
    /// For messages: "host", or "host:8080" where the port is not the scheme's own.
    [[nodiscard]] std::string server() const;
    [[nodiscard]] std::string toString() const;

private:
    std::string m_scheme;
    std::string m_host;
    std::string m_port;
    std::string m_path;
    std::string m_query;
};

}  // namespace warploom
