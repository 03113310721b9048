// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <thread>

#include "AgentRunFixture.h"
#include "engine/EngineHost.h"
#include "engine/HostLauncher.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr int kPatienceMs = 90'000;
constexpr const char* kModel = "llm:fake@test";

/// A model whose answers a test lets out one by one, a piece ahead.
class HeldChat : public ChatService {
public:
    Result<ChatAnswer> chat(const ChatRequest& request, const TextSink& onText, std::stop_token stop) override
    {
        std::size_t number = 0;
        {
            const std::lock_guard lock(m_mutex);
            number = m_requests.size();
            m_requests.push_back(request);
        }
        if (onText)
            onText("// a beginning\n");
        while (m_released <= number)
            if (!thinkFor(5ms, stop))
                return fail(stoppedError());
        const std::lock_guard lock(m_mutex);
        return number < m_answers.size() ? m_answers[number]
                                         : Result<ChatAnswer>(answerOf(vectorAddSource(700 + int(number))));
    }
    void answerWith(Result<ChatAnswer> answer)
    {
        const std::lock_guard lock(m_mutex);
        m_answers.push_back(std::move(answer));
    }
    void release(std::size_t answers) { m_released = answers; }
    [[nodiscard]] std::vector<ChatRequest> requests() const
    {
        const std::lock_guard lock(m_mutex);
        return m_requests;
    }

private:
    std::atomic<std::size_t> m_released{0};
    mutable std::mutex m_mutex;
    std::vector<ChatRequest> m_requests;
    std::vector<Result<ChatAnswer>> m_answers;
};

/// "rules" has steady ideas, "slow" never answers, everything else is the one model.
class TestFactory : public AgentFactory {
public:
    explicit TestFactory(std::shared_ptr<ChatService> service)
        : m_service(std::move(service))
    {
        m_rules.name = "rules";
        m_rules.answer = steadyIdeas("rules");
    }

    Result<RunAgents> make(const RunSettings& settings, const ModelSpending&) override
    {
        RunAgents made;
        made.redactor.add(Secret(std::string(kKey)));
        const auto budget = std::make_shared<Budget>(BudgetLimits{1'000'000, MicroDollars{5'000'000}});
        for (const std::string& name : settings.agents) {
            if (name == "rules")
                made.agents.push_back(std::make_unique<ScriptedAgent>(m_rules));
            else if (name == "slow")
                made.agents.push_back(std::make_unique<SlowAgent>("slow", hang));
            else
                made.agents.push_back(model(budget));
        }
        made.invite = [this, budget](const std::string& name) -> Result<InvitedAgent> {
            if (name != kModel)
                return fail(ErrorCode::NotFound, "there is no model " + name);
            return InvitedAgent{model(budget), {}};
        };
        return made;
    }

    static constexpr const char* kKey = "sk-planted-0123456789abcdef";

private:
    std::unique_ptr<Agent> model(std::shared_ptr<Budget> budget) const
    {
        LlmSettings settings;
        settings.key = kModel;
        settings.model = "fake";
        settings.price.prompt = MicroDollars{1'000'000};
        settings.price.answer = MicroDollars{5'000'000};
        settings.mostAnswerTokens = 2000;
        settings.budget = std::move(budget);
        return std::make_unique<LlmAgent>(m_service, settings, composePrompt, plainAnswer);
    }

    std::shared_ptr<ChatService> m_service;
    Script m_rules;
};

/// A host that serves in this process, with one client and the events it heard.
struct Served {
    Served(const std::filesystem::path& workspace, std::shared_ptr<ChatService> service)
        : path(workspace)
        , host(std::move(*EngineHost::open(workspace, std::make_shared<TestFactory>(std::move(service)))))
        , thread([this](std::stop_token stop) { (void)host->serve(stop); })
    {
        EngineClient::Listener listener;
        listener.onEvent = [this](const EventRecord& event) {
            const std::lock_guard lock(mutex);
            events.push_back(event);
        };
        client = std::move(*attachToHost(workspace, std::move(listener), {}));
    }
    ~Served()
    {
        client->close();
        thread.request_stop();
        thread.join();
    }

