// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FakeChat.h"
#include "TestSupport.h"
#include "agent/llm/ReplayService.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// What an agent reports, in its order.
struct Kept {
    ExchangeSink sink()
    {
        ExchangeSink sink;
        sink.started = [this](const ExchangeRecord& request) {
            requests.push_back(request);
            return static_cast<std::int64_t>(requests.size());
        };
        sink.finished = [this](std::int64_t number, const ExchangeRecord& outcome) {
            numbers.push_back(number);
            outcomes.push_back(outcome);
        };
        return sink;
    }

    std::vector<ExchangeRecord> requests;
    std::vector<std::int64_t> numbers;
    std::vector<ExchangeRecord> outcomes;
};

AgentContext contextOf(Kept& kept)
{
    AgentContext context;
    context.parent.id = 7;
    context.parent.source = "parent";
    context.mode = MemoryMode::CompareSiblings;
    context.exchanges = kept.sink();
    return context;
}

std::shared_ptr<FakeChat> answering(std::vector<Result<ChatAnswer>> answers)
{
    return std::make_shared<FakeChat>(
        [answers = std::move(answers)](const ChatRequest&, std::size_t number, std::stop_token) {
            return number < answers.size() ? answers[number]
                                           : Result<ChatAnswer>(fail(ErrorCode::Internal, "asked too often"));
        });
}

ExchangeRecord recorded(const std::string& prompt, const std::string& answer, const std::string& errorCode = {})
{
    ExchangeRecord exchange;
    exchange.model = "fake";
    exchange.messages = {{"system", "s"}, {"user", prompt}};
    exchange.answer = answer;
    exchange.errorCode = errorCode;
    exchange.error = errorCode;
    exchange.finished = true;
    return exchange;
}

ChatRequest requestOf(const std::string& prompt)
{
    ChatRequest request;
    request.model = "fake";
    request.messages = {{ChatRole::System, "s"}, {ChatRole::User, prompt}};
    return request;
}

/// Streams some of an answer, then fails.
class BreakingChat : public ChatService {
public:
    explicit BreakingChat(std::vector<std::string> pieces)
        : m_pieces(std::move(pieces))
    {
    }
    Result<ChatAnswer> chat(const ChatRequest&, const TextSink& onText, std::stop_token) override
    {
        for (const std::string& piece : m_pieces)
            onText(piece);
        return fail(ErrorCode::ServerFailed, "the connection was cut");
    }

private:
    std::vector<std::string> m_pieces;
};

