// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/TextIndex.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "store/Database.h"

namespace warploom {

namespace {

constexpr std::size_t kMostWords = 64;
constexpr std::size_t kLongestWord = 64;
/// Below this a prefix would find half of the language.
constexpr std::size_t kShortestPrefix = 3;

bool isInWord(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/// What stands between anything that is no letter and no digit.
std::vector<std::string_view> wordsOf(std::string_view text)
{
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while (at < text.size() && words.size() < kMostWords) {
        const std::size_t begin = at;
        while (at < text.size() && isInWord(text[at]))
            ++at;
        if (at > begin)
            words.push_back(text.substr(begin, std::min(at - begin, kLongestWord)));
        else
            ++at;
    }
    return words;
}

/// Any of the words, each in quotes, so that AND, NEAR and their like are words too.
std::string matchOf(std::string_view text)
{
    std::string match;
    for (const std::string_view word : wordsOf(text)) {
        const std::string quoted = '"' + std::string(word) + '"';
        if (!match.empty())
            match += " OR ";
        match += quoted;
        if (word.size() >= kShortestPrefix)
            match += " OR " + quoted + " *";
    }
    return match;
}

}  // namespace

TextIndex::TextIndex(std::unique_ptr<Database> database)
    : m_database(std::move(database))
{
}

TextIndex::~TextIndex() = default;

Result<std::unique_ptr<TextIndex>> TextIndex::create()
{
    WARPLOOM_TRY(auto database, Database::inMemory("the text index"));
    WARPLOOM_CHECK(database->execute("CREATE TABLE documents(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);"
                                     "CREATE VIRTUAL TABLE texts USING fts5(title, tags, body, content='', "
                                     "tokenize='porter unicode61', prefix='3 4 5')"));
    return std::unique_ptr<TextIndex>(new TextIndex(std::move(database)));
}

Result<> TextIndex::add(std::span<const Document> documents)
{
    const std::scoped_lock lock(m_mutex);
    WARPLOOM_TRY(Transaction transaction, Transaction::begin(*m_database));
    for (const Document& document : documents) {
        WARPLOOM_CHECK(m_database->run("INSERT INTO documents(id) VALUES(?1)", document.id));
        WARPLOOM_CHECK(m_database->run("INSERT INTO texts(rowid, title, tags, body) VALUES(?1, ?2, ?3, ?4)",
                                       m_database->lastInsertedRow(), document.title, document.tags, document.body));
    }
    return transaction.commit();
}

Result<std::vector<TextIndex::Hit>> TextIndex::search(std::string_view words, std::size_t most) const
{
    std::vector<Hit> hits;
    const std::string match = matchOf(words);
    if (match.empty() || most == 0)
        return hits;
    const std::scoped_lock lock(m_mutex);
    // bm25 is negative, less is better. The order by id makes equal answers of equal documents.
    WARPLOOM_TRY(Statement statement,
                 m_database->prepare("SELECT documents.id, -bm25(texts, 8.0, 4.0, 1.0) AS score FROM texts "
                                     "JOIN documents ON documents.number = texts.rowid WHERE texts MATCH ?1 "
                                     "ORDER BY score DESC, documents.id LIMIT ?2"));
    const auto limit = static_cast<std::int64_t>(std::min<std::size_t>(most, std::numeric_limits<int>::max()));
    statement.bindAll(std::string_view(match), limit);
    for (;;) {
        WARPLOOM_TRY(const bool row, statement.step());
        if (!row)
            return hits;
        hits.push_back({statement.text(0), statement.real(1)});
    }
}

}  // namespace warploom
