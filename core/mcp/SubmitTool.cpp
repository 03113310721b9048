// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <random>

#include <fmt/format.h>

#include "engine/RunPlan.h"
#include "engine/SubmissionWatch.h"
#include "mcp/EvaluationView.h"
#include "mcp/ToolSubject.h"
#include "mcp/WorkspaceTools.h"
#include "protocol/SourceLimits.h"
#include "store/Workspace.h"

namespace warploom {

namespace {

constexpr double kLongestWait = 1800;
constexpr double kUsualWait = 600;
constexpr std::size_t kLongestTitle = 200;
constexpr std::size_t kLongestHypothesis = 4000;
constexpr double kMostGain = 10'000;

std::string newTicket()
{
    std::random_device device;
    return fmt::format("{:08x}{:08x}", device(), device());
}

Result<std::string> shortText(const ToolArguments& arguments, const std::string& name, std::size_t most,
                              const std::string& otherwise)
{
    WARPLOOM_TRY(const auto text, arguments.text(name));
    if (text && text->size() > most)
        return fail(Error{ErrorCode::InvalidArgument,
                          fmt::format("the argument '{}'", name),
                          {},
                          fmt::format("at most {} bytes", most),
                          fmt::format("{}", text->size())});
    return text && !text->empty() ? *text : otherwise;
}

Result<Command> commandOf(const ToolArguments& arguments, const std::string& client)
{
    Command command;
    command.kind = Command::Kind::Submit;
    WARPLOOM_TRY(const auto source, arguments.text("source"));
    if (!source || source->empty() || source->size() > kLargestParent)
        return fail(Error{ErrorCode::InvalidArgument,
                          "the argument 'source'",
                          {},
                          fmt::format("the whole text of a .cu file, at most {} bytes", kLargestParent),
                          source ? fmt::format("{} bytes", source->size()) : "nothing"});
    command.text = *source;
    WARPLOOM_TRY(const auto parent, arguments.integer("parent", 0, INT64_MAX));
    command.variant = parent.value_or(0);
    Submission& submission = command.submission;
    submission.ticket = newTicket();
    submission.agent = "mcp:" + client;
    WARPLOOM_TRY(submission.move, shortText(arguments, "move", kLongestTitle, "edit"));
    WARPLOOM_TRY(submission.title, shortText(arguments, "title", kLongestTitle, submission.move));
    WARPLOOM_TRY(submission.hypothesis, shortText(arguments, "hypothesis", kLongestHypothesis, ""));
    WARPLOOM_TRY(submission.predictedGain, arguments.number("predicted_gain", 1 / kMostGain, kMostGain));
    return command;
}

/// A run in which nothing but the submitted text is evaluated.
Result<RunOrder> orderFor(const Command& command, McpWorkspace& workspace)
{
    RunOrder order;
    order.task = workspace.place().task;
    std::error_code ignored;
    if (std::filesystem::exists(workspace.place().workspace, ignored)) {
        WARPLOOM_TRY(Workspace reader, Workspace::open(workspace.place().workspace, Workspace::Mode::ReadOnly));
        if (auto latest = planLikeLatest(reader))
            order.settings = std::move(latest->settings);
    }
    WARPLOOM_TRY(order.settings.device, workspace.device());
    order.settings.evaluations = 0;
    order.settings.seconds = Seconds(0);
    order.first = {command};
    return order;
}

/// To the run that is going on, else in a run of its own.
Result<> hand(EngineClient& client, const Command& command, McpWorkspace& workspace)
{
    WARPLOOM_TRY(const RunOrder order, orderFor(command, workspace));
    const auto taken = client.evolve(order);
    if (taken || taken.error().code != ErrorCode::Locked)
        return taken;
    WARPLOOM_TRY(const Task task, workspace.task());
    WARPLOOM_TRY(const RunProgress progress, client.progress());
    const bool isElsewhere = !progress.phase.empty() && progress.phase != "starting" && progress.phase != "finished"
        && progress.task != task.name;
    if (isElsewhere)
        return fail(ErrorCode::Locked, fmt::format("a run of '{}' is going on in this workspace", progress.task));
    return client.send(command);
}

Result<ToolAnswer> refusalOf(const SubmissionState& state, McpWorkspace& workspace)
{
    if (state.duplicate == 0)
        return fail(ErrorCode::InvalidArgument, state.refusal);
    WARPLOOM_TRY(auto content, workspace.content());
    const Lineage lineage(std::move(content));
    ToolAnswer answer;
    answer.value = {{"status", "duplicate"}, {"variant", state.duplicate}};
    answer.text =
        fmt::format("Nothing new: variant {} has the same text but for comments and white space.\n", state.duplicate);
    const auto row = lineage.rowOf(state.duplicate);
    const EvaluationRecord* shown = row ? lineage.shownEvaluation(*row) : nullptr;
    if (shown != nullptr) {
        answer.value["evaluation"] = evaluationView(*shown);
        answer.text += evaluationText(*shown);
    }
    return answer;
}

ToolAnswer waitingFor(const SubmissionState& state)
{
    ToolAnswer answer;
    answer.value = {{"status", "waiting"}};
    if (state.variant != 0)
        answer.value["variant"] = state.variant;
    answer.text = state.variant != 0
        ? fmt::format("Variant {} waits for its evaluation; the tool variant tells later what came of it.\n",
                      state.variant)
        : std::string("The host has taken the text, and has not made a variant of it yet: a run may be paused. Submit "
                      "it again to learn whether it did.\n");
    return answer;
}

Result<ToolAnswer> evaluatedAs(const SubmissionState& state, const VariantId parent, McpWorkspace& workspace)
{
    WARPLOOM_TRY(const EvaluationRecord record, workspace.evaluation(state.evaluation));
    WARPLOOM_TRY(auto content, workspace.content());
    const Lineage lineage(std::move(content));
    const EvaluationRecord* best = lineage.best();
    const bool isBest = best != nullptr && best->variant == state.variant;
    ToolAnswer answer;
    answer.value = {{"status", "evaluated"},
                    {"variant", state.variant},
                    {"is_best", isBest},
                    {"evaluation", evaluationView(record)}};
    answer.text = fmt::format("Variant {}: {}", state.variant, evaluationText(record));
    const auto row = lineage.rowOf(parent);
    const EvaluationRecord* before = row ? lineage.shownEvaluation(*row) : nullptr;
    if (before != nullptr && before->speedup && record.speedup && before->environment == record.environment) {
        const double gain = record.speedup->estimate / before->speedup->estimate;
        answer.value["gain_over_parent"] = gain;
        answer.text += fmt::format("{:.3f}× its parent (variant {})\n", gain, parent);
    }
    if (isBest)
        answer.text += "It is the best so far.\n";
    else if (best != nullptr)
        answer.text += fmt::format("The best is variant {}: {}\n", best->variant, figuresLine(*best));
    return answer;
}

Result<ToolAnswer> submit(McpWorkspace& workspace, const ToolCall& call)
{
    WARPLOOM_TRY(
        const auto arguments,
        ToolArguments::read(call.arguments,
                            {"source", "parent", "move", "title", "hypothesis", "predicted_gain", "wait_seconds"}));
    WARPLOOM_TRY(const Command command, commandOf(arguments, call.client));
    WARPLOOM_TRY(const auto patience, arguments.number("wait_seconds", 0, kLongestWait));
    SubmissionWatch watch(command.submission.ticket);
    WARPLOOM_TRY(const auto client, workspace.connect(watch.listener(), call.stop));
    call.progress("submitted");
    WARPLOOM_CHECK(hand(*client, command, workspace));
    WARPLOOM_TRY(const SubmissionState state, watch.wait(*client, Seconds(patience.value_or(kUsualWait)), call.stop));
    if (!state.refusal.empty())
        return refusalOf(state, workspace);
    if (state.evaluation != 0) {
        WARPLOOM_TRY(const VariantRecord variant, workspace.variant(state.variant));
        return evaluatedAs(state, variant.parents.empty() ? 0 : variant.parents.front(), workspace);
    }
    if (state.ended)
        return fail(*state.ended);
    return waitingFor(state);
}

}  // namespace

McpTool submitTool(const std::shared_ptr<McpWorkspace>& workspace)
{
    McpTool tool;
    tool.name = "submit";
    tool.title = "Add a variant";
    tool.description =
        "Adds a kernel to the lineage of the workspace, where people see it, and evaluates it: verified on every size "
        "and "
        "on hidden cases, then timed beside the best so far. Joins the run that is going on. State what you changed "
        "(move), why (hypothesis) and what gain over the parent you expect (predicted_gain): the outcome is held "
        "against "
        "it. Answers with the variant's id, verdict and figures, or with the variant that has the same text already.";
    tool.isReadOnly = false;
    tool.inputSchema = schemaOf(
        {{"source", {{"type", "string"}, {"description", "Whole text of the .cu file with its directives."}}},
         {"parent",
          {{"type", "integer"},
           {"minimum", 0},
           {"description", "Id of the variant that it was made from; 0 or left out: the baseline."}}},
         {"move", {{"type", "string"}, {"description", "The kind of change in a few words: 'vectorise loads'."}}},
         {"title", {{"type", "string"}, {"description", "One line for the tree: what is special about this variant."}}},
         {"hypothesis", {{"type", "string"}, {"description", "Why it should be faster, with numbers."}}},
         {"predicted_gain",
          {{"type", "number"}, {"description", "Expected time of the parent over that of this: 1.2 is 20 % faster."}}},
         {"wait_seconds",
          {{"type", "number"},
           {"minimum", 0},
           {"maximum", kLongestWait},
           {"description", "How long to wait for the evaluation (600); after that the answer says 'waiting'."}}}},
        {"source"});
    tool.call = [workspace](const ToolCall& call) { return submit(*workspace, call); };
    return tool;
}

}  // namespace warploom
