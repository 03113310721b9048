// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.h"

namespace warploom {

class Database;

/// Texts that are found by their words, held in memory. English endings do not matter: "coalescing" finds
/// "coalesced". May be used from any thread.
class TextIndex {
public:
    struct Document {
        std::string id;
        std::string title;  ///< a word here weighs eight times one of the body
        std::string tags;  ///< a word here weighs four times one of the body
        std::string body;
    };
    struct Hit {
        std::string id;
        double score = 0;  ///< above 0, more is better; only comparable within one search
    };

    static Result<std::unique_ptr<TextIndex>> create();
    ~TextIndex();

    /// All of them or, when it fails, none. An id may be added once.
    Result<> add(std::span<const Document> documents);
    /// Documents with any of the words, best first, equally good ones by id. Whatever stands in \p words is text:
    /// operators, quotes and column names of the search language mean nothing. A word also finds what begins with it.
    /// No word, no hit; of more than 64 words the first count.
    [[nodiscard]] Result<std::vector<Hit>> search(std::string_view words, std::size_t most) const;

private:
    explicit TextIndex(std::unique_ptr<Database> database);

    mutable std::mutex m_mutex;  ///< a connection serves one thread at a time
    std::unique_ptr<Database> m_database;
};

}  // namespace warploom
