// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Journey.h"

#include <QComboBox>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>

#include "TestModelServer.h"
#include "agent/llm/HttpClient.h"
#include "agent/llm/PageFetch.h"
#include "shell/ExchangeStrip.h"
#include "shell/ExchangeView.h"
#include "shell/ExchangesDialog.h"
#include "shell/FeedPanel.h"
#include "shell/PromptDialog.h"
#include "shell/PromptView.h"

using namespace warploom;
using namespace warploom::test;

/// A model is asked: its prompt read, sent, its answer followed and looked up, against a server that is there.
class tst_JourneyPrompt : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::string problem = m_server.start();
        QVERIFY2(problem.empty(), problem.c_str());
        m_config.write("models.toml",
                       fmt::format("format = 1\n"
                                   "[[server]]\nname = \"test\"\ntitle = \"Test\"\nurl = \"{}\"\ndialect = \"openai\"\n"
                                   "[[server]]\nname = \"bad\"\ntitle = \"Bad\"\nurl = \"{}\"\ndialect = \"openai\"\n"
                                   "[[model]]\nserver = \"test\"\nid = \"big-coder\"\ntitle = \"Big coder\"\n"
                                   "prompt_price = 2.5\nanswer_price = 10.0\n"
                                   "[[model]]\nserver = \"bad\"\nid = \"bad-coder\"\n",
                                   m_server.url("writes_kernel"), m_server.url("not_found")));
        qputenv("WARPLOOM_CONFIG", m_config.path().c_str());
    }

    void asksAModelAboutAVariant()
    {
        Journey journey;
        auto& actions = journey.window().actions();
        QVERIFY(!actions.action(QStringLiteral("edit.ask"))->isEnabled());
        QVERIFY(!Actions::reasonOf(*actions.action(QStringLiteral("edit.ask"))).isEmpty());
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        journey.runBar().setBudget(2);
        journey.press(Qt::Key_R, Qt::ControlModifier);
        QVERIFY(journey.runEnds());
        journey.window().selection().select(1);
        QTRY_VERIFY(actions.action(QStringLiteral("edit.ask"))->isEnabled());

        // From the palette, by keys alone.
        journey.press(Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        auto* typed = QApplication::activePopupWidget()->findChild<QLineEdit*>();
        QTest::keyClicks(typed, QStringLiteral("ask a model"));
        QTest::keyClick(typed, Qt::Key_Return);
        QTRY_VERIFY(dialogOf(journey) != nullptr && dialogOf(journey)->isVisible());
        QVERIFY(chooseModel(journey, QStringLiteral("llm:big-coder@test")));
        QTRY_VERIFY_WITH_TIMEOUT(dialogOf(journey)->request().has_value(), kOpenMs);
        const AgentRequest request = *dialogOf(journey)->request();
        QCOMPARE(request.parent, VariantId{1});
        QVERIFY(request.mostMicroDollars.value() > request.promptMicroDollars.value());
        const QStringList shown = dialogOf(journey)->findChild<PromptView*>()->shownMessages();
        QCOMPARE(shown.size(), 2);
        QVERIFY(shown[1].contains(journey.window().session().task()->name.c_str()));
        keepPicture(*dialogOf(journey), QStringLiteral("journey-prompt-light"));
        QTest::mouseClick(dialogOf(journey)->findChild<QPushButton*>(QStringLiteral("sendPrompt")), Qt::LeftButton);

        // It goes on: the feed says so.
        auto& strip = *journey.window().findChild<ExchangeStrip*>();
        journey.window().findChild<QDockWidget*>(QStringLiteral("feed"))->raise();
        QTRY_VERIFY_WITH_TIMEOUT(strip.text().contains(QStringLiteral("big-coder is asked about #1")), kOpenMs);
        QTRY_VERIFY_WITH_TIMEOUT(strip.text().contains(QStringLiteral("so far")), kOpenMs);
        keepPicture(journey.window(), QStringLiteral("journey-asking-light"));
        QTRY_VERIFY_WITH_TIMEOUT(madeBy(journey) != 0, kRunMs);
        QVERIFY(journey.runEnds());
        QVERIFY(strip.isHidden());

        // What the server got is what was shown, and what was kept.
        const auto page = localPageFetch(std::make_shared<HttpClient>())(
            fmt::format("http://127.0.0.1:{}/requests", m_server.port("http")), std::chrono::seconds(5), {});
        QVERIFY_RESULT(page);
        const nlohmann::json sent = nlohmann::json::parse(page->body).back().at("body").at("messages");
        QCOMPARE(sent.size(), std::size_t{2});
        journey.window().selection().select(madeBy(journey));
        actions.action(QStringLiteral("edit.exchange"))->trigger();
        auto* exchanges = journey.window().findChild<ExchangesDialog*>();
        QTRY_VERIFY(exchanges != nullptr && exchanges->isVisible());
        auto& view = *exchanges->findChild<ExchangeView*>();
        QTRY_COMPARE(view.prompt().shownMessages().size(), 2);
        for (int i = 0; i < 2; ++i) {
            const auto at = static_cast<std::size_t>(i);
            QCOMPARE(sent[at].at("content").get<std::string>(), request.messages[at].text);
            QCOMPARE(shown[i].toStdString(), request.messages[at].text);
            QCOMPARE(view.prompt().shownMessages()[i], shown[i]);
        }
        QVERIFY(view.headText().contains(QStringLiteral("variant:%1").arg(madeBy(journey))));
        keepPicture(*exchanges, QStringLiteral("journey-exchange-light"));
        exchanges->close();
        journey.close();
    }

    void aRefusalIsTold()
    {
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        journey.window().selection().select(1);
        journey.press(Qt::Key_M, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY(dialogOf(journey) != nullptr && dialogOf(journey)->isVisible());
        QVERIFY(chooseModel(journey, QStringLiteral("llm:bad-coder@bad")));
        QTRY_VERIFY_WITH_TIMEOUT(dialogOf(journey)->request().has_value(), kOpenMs);
        QVERIFY(!dialogOf(journey)->request()->mostMicroDollars);
        QTest::keyClick(dialogOf(journey), Qt::Key_Return);
        QTRY_VERIFY2_WITH_TIMEOUT(journey.notice().contains(QStringLiteral("Refused")), qPrintable(journey.notice()),
                                  kRunMs);
        QVERIFY(journey.runEnds());
        journey.press(Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
        auto* exchanges = journey.window().findChild<ExchangesDialog*>();
        QTRY_VERIFY(exchanges != nullptr && exchanges->isVisible());
        QTRY_VERIFY(exchanges->findChild<ExchangeView*>()->headText().contains(QStringLiteral("failed")));
        exchanges->close();
        journey.close();
    }

    void promptsOfARunWait()
    {
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        RunOrder order;
        order.settings.evaluations = 12;
        order.settings.agents = {"rules", "llm:big-coder@test"};
        order.settings.parallel = 1;
        order.settings.showsPrompts = true;
        journey.window().session().evolve(order);
        QTRY_VERIFY2_WITH_TIMEOUT(journey.notice().contains(QStringLiteral("waits to be sent")),
                                  qPrintable(journey.notice()), kRunMs);
        const std::size_t before = journey.window().lineage().data().exchanges().all().size();
        QPushButton* show = nullptr;
        for (QPushButton* button : journey.window().notices().findChildren<QPushButton*>())
            if (button->text() == QStringLiteral("Show it"))
                show = button;
        QVERIFY(show != nullptr);
        QTest::mouseClick(show, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(approvalOf(journey) != nullptr && approvalOf(journey)->isVisible(), kOpenMs);
        QCOMPARE(journey.window().lineage().data().exchanges().all().size(), before);
        QTest::mouseClick(approvalOf(journey)->findChild<QPushButton*>(QStringLiteral("sendAllPrompts")),
                          Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().lineage().data().exchanges().all().size() > before, kRunMs);
        journey.press(Qt::Key_R, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY(journey.runEnds());
        journey.close();
    }

private:
    static PromptDialog* dialogOf(Journey& journey) { return journey.window().findChild<PromptDialog*>(); }
    static PromptApproval* approvalOf(Journey& journey) { return journey.window().findChild<PromptApproval*>(); }

    static bool chooseModel(Journey& journey, const QString& agent)
    {
        auto* box = dialogOf(journey)->findChild<QComboBox*>(QStringLiteral("model"));
        const int row = box->findData(agent);
        box->setCurrentIndex(row);
        return row >= 0;
    }

    /// The variant that the model made; 0: none yet.
    static VariantId madeBy(Journey& journey)
    {
        for (const VariantRecord& variant : journey.window().lineage().data().variants())
            if (variant.agent == "llm")
                return variant.id;
        return 0;
    }

    TestModelServer m_server;
    TemporaryFolder m_config;
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyPrompt)
#include "tst_JourneyPrompt.moc"
