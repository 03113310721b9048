// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/Result.h"

namespace warploom {

/// One page of resources/knowledge or of a folder of a person's own.
struct KnowledgePage {
    std::string id;  ///< file name without its ending: "coalesced-access"
    std::string title;
    std::vector<std::string> architectures;  ///< "sm_90", "sm_80+" for it and all after it; none: every one
    std::vector<std::string> idioms;  ///< tags of tasks that it is about: "row-reduction"
    std::vector<std::string> bottlenecks;  ///< as findings name them
    std::vector<std::string> moves;  ///< of the rules agent that do what the page tells of
    std::vector<std::string> tags;
    std::vector<std::string> sources;  ///< where its facts are from
    std::string text;  ///< Markdown without the front matter
    std::string file;  ///< where it was read from; "built in" otherwise
};

struct KnowledgeQuery {
    std::string text;  ///< free words
    std::string architecture;
    std::vector<std::string> idioms;
    std::vector<std::string> bottlenecks;
    std::vector<std::string> moves;
};

/// The pages that come with Warploom and those of a person's own folder, found by words and tags. May be read from any
/// thread.
class KnowledgeBase {
public:
    /// \p folders: of *.md files, beside what is built in; a page there replaces one of the same id. A page that cannot
    /// be read is left out and named in problems().
    static Result<std::shared_ptr<const KnowledgeBase>> open(const std::vector<std::filesystem::path>& folders = {});
    /// The folder `knowledge` in the data folder where there is one: what programs open unless told otherwise.
    static std::vector<std::filesystem::path> ownFolders();
    ~KnowledgeBase();

    [[nodiscard]] const std::vector<KnowledgePage>& pages() const;
    [[nodiscard]] const KnowledgePage* find(const std::string& id) const;
    /// The pages that fit best, best first; pages for other architectures are left out, and so are those that nothing
    /// in the query speaks for. What stands first in a list of the query counts most.
    [[nodiscard]] std::vector<const KnowledgePage*> search(const KnowledgeQuery& query, std::size_t most) const;
    /// Pages about a move of the rules agent, the one that names it first in front.
    [[nodiscard]] std::vector<const KnowledgePage*> aboutMove(const std::string& move) const;
    [[nodiscard]] const std::vector<Error>& problems() const;

private:
    struct Content;

    explicit KnowledgeBase(std::unique_ptr<Content> content);

    std::unique_ptr<Content> m_content;
};

}  // namespace warploom
