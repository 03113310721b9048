// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>

#include "SampleRecords.h"
#include "TestSupport.h"
#include "store/Salvage.h"
#include "store/Workspace.h"

using namespace warploom;
using namespace warploom::test;

namespace {

ExchangeRecord question(RunId run, VariantId parent)
{
    ExchangeRecord exchange;
    exchange.run = run;
    exchange.agent = "llm:fake@test";
    exchange.model = "fake";
    exchange.parent = parent;
    exchange.mode = "refine";
    exchange.parts = {{"task", 120, true, ""}, {"knowledge", 900, false, "no space"}};
    exchange.messages = {{"system", "You write kernels."}, {"user", "Make it \"faster\"\n"}};
    exchange.promptTokens = 130;
    return exchange;
}

}  // namespace

class tst_Exchanges : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<TemporaryFolder>();
        m_path = m_folder->path() / "w.warploom";
        auto opened = Workspace::open(m_path, Workspace::Mode::Create);
        QVERIFY_RESULT(opened);
        m_workspace.emplace(std::move(*opened));
        TaskRecord task;
        task.name = "softmax";
        task.revision = "r1";
        const auto taskRow = m_workspace->ensureTask(task);
        QVERIFY_RESULT(taskRow);
        RunRecord run;
        run.task = taskRow->id;
        run.device = "emulator";
        m_run = m_workspace->addRun(run)->id;
        m_baseline = m_workspace->addVariant(variant(taskRow->id, {}, "baseline"))->id;
    }
    void cleanup()
    {
        m_workspace.reset();
        m_folder.reset();
    }

    void aQuestionIsKeptBeforeItsAnswer()
    {
        const auto started = m_workspace->startExchange(question(m_run, m_baseline));
        QVERIFY_RESULT(started);
        QCOMPARE(started->event.type, std::string(eventType::kExchangeStarted));
        QVERIFY(!started->event.data.contains("messages"));
        QCOMPARE(started->event.data.at("parts").size(), std::size_t{2});
        ExchangeRecord kept = *m_workspace->exchange(started->id);
        QVERIFY(!kept.finished);
        QVERIFY(kept.started > 0);
        QCOMPARE(kept.messages[1].text, std::string("Make it \"faster\"\n"));
        QCOMPARE(kept.parts[1].leftOut, std::string("no space"));
        QVERIFY(!kept.costMicroDollars);

        kept.answer = "no idea";
        kept.fault = "off-format";
        kept.explanation = "there is no kernel in it";
        kept.answerTokens = 5;
        kept.costMicroDollars = 0;
        kept.seconds = 1.5;
        const auto finished = m_workspace->finishExchange(kept);
        QVERIFY_RESULT(finished);
        QCOMPARE(finished->id, started->id);
        QVERIFY(!finished->event.data.contains("answer"));
        const ExchangeRecord done = *m_workspace->exchange(started->id);
        QVERIFY(done.finished);
        QCOMPARE(done.answer, std::string("no idea"));
        QCOMPARE(done.costMicroDollars.value(), std::int64_t{0});
        QCOMPARE(done.messages.size(), std::size_t{2});
        QCOMPARE(nlohmann::json(done).get<ExchangeRecord>().explanation, done.explanation);
    }

    void whatAQuestionCostsIsKnownBeforeItsAnswer()
    {
        ExchangeRecord asked = question(m_run, m_baseline);
        asked.costMicroDollars = 390;
        const auto started = m_workspace->startExchange(asked);
        QVERIFY_RESULT(started);
        QCOMPARE(m_workspace->exchange(started->id)->costMicroDollars.value(), std::int64_t{390});
        QVERIFY(m_workspace->exchange(started->id)->estimated);
    }

    void variantsSayWhatTheyCameFrom()
    {
        const auto started = m_workspace->startExchange(question(m_run, m_baseline));
        VariantRecord made = variant(1, {m_baseline}, "made");
        made.asked = "llm:fake@test";
        made.model = "fake";
        made.mode = "combine";
        made.exchange = started->id;
        const auto first = m_workspace->addVariant(made);
        QVERIFY_RESULT(first);
        QCOMPARE(first->event.data.at("exchange").get<std::int64_t>(), started->id);
        made.repairs = first->id;
        made.normalisedHash = "other";
        const auto second = m_workspace->addVariant(made);
        QVERIFY_RESULT(second);
        const auto read = m_workspace->variants(1);
        QCOMPARE(read->size(), std::size_t{3});
        QVERIFY(!read->at(0).hasOrigin());
        QCOMPARE(read->at(2).repairs, first->id);
        QCOMPARE(read->at(2).mode, std::string("combine"));
        QCOMPARE(m_workspace->children(m_baseline)->size(), std::size_t{2});
        QCOMPARE(m_workspace->exchange(started->id)->variants, (std::vector<VariantId>{first->id, second->id}));
        QCOMPARE(second->event.data.get<VariantRecord>().repairs, first->id);
    }

    void theyAreFoundByRun()
    {
        QVERIFY_RESULT(m_workspace->startExchange(question(m_run, m_baseline)));
        ExchangeFilter filter;
        filter.run = m_run;
        const auto own = m_workspace->exchanges(filter);
        QCOMPARE(own->size(), std::size_t{1});
        QVERIFY(own->front().messages.empty());
        filter.run = m_run + 1;
        QVERIFY(m_workspace->exchanges(filter)->empty());
        QVERIFY(m_workspace->exchange(77).error().isNotFound());
        QCOMPARE(m_workspace->finishExchange(question(m_run, m_baseline)).error().code, ErrorCode::InvalidArgument);
    }

    void theySurviveASalvage()
    {
        const auto started = m_workspace->startExchange(question(m_run, m_baseline));
        ExchangeRecord done = *m_workspace->exchange(started->id);
        done.answer = "a kernel";
        QVERIFY_RESULT(m_workspace->finishExchange(done));
        VariantRecord made = variant(1, {m_baseline}, "made");
        made.model = "fake";
        made.exchange = started->id;
        QVERIFY_RESULT(m_workspace->addVariant(made));
        m_workspace.reset();
        const auto target = m_folder->path() / "saved.warploom";
        const auto report = salvage(m_path, target);
        QVERIFY_RESULT(report);
        Workspace saved = std::move(*Workspace::open(target, Workspace::Mode::ReadOnly));
        QCOMPARE(saved.exchange(started->id)->answer, std::string("a kernel"));
        QCOMPARE(saved.exchange(started->id)->messages.size(), std::size_t{2});
        QCOMPARE(saved.variants(1)->back().exchange, started->id);
        QCOMPARE(saved.variants(1)->back().model, std::string("fake"));
    }

private:
    VariantRecord variant(TaskId task, std::vector<VariantId> parents, const std::string& title) const
    {
        VariantRecord variant;
        variant.task = task;
        variant.parents = std::move(parents);
        variant.title = title;
        variant.source = "// " + title;
        variant.normalisedHash = title;
        variant.agent = "llm";
        variant.run = m_run;
        return variant;
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    std::filesystem::path m_path;
    std::optional<Workspace> m_workspace;
    RunId m_run = 0;
    VariantId m_baseline = 0;
};

QTEST_GUILESS_MAIN(tst_Exchanges)
#include "tst_Exchanges.moc"
