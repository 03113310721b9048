// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "Commands.h"
#include "Terminal.h"
#include "agent/knowledge/KnowledgeBase.h"
#include "protocol/RpcMessage.h"

namespace warploom {

namespace {

nlohmann::json pageJson(const KnowledgePage& page)
{
    return {{"id", page.id},
            {"title", page.title},
            {"architectures", page.architectures},
            {"idioms", page.idioms},
            {"bottlenecks", page.bottlenecks},
            {"moves", page.moves},
            {"tags", page.tags},
            {"sources", page.sources},
            {"file", page.file}};
}

int showPage(const KnowledgeBase& base, const KnowledgeOptions& options)
{
    const KnowledgePage* page = base.find(options.page);
    if (page == nullptr)
        return complain({ErrorCode::NotFound,
                         fmt::format("there is no page '{}'; warploom-cli knowledge lists them", options.page),
                         {},
                         {},
                         {}});
    if (options.json) {
        nlohmann::json json = pageJson(*page);
        json["text"] = page->text;
        return printJson({{"page", std::move(json)}});
    }
    fmt::print("# {}\n\n{}\n\nSources: {}\n", page->title, page->text, fmt::join(page->sources, "; "));
    return kFine;
}

std::vector<const KnowledgePage*> pagesFor(const KnowledgeBase& base, const std::string& words)
{
    if (!words.empty())
        return base.search({words, {}, {}, {}, {}}, base.pages().size());
    std::vector<const KnowledgePage*> all;
    for (const KnowledgePage& page : base.pages())
        all.push_back(&page);
    return all;
}

int listPages(const KnowledgeBase& base, const KnowledgeOptions& options)
{
    const auto pages = pagesFor(base, fmt::format("{}", fmt::join(options.words, " ")));
    if (options.json) {
        auto list = nlohmann::json::array();
        for (const KnowledgePage* page : pages)
            list.push_back(pageJson(*page));
        auto problems = nlohmann::json::array();
        for (const Error& problem : base.problems())
            problems.push_back(errorToJson(problem));
        return printJson({{"pages", std::move(list)}, {"problems", std::move(problems)}});
    }
    for (const KnowledgePage* page : pages)
        fmt::print("{:<30} {}{}\n", page->id, page->title, page->file == "built in" ? "" : " (" + page->file + ")");
    if (pages.empty())
        fmt::print(stderr, "No page has any of these words. Without words every page is listed.\n");
    return kFine;
}

}  // namespace

int runKnowledge(const KnowledgeOptions& options)
{
    auto folders = KnowledgeBase::ownFolders();
    folders.insert(folders.end(), options.folders.begin(), options.folders.end());
    const auto base = KnowledgeBase::open(folders);
    if (!base)
        return complain(base.error());
    for (const Error& problem : (*base)->problems())
        fmt::print(stderr, "left out: {}\n", problem.toString());
    return options.page.empty() ? listPages(**base, options) : showPage(**base, options);
}

}  // namespace warploom