    [[nodiscard]] bool isIn(const char* phase) const { return client->progress()->phase == phase; }
    std::vector<EventRecord> heard(std::string_view type)
    {
        const std::lock_guard lock(mutex);
        return eventsOf(events, type);
    }
    std::vector<ExchangeRecord> exchanges() const
    {
        Workspace reader = std::move(*Workspace::open(path, Workspace::Mode::ReadOnly));
        ExchangeFilter filter;
        filter.full = true;
        return *reader.exchanges(filter);
    }
    std::vector<VariantRecord> variants() const
    {
        Workspace reader = std::move(*Workspace::open(path, Workspace::Mode::ReadOnly));
        return *reader.variants(reader.tasks()->front().id);
    }

    std::filesystem::path path;
    std::unique_ptr<EngineHost> host;
    std::mutex mutex;
    std::vector<EventRecord> events;
    std::jthread thread;
    std::unique_ptr<EngineClient> client;
};

bool isSame(const std::vector<ExchangeMessage>& shown, const std::vector<ChatMessage>& sent)
{
    if (shown.size() != sent.size())
        return false;
    for (std::size_t i = 0; i < shown.size(); ++i)
        if (shown[i].text != sent[i].text)
            return false;
    return true;
}

bool isSame(const std::vector<ExchangeMessage>& shown, const std::vector<ExchangeMessage>& kept)
{
    return std::ranges::equal(shown, kept, [](const auto& one, const auto& other) {
        return one.role == other.role && one.text == other.text;
    });
}

Command askWith(const AgentRequest& request)
{
    Command command;
    command.kind = Command::Kind::Ask;
    command.variant = request.parent;
    command.request = request;
    return command;
}

}  // namespace

/// What people see of requests before they are sent, and what is sent then.
class tst_AgentQuestions : public QObject {
    Q_OBJECT

private slots:
    void init() { m_service = std::make_shared<HeldChat>(); }

