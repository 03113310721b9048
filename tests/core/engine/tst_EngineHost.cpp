// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <thread>

#include <QProcess>

#include "FakeAgents.h"
#include "base/Files.h"
#include "engine/EngineHost.h"
#include "engine/EngineServer.h"
#include "engine/HostLauncher.h"
#include "engine/SubmissionWatch.h"

using namespace warploom;
using namespace warploom::test;

namespace {

std::string kernelFolder(const char* task)
{
    static const TemporaryFolder folder;
    static const std::filesystem::path kernels = copySmallKernels(folder.path() / "kernels");
    return (kernels / task).string();
}

/// A host that serves in this process, with one client.
struct Served {
    explicit Served(const std::filesystem::path& workspace, EngineClient::Listener listener = {})
        : host(std::move(*EngineHost::open(workspace)))
        , thread([this](std::stop_token stop) { (void)host->serve(stop); })
        , client(std::move(*attachToHost(workspace, std::move(listener), {})))
    {
    }
    ~Served()
    {
        thread.request_stop();
        thread.join();
    }

    bool finishes()
    {
        return QTest::qWaitFor([this] { return client->progress()->phase == "finished"; }, 40'000);
    }

    std::unique_ptr<EngineHost> host;
    std::jthread thread;
    std::unique_ptr<EngineClient> client;
};

RunOrder smallRun(std::int64_t evaluations)
{
    RunOrder order;
    order.task = kernelFolder("vector_add");
    order.settings.evaluations = evaluations;
    return order;
}

Command commandOf(Command::Kind kind, VariantId variant = 0, std::string text = {})
{
    Command command;
    command.kind = kind;
    command.variant = variant;
    command.text = std::move(text);
    return command;
}

Command submission(const char* ticket, std::string text)
{
    Command command = commandOf(Command::Kind::Submit, 0, std::move(text));
    command.submission.ticket = ticket;
    command.submission.agent = "mcp:tester";
    command.submission.move = "vectorise";
    command.submission.predictedGain = 1.1;
    return command;
}

std::string faster() { return readFile(sourceFolder() / "tests/fixtures/variants/vector_add/float4.cu"); }

std::size_t countOf(const std::vector<EventRecord>& events, std::string_view type)
{
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [type](const auto& event) { return event.type == type; }));
}

}  // namespace

/// Every run asks the rules agent.
#define NEEDS_REWRITER()                                                                                               \
    do {                                                                                                               \
        if (!std::filesystem::exists(binaryFolder() / "warploom-rewriter"))                                            \
            QSKIP("built without the rewriter");                                                                       \
    } while (false)

class tst_EngineHost : public QObject {
    Q_OBJECT

private slots:
    void evolvesForAClient()
    {
        NEEDS_REWRITER();
        const TemporaryFolder folder;
        Served served(folder.path() / "run.warploom");
        QVERIFY_RESULT(served.client->evolve(smallRun(3)));
        QCOMPARE(served.client->evolve(smallRun(3)).error().code, ErrorCode::Locked);
        QVERIFY(served.finishes());
        const auto content = readContent(folder.path() / "run.warploom");
        QVERIFY_RESULT(content);
        QCOMPARE(content->evaluations.size(), std::size_t{3});
        QCOMPARE(content->runs.back().state, RunState::Finished);
        // Occupancy is part of every right evaluation's evidence.
        Workspace reader = std::move(*Workspace::open(folder.path() / "run.warploom", Workspace::Mode::ReadOnly));
        QVERIFY(reader.evaluation(content->evaluations.front().id)->evidence.value("occupancy", 0.0) > 0.5);
    }

