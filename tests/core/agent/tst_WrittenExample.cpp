// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <thread>

#include "TestSupport.h"
#include "agent/example/ExampleAgent.h"
#include "task/TaskLoader.h"
#include "variant/SourceText.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr auto kWhole = "---\ntask: softmax\nchanges: 01-first\n---\n\nMOVE: this\n";

Task taskCalled(const std::string& name) { return std::move(*loadTask(sourceFolder() / "kernels" / name)); }

/// Asked about a text, as a variant of its own.
AgentContext contextOf(const Task& task, const std::string& source, std::vector<ExchangeRecord>& outcomes)
{
    AgentContext context;
    context.task = &task;
    context.parent.id = 7;
    context.parent.source = source;
    // Another mode than the answers were written for.
    context.mode = MemoryMode::FreshStart;
    context.exchanges.started = [](const ExchangeRecord&) { return std::int64_t{1}; };
    context.exchanges.finished = [&outcomes](std::int64_t, const ExchangeRecord& outcome) {
        outcomes.push_back(outcome);
    };
    return context;
}

ExampleAgent atOnce() { return ExampleAgent({"example", *builtInAnswers(), WrittenPace{0}, nullptr}); }

}  // namespace

class tst_WrittenExample : public QObject {
    Q_OBJECT

private slots:
    void readsAFile()
    {
        const auto answer = parseWrittenAnswer("02-second", kWhole, "softmax/02-second.md");
        QVERIFY_RESULT(answer);
        QCOMPARE(answer->id, std::string("02-second"));
        QCOMPARE(answer->task, std::string("softmax"));
        QCOMPARE(answer->after, std::string("01-first"));
        QVERIFY(!answer->repairs);
        QCOMPARE(answer->text, std::string("MOVE: this\n"));
        const auto repair = parseWrittenAnswer("x", "---\ntask: a\nrepairs: b\n---\ntext", "f");
        QVERIFY_RESULT(repair);
        QVERIFY(repair->repairs);
    }

