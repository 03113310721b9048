// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "agent/prompt/AttemptText.h"
#include "agent/prompt/Prompt.h"
#include "agent/prompt/PromptParts.h"
#include "analysis/Rule.h"

namespace warploom {

// Field by field, and nothing of records as a whole: evidence of hidden cases and expected values must not get out.

namespace {

using nlohmann::json;

constexpr int kContextFormat = 1;

json textsOf(const std::vector<Expression>& expressions)
{
    auto list = json::array();
    for (const Expression& expression : expressions)
        list.push_back(expression.text());
    return list;
}

json buffersJson(const Task& task)
{
    auto list = json::array();
    for (const TaskBuffer& buffer : task.buffers) {
        json one{{"name", buffer.name},
                 {"type", elementTypeName(buffer.type)},
                 {"shape", textsOf(buffer.shape)},
                 {"role", bufferRoleName(buffer.role)},
                 {"ascending", buffer.isAscending()}};
        if (buffer.isInput())
            one["fill"] = buffer.fill.toString();
        list.push_back(std::move(one));
    }
    return list;
}

json scalarsJson(const Task& task)
{
    auto list = json::array();
    for (const TaskScalar& scalar : task.scalars)
        list.push_back({{"name", scalar.name},
                        {"type", elementTypeName(scalar.type)},
                        {"value", isFloating(scalar.type) ? json(scalar.value) : json(scalar.integer)}});
    return list;
}

json sizesJson(const Task& task)
{
    auto list = json::array();
    for (const TaskSize& size : task.sizes) {
        auto use = json::array();
        if (size.forTiming)
            use.push_back("time");
        if (size.forVerifying)
            use.push_back("verify");
        if (size.forEmulator)
            use.push_back("emulator");
        list.push_back({{"name", size.name}, {"values", json(size.values)}, {"use", std::move(use)}});
    }
    return list;
}

json domainJson(const Task& task)
{
    json domain{{"sizes", json::object()}, {"buffers", json::object()}};
    for (const auto& [name, range] : task.sizeDomains)
        domain["sizes"][name] = {range.low, range.high};
    for (const auto& [name, legal] : task.bufferDomains)
        domain["buffers"][name] = {{"range", {legal.low, legal.high}}, {"special", legal.special}};
    return domain;
}

json taskJson(const Task& task)
{
    return {{"name", task.name},
            {"title", task.title},
            {"summary", task.summary},
            {"tags", task.tags},
            {"buffers", buffersJson(task)},
            {"scalars", scalarsJson(task)},
            {"sizes", sizesJson(task)},
            {"tolerance",
             {{"rtol", task.relativeTolerance}, {"atol", task.absoluteTolerance}, {"error_factor", task.errorFactor}}},
            {"domain", domainJson(task)},
            {"work",
             {{"reads", task.workReads.text()}, {"writes", task.workWrites.text()}, {"flops", task.workFlops.text()}}},
            {"baseline", task.baselineSource}};
}

json variantJson(const VariantRecord& variant)
{
    json one{{"id", variant.id},
             {"parents", variant.parents},
             {"agent", variant.agent},
             {"move", variant.move},
             {"title", variant.title},
             {"hypothesis", variant.hypothesis},
             {"source", variant.source},
             {"outcome", hypothesisOutcomeName(variant.outcome)},
             {"favoured", variant.favoured}};
    if (variant.predictedGain)
        one["predicted_gain"] = *variant.predictedGain;
    return one;
}

json resultJson(const std::optional<EvaluationRecord>& record, const std::string& source)
{
    if (!record)
        return nullptr;
    json one{{"verdict", verdictName(record->verdict)},
             {"trust", record->trust},
             {"message", tellableMessage(*record)},
             {"evidence", record->verdict == Verdict::Ok ? std::string() : evidenceText(*record, source)},
             {"configuration", record->configuration},
             {"modelled", record->modelled},
             {"provisional", record->provisional},
             {"cold", record->cold},
             {"rounds", record->rounds},
             {"resources", record->resources}};
    if (record->time)
        one["time_us"] = *record->time;
    if (record->speedup)
        one["speedup"] = *record->speedup;
    return one;
}

json attemptJson(const Attempt& attempt)
{
    return {{"variant", variantJson(attempt.variant)},
            {"result", resultJson(attempt.best ? attempt.best : attempt.failure, attempt.variant.source)}};
}

json attemptsJson(const std::vector<Attempt>& attempts)
{
    auto list = json::array();
    for (const Attempt& attempt : attempts)
        list.push_back(attemptJson(attempt));
    return list;
}

json diagnosisJson(const Diagnosis& diagnosis)
{
    json one = diagnosis;
    for (std::size_t i = 0; i < diagnosis.findings.size(); ++i)
        one["findings"][i]["sentence"] = sentenceOf(diagnosis.findings[i]);
    return one;
}

json countersJson(const std::vector<CounterChange>& counters)
{
    auto list = json::array();
    for (const CounterChange& counter : counters) {
        list.push_back({{"name", counter.name}, {"unit", counter.unit}, {"now", counter.now}});
        if (counter.before)
            list.back()["before"] = *counter.before;
    }
    return list;
}

json heatJson(const std::vector<LineHeat>& heat)
{
    auto list = json::array();
    for (const LineHeat& line : heat)
        list.push_back({{"line", line.line}, {"share", line.share}});
    return list;
}

json knowledgeJson(const std::vector<const KnowledgePage*>& pages)
{
    auto list = json::array();
    for (const KnowledgePage* page : pages)
        list.push_back({{"id", page->id}, {"title", page->title}, {"text", page->text}, {"sources", page->sources}});
    return list;
}

/// What is known of the parent; nothing at a fresh start.
void addParent(json& object, const AgentContext& context)
{
    object["parent"] = variantJson(context.parent);
    object["result"] = resultJson(context.best, context.parent.source);
    if (context.diagnosis)
        object["diagnosis"] = diagnosisJson(*context.diagnosis);
    object["counters"] = countersJson(context.counters);
    object["heat"] = heatJson(context.heat);
    object["compiler_output"] = context.compilerOutput;
    object["lineage"] = json::array();
    for (const VariantRecord& ancestor : context.lineage)
        object["lineage"].push_back(variantJson(ancestor));
    if (context.mode == MemoryMode::Combine && context.partner)
        object["partner"] = variantJson(*context.partner);
    if (context.mode == MemoryMode::CompareSiblings)
        object["siblings"] = attemptsJson(context.siblings);
    object["relatives"] = attemptsJson(context.relatives);
    object["failures"] = attemptsJson(context.failures);
}

/// At a fresh start: names and outcomes, without sources.
json triedJson(const AgentContext& context)
{
    auto list = json::array();
    for (const PromptItem& item : triedPart(context).items)
        list.push_back(item.text.substr(2));
    return list;
}

}  // namespace

json contextJson(const AgentContext& context, const KnowledgeBase* knowledge)
{
    const Prompt prompt = composePrompt(context, {}, knowledge);
    json object{{"format", kContextFormat},
                {"mode", memoryModeName(context.mode)},
                {"task", taskJson(*context.task)},
                {"source", sourceToChange(context)},
                {"guidance", context.guidance},
                {"multiprocessors", context.multiprocessors},
                {"knowledge", knowledgeJson(pagesFor(context, knowledge))},
                {"prompt", {{"system", prompt.system}, {"user", prompt.user()}}}};
    if (context.device)
        object["device"] = *context.device;
    if (isFreshStart(context))
        object["tried"] = triedJson(context);
    else
        addParent(object, context);
    if (context.repair) {
        object["repair"] = attemptJson(*context.repair);
        object["repairs_left"] = context.repairsLeft;
    }
    return object;
}

}  // namespace warploom
