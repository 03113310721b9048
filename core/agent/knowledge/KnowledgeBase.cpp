// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/knowledge/KnowledgeBase.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <unordered_map>

#include <fmt/format.h>

#include "agent/knowledge/BuiltInPages.h"
#include "agent/knowledge/PageParser.h"
#include "agent/knowledge/PageRanking.h"
#include "base/Files.h"
#include "store/TextIndex.h"

namespace warploom {

namespace {

constexpr std::uintmax_t kLargestPage = 256 * 1024;

Result<KnowledgePage> readPage(const std::filesystem::path& path)
{
    const std::string id = path.stem().string();
    if (!isPageId(id))
        return fail(Error{ErrorCode::InvalidInput,
                          "a page cannot be called so",
                          {path.string(), 0, 0},
                          "small letters, digits and hyphens before .md",
                          path.filename().string()});
    std::error_code error;
    if (const auto size = std::filesystem::file_size(path, error); !error && size > kLargestPage)
        return fail(Error{ErrorCode::InvalidInput,
                          "the page is too long",
                          {path.string(), 0, 0},
                          fmt::format("at most {} bytes", kLargestPage),
                          fmt::format("{} bytes", size)});
    WARPLOOM_TRY(const std::string text, readTextFile(path));
    return parsePage(id, text, path.string());
}

/// The *.md files of a folder by name; what keeps it from being read otherwise.
Result<std::vector<std::filesystem::path>> pageFilesIn(const std::filesystem::path& folder)
{
    std::error_code error;
    std::vector<std::filesystem::path> files;
    std::filesystem::directory_iterator entries(folder, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
        if (entries->path().extension() == ".md")
            files.push_back(entries->path());
    if (error)
        return fail(error == std::errc::no_such_file_or_directory ? ErrorCode::NotFound : ErrorCode::IoFailed,
                    fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
    std::sort(files.begin(), files.end());
    return files;
}

std::string joined(const KnowledgePage& page)
{
    std::string words = page.id;
    for (const auto* list : {&page.tags, &page.idioms, &page.bottlenecks, &page.moves, &page.architectures})
        for (const std::string& word : *list)
            words.append(" ").append(word);
    return words;
}

}  // namespace

struct KnowledgeBase::Content {
    std::vector<KnowledgePage> pages;  ///< by id
    std::unordered_map<std::string, std::size_t> places;
    std::vector<Error> problems;
    std::unique_ptr<TextIndex> index;

    void take(std::map<std::string, KnowledgePage>& known, Result<KnowledgePage> page)
    {
        if (page)
            known.insert_or_assign(page->id, std::move(*page));
        else
            problems.push_back(std::move(page).error());
    }

    Result<> makeIndex()
    {
        WARPLOOM_TRY(index, TextIndex::create());
        std::vector<TextIndex::Document> documents;
        documents.reserve(pages.size());
        for (const KnowledgePage& page : pages)
            documents.push_back({page.id, page.title, joined(page), page.text});
        return index->add(documents);
    }

    /// How well each page's words fit, 0…1; empty where nothing is asked.
    [[nodiscard]] std::unordered_map<std::string, double> textShares(const std::string& words) const
    {
        std::unordered_map<std::string, double> shares;
        const auto hits = index->search(words, pages.size());
        if (hits)
            for (const TextIndex::Hit& hit : *hits)
                shares.emplace(hit.id, hit.score / hits->front().score);
        return shares;
    }
};

KnowledgeBase::KnowledgeBase(std::unique_ptr<Content> content)
    : m_content(std::move(content))
{
}

KnowledgeBase::~KnowledgeBase() = default;

Result<std::shared_ptr<const KnowledgeBase>> KnowledgeBase::open(const std::vector<std::filesystem::path>& folders)
{
    auto content = std::make_unique<Content>();
    std::map<std::string, KnowledgePage> known;
    for (const BuiltInPage& page : builtInPages())
        content->take(known, parsePage(std::string(page.id), page.text, "built in"));
    for (const auto& folder : folders) {
        const auto files = pageFilesIn(folder);
        if (!files) {
            content->problems.push_back(files.error());
            continue;
        }
        for (const auto& file : *files)
            content->take(known, readPage(file));
    }
    content->pages.reserve(known.size());
    for (auto& [id, page] : known) {
        content->places.emplace(id, content->pages.size());
        content->pages.push_back(std::move(page));
    }
    WARPLOOM_CHECK(content->makeIndex());
    return std::shared_ptr<const KnowledgeBase>(new KnowledgeBase(std::move(content)));
}

std::vector<std::filesystem::path> KnowledgeBase::ownFolders()
{
    std::error_code error;
    const auto folder = dataFolder() / "knowledge";
    if (std::filesystem::is_directory(folder, error))
        return {folder};
    return {};
}

const std::vector<KnowledgePage>& KnowledgeBase::pages() const { return m_content->pages; }

const std::vector<Error>& KnowledgeBase::problems() const { return m_content->problems; }

const KnowledgePage* KnowledgeBase::find(const std::string& id) const
{
    const auto place = m_content->places.find(id);
    return place == m_content->places.end() ? nullptr : &m_content->pages[place->second];
}

std::vector<const KnowledgePage*> KnowledgeBase::search(const KnowledgeQuery& query, std::size_t most) const
{
    const auto shares = m_content->textShares(query.text);
    std::vector<std::pair<double, const KnowledgePage*>> ranked;
    for (const KnowledgePage& page : m_content->pages) {
        if (!holdsFor(page, query.architecture))
            continue;
        const auto share = shares.find(page.id);
        const double fit = fitOf(page, query, share == shares.end() ? 0 : share->second);
        if (fit > 0)
            ranked.emplace_back(fit, &page);
    }
    // Pages are in the order of their ids, which decides between equally good ones.
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<const KnowledgePage*> found;
    for (std::size_t i = 0; i < std::min(most, ranked.size()); ++i)
        found.push_back(ranked[i].second);
    return found;
}

std::vector<const KnowledgePage*> KnowledgeBase::aboutMove(const std::string& move) const
{
    return search({{}, {}, {}, {}, {move}}, m_content->pages.size());
}

}  // namespace warploom