    void saysWhatIsWrongWithAFile_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("line");
        QTest::newRow("nothing") << "" << 1;
        QTest::newRow("no front matter") << "MOVE: this\n" << 1;
        QTest::newRow("no end") << "---\ntask: a\n" << 2;
        QTest::newRow("unknown key") << "---\ntask: a\nmodel: b\n---\nx" << 3;
        QTest::newRow("no colon") << "---\ntask\n---\nx" << 2;
        QTest::newRow("no value") << "---\ntask:\n---\nx" << 2;
        QTest::newRow("twice") << "---\ntask: a\ntask: b\n---\nx" << 3;
        QTest::newRow("changes and repairs") << "---\ntask: a\nchanges: b\nrepairs: b\n---\nx" << 4;
        QTest::newRow("for nothing") << "---\ntask: a\n---\nx" << 3;
        QTest::newRow("repairs the baseline") << "---\ntask: a\nrepairs: baseline\nbaseline: 1\n---\nx" << 5;
        QTest::newRow("no hash") << "---\ntask: a\nchanges: baseline\n---\nx" << 4;
        QTest::newRow("hash of no use") << "---\ntask: a\nchanges: b\nbaseline: 1\n---\nx" << 5;
        QTest::newRow("no text") << "---\ntask: a\nchanges: b\n---\n\n" << 4;
    }
    void saysWhatIsWrongWithAFile()
    {
        QFETCH(QString, text);
        QFETCH(int, line);
        const auto answer = parseWrittenAnswer("x", text.toStdString(), "x.md");
        QVERIFY(!answer);
        QCOMPARE(int(answer.error().code), int(ErrorCode::InvalidInput));
        QCOMPARE(answer.error().place.file, std::string("x.md"));
        QCOMPARE(answer.error().place.line, line);
        QVERIFY(!answer.error().expected.empty() && !answer.error().found.empty());
    }

    /// Kernels and answers change: together, or this says which answer does not fit any more.
    void builtInAnswersFitTheTasks()
    {
        const auto answers = builtInAnswers();
        QVERIFY_RESULT(answers);
        QCOMPARE(exampleTasks(*answers), (std::vector<std::string>{"histogram", "softmax"}));
        for (const std::string& name : exampleTasks(*answers)) {
            const Task task = taskCalled(name);
            for (const WrittenAnswer& answer : *answers)
                if (answer.task == name && answer.after == kAfterBaseline)
                    QCOMPARE(answer.baseline, sourceHash(task.baselineSource));
            const auto example = WrittenExample::make(name, task.baselineSource, *answers);
            QVERIFY_RESULT(example);
            QVERIFY(example->answers().size() >= 3 && example->answers().size() <= 5);
            QVERIFY(example->knows(task.baselineSource));
            // From the baseline every answer is reached, and exactly one of them is a repair.
            std::string source = task.baselineSource;
            int repairs = 0;
            for (const WrittenAnswer& answer : example->answers()) {
                const WrittenAnswer* next = example->answerTo(source, answer.repairs);
                QVERIFY(next != nullptr);
                QCOMPARE(next->id, answer.id);
                repairs += answer.repairs ? 1 : 0;
                source = example->sourceMadeBy(answer.id);
            }
            QCOMPARE(repairs, 1);
            QVERIFY(example->answerTo(source, false) == nullptr && example->answerTo(source, true) == nullptr);
        }
    }

    void whatDoesNotFitIsSaid()
    {
        const auto answers = *builtInAnswers();
        const auto other = WrittenExample::make("vector_add", "", answers);
        QVERIFY(!other);
        QCOMPARE(int(other.error().code), int(ErrorCode::NotFound));
        QVERIFY(other.error().message.find("only for histogram and softmax") != std::string::npos);
        // Comments do not matter, code does.
        const std::string baseline = taskCalled("softmax").baselineSource;
        QVERIFY_RESULT(WrittenExample::make("softmax", "// a comment\n" + baseline, answers));
        const auto edited = WrittenExample::make("softmax", baseline + "\n__device__ int more;\n", answers);
        QVERIFY(!edited);
        QCOMPARE(int(edited.error().code), int(ErrorCode::NotFound));
        QVERIFY(edited.error().message.find("no answer for this baseline") != std::string::npos);
        WrittenAnswer lost{"9", "softmax", "8", false, "", "x"};
        QCOMPARE(int(WrittenExample::make("softmax", baseline, std::vector{lost}).error().code),
                 int(ErrorCode::InvalidInput));
        WrittenAnswer empty{"9", "softmax", "baseline", false, sourceHash(baseline), "no kernel"};
        QCOMPARE(int(WrittenExample::make("softmax", baseline, std::vector{empty}).error().code),
                 int(ErrorCode::InvalidInput));
    }

    void anAnswerComesInPieces()
    {
        // Longer than a piece, with characters of one to four bytes and what JSON has to escape.
        const std::string text = "MOVE: ünïcödé \"quoted\" \\ tab\t→ 1.3× \xf0\x9f\xa7\xb5\n```\nint x;\n```\n";
        WrittenService service(text, WrittenPace{0});
        std::vector<std::string> pieces;
        const auto answer = service.chat({}, [&](std::string_view piece) { pieces.emplace_back(piece); }, {});
        QVERIFY_RESULT(answer);
        QCOMPARE(answer->text, text);
        QVERIFY(pieces.size() >= 4);
        std::string joined;
        for (const std::string& piece : pieces)
            joined += piece;
        QCOMPARE(joined, text);
        QCOMPARE(int(answer->finish), int(ChatFinish::Stop));
        QCOMPARE(answer->model, std::string("written example"));
        QVERIFY(answer->usage.estimated && answer->usage.answerTokens > 0);
        QVERIFY(answer->notes.empty());
    }

    void itTakesItsTimeAndCanBeStopped()
    {
        WrittenService slow(std::string(60, 'x'), WrittenPace{200});
        QElapsedTimer timer;
        timer.start();
        QVERIFY_RESULT(slow.chat({}, {}, {}));
        QVERIFY2(timer.elapsed() >= 290, qPrintable(QString::number(timer.elapsed())));
        WrittenService endless(std::string(6000, 'x'), WrittenPace{1});
        std::stop_source stop;
        timer.restart();
        const std::jthread stopper([&stop] {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            stop.request_stop();
        });
        const auto stopped = endless.chat({}, {}, stop.get_token());
        QVERIFY(!stopped && stopped.error().isCancelled());
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    }

    void answersOnceAndSaysWhoseAnswerItIs()
    {
        const Task task = taskCalled("histogram");
        ExampleAgent agent = atOnce();
        QCOMPARE(agent.name(), std::string("written example"));
        QVERIFY(agent.takesLong() && !agent.usesMemory());
        std::vector<ExchangeRecord> outcomes;
        const auto made = agent.propose(contextOf(task, task.baselineSource, outcomes), {});
        QVERIFY_RESULT(made);
        QCOMPARE(made->size(), std::size_t{1});
        QCOMPARE(made->front().model, std::string("written example"));
        QCOMPARE(made->front().move, std::string("privatised-histogram"));
        QCOMPARE(made->front().predictedGain, 15.0);
        QVERIFY(made->front().source.find("bins[values[i]]") != std::string::npos);
        QCOMPARE(outcomes.size(), std::size_t{1});
        QCOMPARE(outcomes[0].agent, std::string("example"));
        QCOMPARE(outcomes[0].model, std::string("written example"));
        QCOMPARE(outcomes[0].mode, std::string("refine"));
        QCOMPARE(outcomes[0].costMicroDollars, std::optional<std::int64_t>(0));
        QVERIFY(outcomes[0].fault.empty() && !outcomes[0].parts.empty());
        QVERIFY(outcomes[0].answer.find("<think>") != std::string::npos);
        QVERIFY(agent.propose(contextOf(task, task.baselineSource, outcomes), {})->empty());
        QCOMPARE(outcomes.size(), std::size_t{1});

        // The failed one is mended, but not changed.
        const std::string racy = made->front().source;
        QVERIFY(agent.propose(contextOf(task, racy, outcomes), {})->empty());
        AgentContext context = contextOf(task, task.baselineSource, outcomes);
        context.repair.emplace();
        context.repair->variant.source = racy;
        const auto mended = agent.propose(context, {});
        QVERIFY_RESULT(mended);
        QCOMPARE(mended->size(), std::size_t{1});
        QCOMPARE(outcomes.back().purpose, std::string("repair"));
        QVERIFY(mended->front().source.find("zeros must not come after") != std::string::npos);
    }

    void hasNoAnswerForTextsOfOthers()
    {
        const Task task = taskCalled("softmax");
        ExampleAgent agent = atOnce();
        std::vector<ExchangeRecord> outcomes;
        const auto made =
            agent.propose(contextOf(task, task.baselineSource + "\n__device__ int more;\n", outcomes), {});
        QVERIFY_RESULT(made);
        QVERIFY(made->empty());
        QCOMPARE(outcomes.size(), std::size_t{1});
        QCOMPARE(outcomes[0].fault, std::string("refused"));
        QVERIFY(outcomes[0].explanation.find("no answer for this text") != std::string::npos);
        QVERIFY(outcomes[0].answer.empty());
        const Task unknown = taskCalled("vector_add");
        ExampleAgent stranger = atOnce();
        const auto none = stranger.propose(contextOf(unknown, unknown.baselineSource, outcomes), {});
        QVERIFY(!none);
        QCOMPARE(int(none.error().code), int(ErrorCode::NotFound));
    }
};

QTEST_GUILESS_MAIN(tst_WrittenExample)
#include "tst_WrittenExample.moc"
