// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/knowledge/KnowledgeBase.h"
#include "mcp/ToolSubject.h"
#include "mcp/WorkspaceTools.h"

namespace warploom {

namespace {

constexpr std::int64_t kUsualPages = 3;
constexpr std::int64_t kMostPages = 10;
constexpr std::size_t kLongestQuery = 1000;

nlohmann::json pageView(const KnowledgePage& page)
{
    return {{"id", page.id},       {"title", page.title},     {"bottlenecks", page.bottlenecks},
            {"moves", page.moves}, {"sources", page.sources}, {"text", page.text}};
}

Result<std::vector<const KnowledgePage*>> pagesFor(const ToolArguments& arguments, const KnowledgeBase& base,
                                                   McpWorkspace& workspace)
{
    WARPLOOM_TRY(const auto id, arguments.text("page"));
    if (id) {
        const KnowledgePage* page = base.find(*id);
        if (page == nullptr)
            return fail(ErrorCode::NotFound, fmt::format("there is no page '{}'", *id));
        return std::vector<const KnowledgePage*>{page};
    }
    WARPLOOM_TRY(const auto words, arguments.text("query"));
    if (!words || words->empty() || words->size() > kLongestQuery)
        return fail(Error{ErrorCode::InvalidArgument, "the arguments", {}, "a query or a page", "neither"});
    WARPLOOM_TRY(const auto most, arguments.integer("limit", 1, kMostPages));
    KnowledgeQuery query;
    query.text = *words;
    WARPLOOM_TRY(const DeviceFacts facts, workspace.facts());
    query.architecture = facts.architecture;
    return base.search(query, static_cast<std::size_t>(most.value_or(kUsualPages)));
}

Result<ToolAnswer> tellPages(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(const auto arguments, ToolArguments::read(call.arguments, {"query", "page", "limit"}));
    WARPLOOM_TRY(const auto base, KnowledgeBase::open(KnowledgeBase::ownFolders()));
    WARPLOOM_TRY(const auto pages, pagesFor(arguments, *base, workspace));
    ToolAnswer answer;
    auto views = nlohmann::json::array();
    for (const KnowledgePage* page : pages) {
        views.push_back(pageView(*page));
        answer.text += fmt::format("# {} ({})\n\n{}\n\nSources: {}\n\n", page->title, page->id, page->text,
                                   fmt::join(page->sources, "; "));
    }
    if (pages.empty())
        answer.text = "No page fits.\n";
    answer.value = {{"pages", std::move(views)}};
    return answer;
}

}  // namespace

McpTool knowledgeTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "knowledge";
    tool.title = "Facts and techniques";
    tool.description = "Searches short pages on GPUs and optimisation techniques: when to use one, how, what it costs, "
                       "how to see that "
                       "it worked, with sources. Pages for other architectures than this device's are left out.";
    tool.inputSchema = schemaOf(
        {{"query", {{"type", "string"}, {"description", "Words: 'bank conflicts of a transposed tile'."}}},
         {"page", {{"type", "string"}, {"description", "Instead of a query: the id of one page."}}},
         {"limit", {{"type", "integer"}, {"minimum", 1}, {"maximum", kMostPages}, {"description", "Pages (3)."}}}});
    tool.call = [workspace](const ToolCall& call) { return tellPages(*workspace, call); };
    return tool;
}

}  // namespace warploom