LlmSettings dearModel()
{
    LlmSettings settings;
    settings.price.prompt = MicroDollars{1'000'000'000};
    settings.price.answer = MicroDollars{2'000'000'000};
    settings.budget = std::make_shared<Budget>(BudgetLimits{1'000'000, {}});
    return settings;
}

}  // namespace

class tst_LlmAgent : public QObject {
    Q_OBJECT

private slots:
    void anAnswerIsAProposal()
    {
        auto service = answering({answerOf("a kernel")});
        auto agent = fakeModel(service);
        Kept kept;
        const auto proposals = agent->propose(contextOf(kept), {});
        QVERIFY_RESULT(proposals);
        QCOMPARE(proposals->size(), std::size_t{1});
        const Proposal& proposal = proposals->front();
        QCOMPARE(proposal.agent, std::string("llm"));
        QCOMPARE(proposal.model, std::string("fake"));
        QCOMPARE(proposal.source, std::string("a kernel"));
        QCOMPARE(proposal.predictedGain, 1.2);
        QCOMPARE(proposal.exchange, std::int64_t{1});
        const ChatRequest request = service->requests().front();
        QCOMPARE(request.model, std::string("fake"));
        QCOMPARE(request.messages.size(), std::size_t{2});
        QCOMPARE(request.messages[0].text, std::string("You write kernels."));
        QCOMPARE(kept.requests.front().parent, VariantId{7});
        QCOMPARE(kept.requests.front().mode, std::string("compare-siblings"));
        QCOMPARE(kept.outcomes.front().answer, std::string("a kernel"));
        QCOMPARE(kept.outcomes.front().promptTokens, std::int64_t{100});
        QVERIFY(!kept.outcomes.front().costMicroDollars);
    }

    void aFaultIsExplainedOnce()
    {
        auto service = answering({answerOf("? no"), answerOf("? still no"), answerOf("never asked")});
        auto agent = fakeModel(service);
        Kept kept;
        const auto proposals = agent->propose(contextOf(kept), {});
        QVERIFY_RESULT(proposals);
        QVERIFY(proposals->empty());
        QCOMPARE(service->requests().size(), std::size_t{2});
        const auto again = service->requests().back().messages;
        QCOMPARE(again.size(), std::size_t{4});
        QCOMPARE(again[2].role, ChatRole::Assistant);
        QCOMPARE(again[2].text, std::string("? no"));
        QVERIFY(again[3].text.find("there is no kernel in it") != std::string::npos);
        QCOMPARE(kept.numbers, (std::vector<std::int64_t>{1, 2}));
        QCOMPARE(kept.outcomes[1].fault, std::string(answerFaultName(AnswerFault::OffFormat)));
    }

    void whatIsComposedIsSent()
    {
        auto service = answering({answerOf("a kernel"), answerOf("? what")});
        LlmSettings settings;
        settings.price.prompt = MicroDollars{2'000'000};
        settings.price.answer = MicroDollars{10'000'000};
        settings.mostAnswerTokens = 1000;
        settings.budget = std::make_shared<Budget>(BudgetLimits{5000, {}});
        auto agent = fakeModel(service, settings);
        Kept kept;
        AgentContext context = contextOf(kept);
        const auto request = agent->compose(context);
        QVERIFY_RESULT(request);
        QVERIFY(service->requests().empty() && kept.requests.empty());
        QCOMPARE(request->agent, std::string("llm:fake@test"));
        QCOMPARE(request->parent, VariantId{7});
        QCOMPARE(request->mode, std::string("compare-siblings"));
        QCOMPARE(request->parts[1].leftOut, std::string("no space"));
        QCOMPARE(request->parts[1].title, std::string("Relatives"));
        QCOMPARE(request->promptMicroDollars.value(), 2 * request->promptTokens);
        QCOMPARE(request->mostMicroDollars.value(), 2 * request->promptTokens + 10'000);
        QCOMPARE(request->tokensLeft.value(), std::int64_t{5000});
        QVERIFY(!request->microDollarsLeft && !request->exceedsBudget());
        QVERIFY_RESULT(agent->propose(context, {}));
        const auto sent = service->requests().front().messages;
        QCOMPARE(sent.size(), request->messages.size());
        for (std::size_t i = 0; i < sent.size(); ++i)
            QCOMPARE(sent[i].text, request->messages[i].text);
        QCOMPARE(agent->compose(context)->tokensLeft.value(), std::int64_t{5000 - 150});
        // What a person has seen is sent as it is, and once.
        context.request = *request;
        context.request->messages[1].text = "another text\r\n";
        const auto none = agent->propose(context, {});
        QVERIFY_RESULT(none);
        QVERIFY(none->empty());
        QCOMPARE(service->requests().size(), std::size_t{2});
        QCOMPARE(service->requests()[1].messages[1].text, std::string("another text\r\n"));
        QCOMPARE(kept.outcomes.back().messages[1].text, std::string("another text\r\n"));
        QCOMPARE(kept.outcomes.back().fault, std::string("off-format"));
    }

    void whatIsNotApprovedIsNotSent()
    {
        auto service = answering({answerOf("? what"), answerOf("a kernel")});
        auto agent = fakeModel(service);
        Kept kept;
        AgentContext context = contextOf(kept);
        std::vector<AgentRequest> seen;
        context.exchanges.approve = [&seen](const AgentRequest& request, std::stop_token) {
            seen.push_back(request);
            return seen.size() != 1;
        };
        const auto skipped = agent->propose(context, {});
        QVERIFY_RESULT(skipped);
        QVERIFY(skipped->empty() && service->requests().empty() && kept.requests.empty());
        // Each message is seen, that about a faulty answer too.
        QCOMPARE(agent->propose(context, {})->size(), std::size_t{1});
        QCOMPARE(seen.size(), std::size_t{3});
        QCOMPARE(seen[2].messages.size(), std::size_t{4});
        QCOMPARE(seen[2].messages[3].text, service->requests()[1].messages[3].text);
        QVERIFY(!seen[1].mostMicroDollars);
    }

    void whatTheServerSaysOfTheEndCounts()
    {
        ChatAnswer cut = answerOf("half a ker");
        cut.finish = ChatFinish::Length;
        ChatAnswer refused = answerOf("I'd rather not");
        refused.finish = ChatFinish::Refused;
        auto agent = fakeModel(answering({cut, refused}));
        Kept kept;
        QVERIFY(agent->propose(contextOf(kept), {})->empty());
        QCOMPARE(kept.outcomes[0].fault, std::string(answerFaultName(AnswerFault::Truncated)));
        QCOMPARE(kept.outcomes[1].fault, std::string(answerFaultName(AnswerFault::Refused)));
        QVERIFY(!kept.outcomes[1].explanation.empty());
    }

    void aFailureIsKeptAndReturned()
    {
        auto agent = fakeModel(answering({fail(ErrorCode::IoFailed, "no connection")}));
        Kept kept;
        const auto proposals = agent->propose(contextOf(kept), {});
        QCOMPARE(proposals.error().code, ErrorCode::IoFailed);
        QCOMPARE(kept.outcomes.front().errorCode, std::string("io-failed"));
        QCOMPARE(kept.outcomes.front().error, std::string("no connection"));
        QVERIFY(!agent->whyFinished());
    }

    void anAnswerThatBreaksOffIsKeptAndCosts()
    {
        const LlmSettings settings = dearModel();
        auto agent = fakeModel(std::make_shared<BreakingChat>(std::vector<std::string>{"half ", "a kernel"}), settings);
        Kept kept;
        QVERIFY(!agent->propose(contextOf(kept), {}));
        // Before anything is heard the prompt is known to cost something, whatever becomes of this process.
        const std::int64_t prompt = kept.requests.front().promptTokens;
        QVERIFY(prompt > 0);
        QCOMPARE(kept.requests.front().costMicroDollars.value(), prompt * 1000);
        const ExchangeRecord& broken = kept.outcomes.front();
        QCOMPARE(broken.answer, std::string("half a kernel"));
        QCOMPARE(broken.promptTokens, prompt);
        QVERIFY(broken.answerTokens > 0 && broken.estimated);
        QCOMPARE(broken.costMicroDollars.value(), prompt * 1000 + broken.answerTokens * 2000);
        QCOMPARE(settings.budget->spent().tokens, prompt + broken.answerTokens);
    }

    void whatFailsBeforeAnAnswerCostsNothing()
    {
        const LlmSettings settings = dearModel();
        auto agent = fakeModel(std::make_shared<BreakingChat>(std::vector<std::string>{}), settings);
        Kept kept;
        QVERIFY(!agent->propose(contextOf(kept), {}));
        QCOMPARE(kept.outcomes.front().costMicroDollars.value(), std::int64_t{0});
        QCOMPARE(settings.budget->spent().tokens, std::int64_t{0});
    }

    void endlessAnswersAreNotAllKept()
    {
        const std::string piece(100'000, 'x');
        auto agent = fakeModel(std::make_shared<BreakingChat>(std::vector<std::string>(50, piece)));
        Kept kept;
        QVERIFY(!agent->propose(contextOf(kept), {}));
        QCOMPARE(kept.outcomes.front().answer.size(), 2 * piece.size());
    }

    void editsMendWhatFailed()
    {
        std::vector<std::string> parents;
        LlmAgent agent(answering({answerOf("an edit"), answerOf("an edit")}),
                       {"llm:fake@test", "fake", {}, 100, {}, 0, {}, {}, {}}, plainPrompt,
                       [&parents](std::string_view, std::string_view parent, bool) {
                           parents.emplace_back(parent);
                           ParsedAnswer parsed;
                           parsed.source = "mended";
                           if (parents.size() == 2)
                               parsed.fault = AnswerFault::EditNotFound;
                           return parsed;
                       });
        Kept kept;
        AgentContext context = contextOf(kept);
        context.repair = Attempt{};
        context.repair->variant.source = "failed";
        QCOMPARE(agent.propose(context, {})->size(), std::size_t{1});
        QCOMPARE(kept.requests.front().purpose, std::string("repair"));
        // One that edits the parent instead is understood as well.
        QCOMPARE(agent.propose(context, {})->size(), std::size_t{1});
        QCOMPARE(parents, (std::vector<std::string>{"failed", "failed", "parent"}));
    }

    void aBudgetShortensAnswersAndEnds()
    {
        LlmSettings settings;
        settings.budget = std::make_shared<Budget>(BudgetLimits{1200, {}});
        auto service = answering({answerOf("a kernel", 100, 900), answerOf("never asked")});
        auto agent = fakeModel(service, settings);
        Kept kept;
        QCOMPARE(agent->propose(contextOf(kept), {})->size(), std::size_t{1});
        QCOMPARE(service->requests().front().maxAnswerTokens, std::int64_t{1024});
        QCOMPARE(settings.budget->spent().tokens, std::int64_t{1000});
        QVERIFY(!agent->whyFinished());
        const auto proposals = agent->propose(contextOf(kept), {});
        QVERIFY_RESULT(proposals);
        QVERIFY(proposals->empty());
        QCOMPARE(service->requests().size(), std::size_t{1});
        QVERIFY(agent->whyFinished()->find("budget of 1200") != std::string::npos);
    }

    void whatIsSetAsideForOthersMayComeFree()
    {
        LlmSettings settings;
        settings.price.prompt = MicroDollars{1'000'000};
        settings.price.answer = MicroDollars{2'000'000};
        settings.budget = std::make_shared<Budget>(BudgetLimits{{}, MicroDollars{2000}});
        auto agent = fakeModel(answering({answerOf("a kernel", 100, 50)}), settings);
        Kept kept;
        {
            const auto other = settings.budget->reserve({1000, MicroDollars{1500}});
            QVERIFY_RESULT(other);
            QCOMPARE(agent->propose(contextOf(kept), {}).error().code, ErrorCode::Cancelled);
            QVERIFY(!agent->whyFinished());
        }
        QCOMPARE(agent->propose(contextOf(kept), {})->size(), std::size_t{1});
        QCOMPARE(settings.budget->spent().money->value, std::int64_t{200});
        QCOMPARE(kept.outcomes.front().costMicroDollars.value(), std::int64_t{200});
    }

    void recordingsAreMatchedByTextThenByOrder()
    {
        ReplayService replay({recorded("one", "first"), recorded("two", "second"), recorded("one", "third"),
                              recorded("lost", "", "cancelled"), recorded("four", "", "timeout")});
        QCOMPARE(replay.left(), std::size_t{4});
        QCOMPARE(replay.chat(requestOf("two"), {}, {})->text, std::string("second"));
        QCOMPARE(replay.chat(requestOf("one"), {}, {})->text, std::string("first"));
        QCOMPARE(replay.chat(requestOf("one"), {}, {})->text, std::string("third"));
        // Never asked: what is left comes in its order.
        QCOMPARE(replay.chat(requestOf("unknown"), {}, {}).error().code, ErrorCode::Timeout);
        QCOMPARE(replay.chat(requestOf("one"), {}, {}).error().code, ErrorCode::BudgetSpent);
        ChatRequest other = requestOf("one");
        other.model = "another";
        ReplayService one({recorded("one", "first")});
        QCOMPARE(one.chat(other, {}, {}).error().code, ErrorCode::BudgetSpent);
        QCOMPARE(one.left(), std::size_t{1});
        // That is the end of the agent, and no failure.
        auto agent = fakeModel(std::make_shared<ReplayService>(std::vector<ExchangeRecord>{}));
        Kept kept;
        QVERIFY(agent->propose(contextOf(kept), {})->empty());
        QVERIFY(agent->whyFinished()->find("no recorded answer") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(tst_LlmAgent)
#include "tst_LlmAgent.moc"