    void whatWasShownIsSentBetweenRuns()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "w.warploom", m_service);
        m_service->release(10);
        QVERIFY_RESULT(served.client->evolve(order(3, {"rules"})));
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
        QVERIFY(m_service->requests().empty());
        Command guide;
        guide.kind = Command::Kind::Guide;
        guide.text = std::string("use shared memory, not the key ") + TestFactory::kKey;
        QVERIFY_RESULT(served.client->send(guide));
        QTRY_COMPARE_WITH_TIMEOUT(served.heard("steered").size(), std::size_t{1}, kPatienceMs);

        const auto request = served.client->request({kModel, 2, 0, "refine", {}, "emulator"}, {});
        QVERIFY_RESULT(request);
        QCOMPARE(request->messages.size(), std::size_t{2});
        const std::string& text = request->messages[1].text;
        QVERIFY(text.find("use shared memory, not the key [redacted]") != std::string::npos);
        QVERIFY(text.find(served.variants()[1].source) != std::string::npos);
        // The best's figures are those of the run, and so is the device.
        QVERIFY(text.find("registers") != std::string::npos);
        QVERIFY(request->promptTokens > 500);
        QCOMPARE(request->mostAnswerTokens, std::int64_t{2000});
        QCOMPARE(request->mostMicroDollars.value(), request->promptTokens + 5 * 2000);
        QCOMPARE(request->tokensLeft.value(), std::int64_t{1'000'000});
        const auto places = partPlaces(request->parts, request->messages);
        QCOMPARE(places.size(), request->parts.size());
        for (std::size_t i = 0; i < places.size(); ++i) {
            QCOMPARE(places[i].has_value(), request->parts[i].included);
            if (places[i])
                QVERIFY(text.substr(places[i]->offset).starts_with("# " + request->parts[i].title));
        }
        QVERIFY(m_service->requests().empty());

        QVERIFY_RESULT(served.client->send(askWith(*request)));
        QTRY_COMPARE_WITH_TIMEOUT(served.exchanges().size(), std::size_t{1}, kPatienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished") && served.exchanges().front().finished, kPatienceMs);
        QCOMPARE(m_service->requests().size(), std::size_t{1});
        QVERIFY(isSame(request->messages, m_service->requests().front().messages));
        const ExchangeRecord kept = served.exchanges().front();
        QVERIFY(isSame(request->messages, kept.messages));
        QCOMPARE(kept.parts.size(), request->parts.size());
        QCOMPARE(kept.variants.size(), std::size_t{1});
        const VariantRecord made = served.variants().back();
        QCOMPARE(made.id, kept.variants.front());
        QCOMPARE(made.parents, std::vector<VariantId>{2});
        QCOMPARE(made.asked, std::string(kModel));
        Workspace reader = std::move(*Workspace::open(served.path, Workspace::Mode::ReadOnly));
        EvaluationFilter filter;
        filter.variant = made.id;
        QVERIFY(!reader.evaluations(filter)->empty());
    }

    void inARunTooWhileOthersThink()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "w.warploom", m_service);
        QVERIFY_RESULT(served.client->evolve(order(50, {"slow"})));
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("evolving"), kPatienceMs);
        for (const char* mode : {"refine", "compare-siblings", "fresh-start"}) {
            const auto request = served.client->request({kModel, 1, 0, mode, {}, {}}, {});
            QVERIFY_RESULT(request);
            QCOMPARE(request->mode, std::string(mode));
            QVERIFY_RESULT(served.client->send(askWith(*request)));
            m_shown.push_back(*request);
        }
        QTRY_COMPARE_WITH_TIMEOUT(m_service->requests().size(), std::size_t{3}, kPatienceMs);
        // Live: to whom, and how much has come.
        const auto isArriving = [&] {
            const auto questions = served.client->progress()->questions;
            return questions.size() == 3 && std::ranges::all_of(questions, [](const OpenQuestion& question) {
                       return question.model == "fake" && question.answerBytes == 15 && question.exchange > 0
                           && question.approval == 0;
                   });
        };
        QTRY_VERIFY_WITH_TIMEOUT(isArriving(), kPatienceMs);
        m_service->release(3);
        QTRY_VERIFY_WITH_TIMEOUT(served.variants().size() == 4, kPatienceMs);
        QTRY_VERIFY_WITH_TIMEOUT(served.client->progress()->evaluations >= 4, kPatienceMs);
        QVERIFY(served.client->progress()->questions.empty());
        for (const AgentRequest& shown : m_shown)
            QVERIFY(std::ranges::any_of(served.exchanges(), [&](const ExchangeRecord& kept) {
                return kept.mode == shown.mode && kept.variants.size() == 1 && isSame(shown.messages, kept.messages);
            }));
        const auto tallies = served.client->progress()->agents;
        QCOMPARE(tallies.back().key, std::string(kModel));
        QCOMPARE(tallies.back().answered, std::int64_t{3});
        Command stop;
        stop.kind = Command::Kind::Stop;
        QVERIFY_RESULT(served.client->send(stop));
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
    }

    void nothingIsSentASecondTime()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "w.warploom", m_service);
        m_service->answerWith(answerOf("? let us talk"));
        m_service->answerWith(fail(ErrorCode::KeyRefused, std::string("no such key ") + TestFactory::kKey));
        m_service->release(2);
        QVERIFY_RESULT(served.client->evolve(order(1, {"rules"})));
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
        const auto request = served.client->request({kModel, 1, 0, "refine", {}, "emulator"}, {});
        QVERIFY_RESULT(request);
        QVERIFY_RESULT(served.client->send(askWith(*request)));
        QTRY_VERIFY_WITH_TIMEOUT(served.exchanges().size() == 1 && served.isIn("finished"), kPatienceMs);
        QCOMPARE(m_service->requests().size(), std::size_t{1});
        QCOMPARE(served.exchanges().front().fault, std::string("off-format"));
        QVERIFY_RESULT(served.client->send(askWith(*request)));
        QTRY_COMPARE_WITH_TIMEOUT(served.heard("command-refused").size(), std::size_t{1}, kPatienceMs);
        const nlohmann::json refused = served.heard("command-refused").front().data;
        QCOMPARE(refused.at("command").get<std::string>(), std::string("ask"));
        QVERIFY(refused.at("refused").get<std::string>().find("no such key") != std::string::npos);
        QVERIFY(refused.dump().find(TestFactory::kKey) == std::string::npos);
        QCOMPARE(m_service->requests().size(), std::size_t{2});
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
    }

    void whatCannotBeAskedSaysWhy()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "w.warploom", m_service);
        QVERIFY_RESULT(served.client->evolve(order(1, {"rules"})));
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
        const auto errorOf = [&](const AskOrder& order) { return served.client->request(order, {}).error(); };
        QCOMPARE(errorOf({kModel, 77, 0, "refine", {}, "emulator"}).code, ErrorCode::NotFound);
        QCOMPARE(errorOf({kModel, 1, 0, "guess", {}, "emulator"}).code, ErrorCode::InvalidArgument);
        // The only variant has none to be combined with.
        QCOMPARE(errorOf({kModel, 1, 0, "combine", {}, "emulator"}).code, ErrorCode::InvalidArgument);
        QCOMPARE(errorOf({"rules", 1, 0, "refine", {}, "emulator"}).code, ErrorCode::Unsupported);
    }

    void promptsWaitToBeSeen()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "w.warploom", m_service);
        m_service->release(100);
        QVERIFY_RESULT(served.client->watchRequests(true));
        RunOrder shown = order(40, {"rules", kModel});
        shown.settings.showsPrompts = true;
        shown.settings.parallel = 1;
        QVERIFY_RESULT(served.client->evolve(shown));
        QTRY_VERIFY_WITH_TIMEOUT(waitingIn(served) != 0, kPatienceMs);
        const std::int64_t first = waitingIn(served);
        // The others go on meanwhile.
        const auto before = served.client->progress()->evaluations;
        QTRY_VERIFY_WITH_TIMEOUT(served.client->progress()->evaluations > before, kPatienceMs);
        QVERIFY(m_service->requests().empty());
        const auto request = served.client->waitingRequest(first);
        QVERIFY_RESULT(request);
        QVERIFY(request->promptTokens > 0 && request->mostMicroDollars);
        QVERIFY_RESULT(served.client->approve(first, ApprovalGate::Decision::Skip));
        QCOMPARE(served.client->approve(first, ApprovalGate::Decision::Send).error().code, ErrorCode::NotFound);
        QTRY_VERIFY_WITH_TIMEOUT(waitingIn(served) > first, kPatienceMs);
        QVERIFY(m_service->requests().empty());
        const std::int64_t second = waitingIn(served);
        const auto approved = served.client->waitingRequest(second);
        QVERIFY_RESULT(served.client->approve(second, ApprovalGate::Decision::Send));
        QTRY_COMPARE_WITH_TIMEOUT(m_service->requests().size(), std::size_t{1}, kPatienceMs);
        QVERIFY(isSame(approved->messages, m_service->requests().front().messages));
        QTRY_VERIFY_WITH_TIMEOUT(waitingIn(served) > second || served.isIn("finished"), kPatienceMs);
        if (const std::int64_t third = waitingIn(served)) {
            QVERIFY_RESULT(served.client->approve(third, ApprovalGate::Decision::SendAll));
            QTRY_VERIFY_WITH_TIMEOUT(m_service->requests().size() >= 2, kPatienceMs);
        }
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
        QVERIFY(served.client->progress()->questions.empty());
    }

    void withoutAWindowNothingWaits()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "w.warploom", m_service);
        m_service->release(100);
        RunOrder shown = order(3, {kModel});
        shown.settings.showsPrompts = true;
        QVERIFY_RESULT(served.client->evolve(shown));
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
        QVERIFY(!m_service->requests().empty());
    }

    void aWindowThatGoesLetsEverythingPass()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "w.warploom", m_service);
        m_service->release(100);
        auto window = std::move(*attachToHost(served.path, {}, {}));
        QVERIFY_RESULT(window->watchRequests(true));
        RunOrder shown = order(3, {kModel});
        shown.settings.showsPrompts = true;
        QVERIFY_RESULT(served.client->evolve(shown));
        QTRY_VERIFY_WITH_TIMEOUT(waitingIn(served) != 0, kPatienceMs);
        QVERIFY(m_service->requests().empty());
        window->close();
        window.reset();
        QTRY_VERIFY_WITH_TIMEOUT(served.isIn("finished"), kPatienceMs);
        QVERIFY(!m_service->requests().empty());
    }

private:
    static RunOrder order(std::int64_t evaluations, std::vector<std::string> agents)
    {
        static const TemporaryFolder folder;
        static const std::filesystem::path kernels = copySmallKernels(folder.path() / "kernels");
        RunOrder order;
        order.task = (kernels / "vector_add").string();
        order.settings.evaluations = evaluations;
        order.settings.agents = std::move(agents);
        return order;
    }

    /// Number of the request that waits; 0: none does.
    static std::int64_t waitingIn(const Served& served)
    {
        const auto progress = served.client->progress();
        for (const OpenQuestion& question : progress->questions)
            if (question.approval != 0)
                return question.approval;
        return 0;
    }

    std::shared_ptr<HeldChat> m_service;
    std::vector<AgentRequest> m_shown;
};

QTEST_GUILESS_MAIN(tst_AgentQuestions)
#include "tst_AgentQuestions.moc"