    void clientsHearEverything()
    {
        NEEDS_REWRITER();
        const TemporaryFolder folder;
        const auto path = folder.path() / "run.warploom";
        std::mutex mutex;
        std::vector<EventSequence> heard;
        EngineClient::Listener listener;
        listener.onEvent = [&](const EventRecord& event) {
            const std::lock_guard lock(mutex);
            heard.push_back(event.sequence);
        };
        Served served(path, listener);
        QVERIFY_RESULT(served.client->evolve(smallRun(2)));
        QVERIFY(served.finishes());
        const auto last = readContent(path)->lastSequence;
        QVERIFY(last >= 6);
        const auto hasAll = [&] {
            const std::lock_guard lock(mutex);
            return static_cast<EventSequence>(heard.size()) == last;
        };
        QTRY_VERIFY_WITH_TIMEOUT(hasAll(), 5'000);
        for (EventSequence i = 0; i < last; ++i)
            QCOMPARE(heard[static_cast<std::size_t>(i)], i + 1);
        served.client->close();
    }

    void failuresReachClients()
    {
        NEEDS_REWRITER();
        const TemporaryFolder folder;
        std::mutex mutex;
        std::vector<RunProgress> heard;
        EngineClient::Listener listener;
        listener.onProgress = [&](const RunProgress& progress) {
            const std::lock_guard lock(mutex);
            heard.push_back(progress);
        };
        Served served(folder.path() / "run.warploom", listener);
        RunOrder order = smallRun(2);
        order.task = "/nowhere";
        QVERIFY_RESULT(served.client->evolve(order));
        QVERIFY(served.finishes());
        auto progress = served.client->progress();
        QVERIFY(progress->failure);
        QCOMPARE(progress->failure->code, ErrorCode::NotFound);
        QVERIFY(progress->endReason.find("/nowhere") != std::string::npos);
        QCOMPARE(nlohmann::json(*progress).at("failure").at("remedy").get<std::string>(),
                 std::string(remedy(ErrorCode::NotFound)));
        order = smallRun(2);
        order.settings.device = "cuda:77";
        QVERIFY_RESULT(served.client->evolve(order));
        QVERIFY(served.finishes());
        progress = served.client->progress();
        QVERIFY(progress->failure && progress->failure->code != ErrorCode::NotFound);
        QCOMPARE(progress->device, std::string("cuda:77"));
        order.resume = true;
        QVERIFY_RESULT(served.client->evolve(order));
        QVERIFY(served.finishes());
        QVERIFY(served.client->progress()->failure->message.find("nothing to resume") != std::string::npos);
        const auto failures = [&] {
            const std::lock_guard lock(mutex);
            return std::count_if(heard.begin(), heard.end(), [](const auto& one) { return one.failure.has_value(); });
        };
        QTRY_COMPARE_WITH_TIMEOUT(failures(), 3, 5'000);
        // Nothing of it stays.
        QVERIFY_RESULT(served.client->evolve(smallRun(1)));
        QVERIFY(served.finishes());
        QVERIFY(!served.client->progress()->failure);
        served.client->close();
    }

    void steeringOutlivesAKill()
    {
        NEEDS_REWRITER();
        const TemporaryFolder folder;
        const auto path = folder.path() / "run.warploom";
        QProcess host;
        host.start(QString::fromStdString((binaryFolder() / "warploom-cli").string()),
                   {"serve", QString::fromStdString(path.string())});
        QVERIFY(host.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(Workspace::open(path, Workspace::Mode::ReadOnly).has_value(), 20'000);
        {
            const auto client = attachToHost(path, {}, {});
            QVERIFY_RESULT(client);
            RunOrder order = smallRun(500);
            order.first = {commandOf(Command::Kind::BanMove, 0, "add-2"), commandOf(Command::Kind::BanMove, 0, "add-3"),
                           commandOf(Command::Kind::PreferMove, 0, "add-4"),
                           commandOf(Command::Kind::Guide, 0, "keep it short")};
            QVERIFY_RESULT((*client)->evolve(order));
            QTRY_COMPARE_WITH_TIMEOUT(countOf(*(*client)->eventsSince(0), "steered"), std::size_t{4}, 20'000);
            Command unban = commandOf(Command::Kind::BanMove, 0, "add-3");
            unban.on = false;
            QVERIFY_RESULT((*client)->send(unban));
            QTRY_COMPARE_WITH_TIMEOUT(countOf(*(*client)->eventsSince(0), "steered"), std::size_t{5}, 20'000);
        }
        host.kill();
        QVERIFY(host.waitForFinished());

        Workspace workspace = std::move(*Workspace::open(path, Workspace::Mode::ReadWrite));
        Script script;
        script.answer = [](const AgentContext&) {
            std::vector<Proposal> proposals;
            for (int i = 1; i <= 4; ++i)
                proposals.push_back({"script", fmt::format("add-{}", i), "", vectorAddSource(i), "", 1});
            return Result<std::vector<Proposal>>(proposals);
        };
        RunChanges changes;
        changes.evaluations = workspace.latestRun().value()->evaluations + 20;
        auto plan = planToResume(workspace, {}, changes);
        QVERIFY_RESULT(plan);
        QVERIFY_RESULT(runEngine(workspace, *plan, {&script}).progress);
        QCOMPARE(script.asked.front().guidance, std::vector<std::string>{"keep it short"});
        std::vector<std::string> moves;
        const auto variants = workspace.variants(1);
        for (const VariantRecord& variant : *variants) {
            if (variant.agent == "script")
                moves.push_back(variant.move);
        }
        // The preferred one came first.
        QCOMPARE(moves.front(), std::string("add-4"));
        QVERIFY(std::count(moves.begin(), moves.end(), "add-2") == 0);
        QVERIFY(std::count(moves.begin(), moves.end(), "add-3") == 1);
    }

    void compilesAndChecksTexts()
    {
        const TemporaryFolder folder;
        Served served(folder.path() / "run.warploom");
        SourceOrder order;
        order.task = kernelFolder("vector_add");
        order.source = faster();
        const auto report = served.client->compile(order);
        QVERIFY_RESULT(report);
        QVERIFY(report->compiled);
        QVERIFY(report->ptx.find(".entry") != std::string::npos);
        std::vector<std::string> stages;
        const auto record =
            served.client->check(order, {}, [&](const EvaluationProgress& step) { stages.push_back(step.stage); });
        QVERIFY_RESULT(record);
        QCOMPARE(record->verdict, Verdict::Ok);
        QVERIFY(record->speedup && record->speedup->estimate > 1);
        QVERIFY(!stages.empty());

        order.source = "// warploom: launch k<<<1, 32>>>(c)\n__global__ void k(float* c) { c[0] = undefined_x; }\n";
        const auto broken = served.client->compile(order);
        QVERIFY_RESULT(broken);
        QVERIFY(!broken->compiled);
        QCOMPARE(broken->diagnostics.front().place.line, 2);
        order.source = "// warploom: tune BLOCK\n__global__ void k(float* c) {}\n";
        const auto invalid = served.client->compile(order);
        QVERIFY_RESULT(invalid);
        QCOMPARE(invalid->diagnostics.front().place.line, 1);
        order.task = "/nowhere";
        QVERIFY(served.client->compile(order).error().isNotFound());
    }

    void submitsBeforeTheFirstRun()
    {
        NEEDS_REWRITER();
        const TemporaryFolder folder;
        Served served(folder.path() / "run.warploom");
        RunOrder order = smallRun(0);
        order.first = {commandOf(Command::Kind::Submit, 0, faster())};
        QVERIFY_RESULT(served.client->evolve(order));
        QVERIFY(served.finishes());
        const auto content = readContent(folder.path() / "run.warploom");
        QVERIFY_RESULT(content);
        // The baseline and the submitted text, and nothing that an agent proposed.
        QCOMPARE(content->variants.size(), std::size_t{2});
        QCOMPARE(content->variants.back().agent, std::string("person"));
        QCOMPARE(content->variants.back().parents, std::vector<VariantId>{content->variants.front().id});
        QCOMPARE(content->evaluations.size(), std::size_t{2});
    }

    void submissionsAreAnswered()
    {
        NEEDS_REWRITER();
        const TemporaryFolder folder;
        const auto path = folder.path() / "run.warploom";
        SubmissionWatch first("t1");
        Served served(path, first.listener());
        SubmissionWatch second("t2");
        const auto other = attachToHost(path, second.listener(), {});
        QVERIFY_RESULT(other);
        RunOrder order = smallRun(0);
        // Each is tried, although the budget is nothing.
        order.first = {submission("t1", faster()), submission("t2", vectorAddSource(1))};
        QVERIFY_RESULT(served.client->evolve(order));
        const auto one = first.wait(*served.client, Seconds(40), {});
        QVERIFY_RESULT(one);
        QVERIFY(one->variant != 0 && one->evaluation != 0);
        const auto two = second.wait(**other, Seconds(40), {});
        QVERIFY_RESULT(two);
        QVERIFY(two->evaluation != 0 && two->evaluation != one->evaluation);
        // While that run ends, or after it.
        SubmissionWatch third("t3");
        SubmissionWatch fourth("t4");
        const auto late = attachToHost(path, third.listener(), {});
        const auto later = attachToHost(path, fourth.listener(), {});
        QVERIFY(late && later);
        QVERIFY_RESULT((*late)->send(submission("t3", vectorAddSource(2))));
        QVERIFY_RESULT((*later)->send(submission("t4", faster() + "// again\n")));
        const auto three = third.wait(**late, Seconds(40), {});
        QVERIFY_RESULT(three);
        QVERIFY2(three->evaluation != 0, three->ended ? three->ended->message.c_str() : three->refusal.c_str());
        const auto four = fourth.wait(**later, Seconds(40), {});
        QVERIFY_RESULT(four);
        QCOMPARE(four->duplicate, one->variant);
        const auto content = readContent(path);
        const auto& variant = content->variants.at(1);
        QCOMPARE(variant.id, one->variant);
        QCOMPARE(variant.agent, std::string("mcp:tester"));
        QCOMPARE(variant.move, std::string("vectorise"));
        QCOMPARE(variant.predictedGain.value_or(0), 1.1);

        // What comes of nothing is told, and a stop is heard.
        std::stop_source stop;
        stop.request_stop();
        SubmissionWatch idle("t5");
        QVERIFY(idle.wait(*served.client, Seconds(40), stop.get_token()).error().isCancelled());
        QVERIFY(served.finishes());
        const auto nothing = idle.wait(*served.client, Seconds(40), {});
        QVERIFY_RESULT(nothing);
        QVERIFY(nothing->ended && nothing->variant == 0);
    }

    void steersBetweenRuns()
    {
        NEEDS_REWRITER();
        const TemporaryFolder folder;
        const auto path = folder.path() / "run.warploom";
        Served served(path);
        QCOMPARE(served.client->send(commandOf(Command::Kind::Pause)).error().code, ErrorCode::NotFound);
        QVERIFY_RESULT(served.client->evolve(smallRun(2)));
        QVERIFY(served.finishes());
        QVERIFY_RESULT(served.client->send(commandOf(Command::Kind::Favour, 1)));
        QVERIFY_RESULT(served.client->send(commandOf(Command::Kind::Guide, 0, "keep it short")));
        QVERIFY_RESULT(served.client->send(commandOf(Command::Kind::BanMove, 0, "unroll")));
        QTRY_COMPARE_WITH_TIMEOUT(countOf(*served.client->eventsSince(0), "steered"), std::size_t{2}, 5'000);
        QVERIFY(readContent(path)->variants.front().favoured);
        QVERIFY_RESULT(served.client->send(commandOf(Command::Kind::Submit, 1, faster())));
        QTRY_COMPARE_WITH_TIMEOUT(readContent(path)->runs.size(), std::size_t{2}, 20'000);
        QVERIFY(served.finishes());
        const auto content = readContent(path);
        QVERIFY(std::any_of(content->variants.begin(), content->variants.end(),
                            [](const auto& variant) { return variant.agent == "person"; }));
    }

    void launchedHostsEndByThemselves()
    {
        const TemporaryFolder folder;
        qputenv("WARPLOOM_CACHE", folder.path().c_str());
        const auto path = folder.path() / "other.warploom";
        auto client = attachToHost(path, {}, {});
        QVERIFY_RESULT(client);
        QCOMPARE((*client)->progress()->phase, std::string());
        // A second one finds the same host.
        QVERIFY_RESULT(attachToHost(path, {}, {}));
        QCOMPARE(Workspace::open(path, Workspace::Mode::ReadWrite).error().code, ErrorCode::Locked);
        qunsetenv("WARPLOOM_CACHE");
    }

    void aCopyHasNoHost()
    {
        const TemporaryFolder folder;
        const auto path = folder.path() / "a.warploom";
        const auto copy = folder.path() / "b.warploom";
        QVERIFY_RESULT(Workspace::open(path, Workspace::Mode::Create));
        std::filesystem::copy_file(path, copy);
        const Served served(path);
        const std::string identity = Workspace::open(copy, Workspace::Mode::ReadOnly)->identity();
        QCOMPARE(Workspace::open(path, Workspace::Mode::ReadOnly)->identity(), identity);
        const auto stranger = EngineClient::connect(engineNameOf(identity, copy), {});
        QVERIFY(!stranger);
        QVERIFY(stranger.error().isNotFound());
        std::filesystem::create_symlink(path, folder.path() / "link.warploom");
        QVERIFY_RESULT(EngineClient::connect(engineNameOf(identity, folder.path() / "link.warploom"), {}));
    }

    void aWorkspaceThatCannotBeServed()
    {
        const TemporaryFolder folder;
        const auto path = folder.write("rubbish.warploom", std::string(5000, 'x'));
        const auto client = attachToHost(path, {}, {});
        QVERIFY(!client);
        QCOMPARE(client.error().code, ErrorCode::NotAWorkspace);
    }
};

QTEST_GUILESS_MAIN(tst_EngineHost)
#include "tst_EngineHost.moc"
