// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/RunValues.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "protocol/RpcMessage.h"

namespace warploom {

namespace {

using Kind = Command::Kind;

constexpr std::array<std::pair<Kind, const char*>, 11> kKinds{{
    {Kind::Pause, "pause"},
    {Kind::Resume, "resume"},
    {Kind::Step, "step"},
    {Kind::Stop, "stop"},
    {Kind::Guide, "guide"},
    {Kind::Submit, "submit"},
    {Kind::Favour, "favour"},
    {Kind::Retire, "retire"},
    {Kind::BanMove, "ban-move"},
    {Kind::PreferMove, "prefer-move"},
    {Kind::Ask, "ask"},
}};

nlohmann::json jsonOf(const Submission& submission)
{
    nlohmann::json json{{"ticket", submission.ticket},
                        {"agent", submission.agent},
                        {"move", submission.move},
                        {"title", submission.title},
                        {"hypothesis", submission.hypothesis}};
    if (submission.predictedGain)
        json["predicted_gain"] = *submission.predictedGain;
    return json;
}

Submission submissionFrom(const nlohmann::json& json)
{
    Submission submission;
    submission.ticket = json.value("ticket", submission.ticket);
    submission.agent = json.value("agent", submission.agent);
    submission.move = json.value("move", submission.move);
    submission.title = json.value("title", submission.title);
    submission.hypothesis = json.value("hypothesis", submission.hypothesis);
    if (const auto gain = json.find("predicted_gain"); gain != json.end() && gain->is_number())
        submission.predictedGain = gain->get<double>();
    return submission;
}

}  // namespace

RunSettings RunChanges::appliedTo(RunSettings settings) const
{
    settings.device = device.value_or(settings.device);
    settings.evaluations = evaluations.value_or(settings.evaluations);
    settings.seconds = seconds.value_or(settings.seconds);
    settings.agents = agents.value_or(settings.agents);
    settings.llmBudgetUsd = llmBudgetUsd.value_or(settings.llmBudgetUsd);
    settings.llmBudgetTokens = llmBudgetTokens.value_or(settings.llmBudgetTokens);
    settings.parallel = parallel.value_or(settings.parallel);
    settings.repairs = repairs.value_or(settings.repairs);
    return settings;
}

void to_json(nlohmann::json& json, const RunChanges& changes)
{
    json = nlohmann::json::object();
    if (changes.device)
        json["device"] = *changes.device;
    if (changes.evaluations)
        json["evaluations"] = *changes.evaluations;
    if (changes.seconds)
        json["seconds"] = changes.seconds->count();
    if (changes.agents)
        json["agents"] = *changes.agents;
    if (changes.llmBudgetUsd)
        json["llm_budget_usd"] = *changes.llmBudgetUsd;
    if (changes.llmBudgetTokens)
        json["llm_budget_tokens"] = *changes.llmBudgetTokens;
    if (changes.parallel)
        json["parallel"] = *changes.parallel;
    if (changes.repairs)
        json["repairs"] = *changes.repairs;
}

void from_json(const nlohmann::json& json, RunChanges& changes)
{
    changes = {};
    if (json.contains("device"))
        changes.device = json.at("device").get<std::string>();
    if (json.contains("evaluations"))
        changes.evaluations = json.at("evaluations").get<std::int64_t>();
    if (json.contains("seconds"))
        changes.seconds = Seconds(json.at("seconds").get<double>());
    if (json.contains("agents"))
        changes.agents = json.at("agents").get<std::vector<std::string>>();
    if (json.contains("llm_budget_usd"))
        changes.llmBudgetUsd = json.at("llm_budget_usd").get<double>();
    if (json.contains("llm_budget_tokens"))
        changes.llmBudgetTokens = json.at("llm_budget_tokens").get<std::int64_t>();
    if (json.contains("parallel"))
        changes.parallel = json.at("parallel").get<int>();
    if (json.contains("repairs"))
        changes.repairs = json.at("repairs").get<int>();
}

void to_json(nlohmann::json& json, const RunSettings& settings)
{
    json = {{"device", settings.device},
            {"evaluations", settings.evaluations},
            {"seconds", settings.seconds.count()},
            {"seed", settings.seed},
            {"findings", settings.findings},
            {"preflight", settings.preflight},
            {"agents", settings.agents},
            {"llm_budget_usd", settings.llmBudgetUsd},
            {"llm_budget_tokens", settings.llmBudgetTokens},
            {"parallel", settings.parallel},
            {"repairs", settings.repairs},
            {"answer_deadline", settings.answerDeadline.count()},
            {"show_prompts", settings.showsPrompts}};
}

void from_json(const nlohmann::json& json, RunSettings& settings)
{
    const RunSettings fallback;
    settings.device = json.value("device", fallback.device);
    settings.evaluations = json.value("evaluations", fallback.evaluations);
    settings.seconds = Seconds(json.value("seconds", 0.0));
    settings.seed = json.value("seed", fallback.seed);
    settings.findings = json.value("findings", fallback.findings);
    settings.preflight = json.value("preflight", fallback.preflight);
    settings.agents = json.value("agents", fallback.agents);
    settings.llmBudgetUsd = json.value("llm_budget_usd", fallback.llmBudgetUsd);
    settings.llmBudgetTokens = json.value("llm_budget_tokens", fallback.llmBudgetTokens);
    settings.parallel = json.value("parallel", fallback.parallel);
    settings.repairs = json.value("repairs", fallback.repairs);
    settings.showsPrompts = json.value("show_prompts", fallback.showsPrompts);
    settings.answerDeadline = Seconds(json.value("answer_deadline", fallback.answerDeadline.count()));
}

void to_json(nlohmann::json& json, const Confirmation& confirmation)
{
    json = {{"variant", confirmation.variant},
            {"configuration", confirmation.configuration},
            {"verdict", verdictName(confirmation.verdict)},
            {"message", confirmation.message},
            {"holds", confirmation.holds()}};
    if (confirmation.searched)
        json["searched"] = *confirmation.searched;
    if (confirmation.confirmed)
        json["confirmed"] = *confirmation.confirmed;
}

void from_json(const nlohmann::json& json, Confirmation& confirmation)
{
    confirmation.variant = json.value("variant", VariantId{0});
    confirmation.configuration = json.value("configuration", Configuration{});
    confirmation.verdict = verdictFromName(json.value("verdict", "")).value_or(Verdict::Invalid);
    confirmation.message = json.value("message", "");
    if (const auto searched = json.find("searched"); searched != json.end())
        confirmation.searched = searched->get<Interval>();
    if (const auto confirmed = json.find("confirmed"); confirmed != json.end())
        confirmation.confirmed = confirmed->get<Interval>();
}

void to_json(nlohmann::json& json, const OpenQuestion& question)
{
    json = {
        {"exchange", question.exchange}, {"approval", question.approval},       {"agent", question.agent},
        {"model", question.model},       {"purpose", question.purpose},         {"parent", question.parent},
        {"mode", question.mode},         {"seconds", question.elapsed.count()}, {"answer_bytes", question.answerBytes}};
}

void from_json(const nlohmann::json& json, OpenQuestion& question)
{
    question.exchange = json.value("exchange", ExchangeId{0});
    question.approval = json.value("approval", std::int64_t{0});
    question.agent = json.value("agent", "");
    question.model = json.value("model", "");
    question.purpose = json.value("purpose", "");
    question.parent = json.value("parent", VariantId{0});
    question.mode = json.value("mode", "");
    question.elapsed = Seconds(json.value("seconds", 0.0));
    question.answerBytes = json.value("answer_bytes", std::int64_t{0});
}

void to_json(nlohmann::json& json, const RunProgress& progress)
{
    json = {{"run", progress.run},
            {"task", progress.task},
            {"device", progress.device},
            {"device_name", progress.deviceName},
            {"modelled", progress.modelled},
            {"phase", progress.phase},
            {"evaluations", progress.evaluations},
            {"budget", progress.budget},
            {"verdicts", progress.verdicts},
            {"best_title", progress.bestTitle},
            {"variants", progress.variants},
            {"seconds", progress.elapsed.count()},
            {"device_seconds", progress.deviceTime.count()},
            {"since_start", progress.sinceStart},
            {"confirmations", progress.confirmations},
            {"profile_note", progress.profileNote},
            {"end_reason", progress.endReason},
            {"standing", progress.standing},
            {"agents", progress.agents},
            {"questions", progress.questions}};
    if (progress.failure) {
        json["failure"] = errorToJson(*progress.failure);
        json["failure"]["remedy"] = remedy(progress.failure->code);
    }
    if (progress.baseline)
        json["baseline"] = summaryOf(*progress.baseline);
    if (progress.best)
        json["best"] = summaryOf(*progress.best);
}

void from_json(const nlohmann::json& json, RunProgress& progress)
{
    progress.run = json.value("run", RunId{0});
    progress.task = json.value("task", "");
    progress.device = json.value("device", "");
    progress.deviceName = json.value("device_name", "");
    progress.modelled = json.value("modelled", false);
    progress.phase = json.value("phase", "");
    progress.evaluations = json.value("evaluations", std::int64_t{0});
    progress.budget = json.value("budget", std::int64_t{0});
    progress.verdicts = json.value("verdicts", std::map<std::string, std::int64_t>{});
    progress.bestTitle = json.value("best_title", "");
    progress.variants = json.value("variants", std::int64_t{0});
    progress.elapsed = Seconds(json.value("seconds", 0.0));
    progress.deviceTime = Seconds(json.value("device_seconds", 0.0));
    progress.sinceStart = json.value("since_start", std::int64_t{0});
    progress.endReason = json.value("end_reason", "");
    progress.standing = json.value("standing", "");
    progress.confirmations = json.value("confirmations", std::vector<Confirmation>{});
    progress.profileNote = json.value("profile_note", "");
    progress.agents = json.value("agents", std::vector<AgentTally>{});
    progress.questions = json.value("questions", std::vector<OpenQuestion>{});
    if (const auto failure = json.find("failure"); failure != json.end())
        progress.failure = errorFromJson(*failure);
    if (const auto baseline = json.find("baseline"); baseline != json.end())
        progress.baseline = baseline->get<EvaluationRecord>();
    if (const auto best = json.find("best"); best != json.end())
        progress.best = best->get<EvaluationRecord>();
}

void to_json(nlohmann::json& json, const Command& command)
{
    const char* name = "pause";
    for (const auto& [kind, text] : kKinds) {
        if (kind == command.kind)
            name = text;
    }
    json = {{"command", name}, {"variant", command.variant}, {"on", command.on}, {"text", command.text}};
    if (command.kind == Kind::Submit)
        json["submission"] = jsonOf(command.submission);
    if (command.kind == Kind::Ask)
        json["request"] = command.request;
}

Result<Command> commandFromJson(const nlohmann::json& json)
{
    Command command;
    const auto name = json.value("command", "");
    bool known = false;
    for (const auto& [kind, text] : kKinds) {
        if (name == text) {
            command.kind = kind;
            known = true;
        }
    }
    if (!known)
        return fail(ErrorCode::ProtocolViolation, fmt::format("unknown command '{}'", name));
    command.variant = json.value("variant", VariantId{0});
    command.on = json.value("on", true);
    command.text = json.value("text", "");
    if (const auto submission = json.find("submission"); submission != json.end() && submission->is_object())
        command.submission = submissionFrom(*submission);
    if (const auto request = json.find("request"); request != json.end() && request->is_object())
        command.request = request->get<AgentRequest>();
    return command;
}

}  // namespace warploom
