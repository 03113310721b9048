// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ExchangeSamples.h"
#include "look/WrappedLabel.h"
#include "profiler/AssemblyFindBar.h"
#include "shell/ExchangeWords.h"
#include "shell/PromptDialog.h"
#include "shell/PromptView.h"

using namespace warploom;
using namespace warploom::test;

namespace {

const std::vector<PromptModel> kModels{{"llm:big-coder@test", "big-coder", true},
                                       {"llm:small-coder@test", "Small coder, Test", false}};

/// The dialog, with a host that answers when a test says so.
struct Scene {
    explicit Scene(const std::vector<PromptModel>& models = kModels)
    {
        AskOrder order;
        order.variant = 2;
        PromptDialog::Ways ways;
        ways.compose = [this](const AskOrder& asked, EngineSession::Answer<AgentRequest> answer) {
            orders.push_back(asked);
            answers.push_back(std::move(answer));
        };
        ways.send = [this](const AgentRequest& request) { sent.push_back(request); };
        dialog = std::make_unique<PromptDialog>(QStringLiteral("#2"), order, models, ways);
        dialog->show();
    }

    [[nodiscard]] QString figures() const { return dialog->findChild<WrappedLabel*>()->text(); }
    PromptView& view() { return *dialog->findChild<PromptView*>(); }
    QPushButton& button(const char* name) { return *dialog->findChild<QPushButton*>(QLatin1String(name)); }
    QComboBox& box(const char* name) { return *dialog->findChild<QComboBox*>(QLatin1String(name)); }
    QPlainTextEdit& text() { return *dialog->findChild<QPlainTextEdit*>(); }
    QTreeWidget& parts() { return *dialog->findChild<QTreeWidget*>(); }

    std::vector<AskOrder> orders;
    std::vector<EngineSession::Answer<AgentRequest>> answers;
    std::vector<AgentRequest> sent;
    std::unique_ptr<PromptDialog> dialog;
};

}  // namespace

class tst_PromptDialog : public QObject {
    Q_OBJECT

private slots:
    void rowsSayWhatIsMissing()
    {
        AgentRequest request = sampleRequest();
        request.messages.push_back({"assistant", "?"});
        request.messages.push_back({"user", "Answer again."});
        const auto rows = promptRows(request.parts, request.messages);
        QCOMPARE(rows.size(), request.parts.size() + 3);
        QCOMPARE(rows[0].kind, PromptRow::Kind::System);
        QVERIFY(rows[0].tokens > 5);
        QCOMPARE(rows[1].title, std::string("What to do"));
        QCOMPARE(rows[4].state, PromptRow::State::Shortened);
        QCOMPARE(rows[4].why, std::string("3 of 8 pieces are left out for space"));
        QCOMPARE(rows[5].state, PromptRow::State::LeftOut);
        QVERIFY(!rows[5].place);
        QCOMPARE(rows[6].kind, PromptRow::Kind::Answer);
        QCOMPARE(rows[7].kind, PromptRow::Kind::Again);
        QCOMPARE(rows[7].place->message, std::size_t{3});
        const std::string& text = request.messages[1].text;
        QCOMPARE(text.find("# What has failed"), rows[4].place->offset);
        // What a program was asked has no parts.
        QCOMPARE(promptRows({}, {{"user", "{}"}}).size(), std::size_t{1});
    }

    void modelsThatCanBeAsked()
    {
        ModelCatalogue catalogue;
        catalogue.add("format = 1\n[[server]]\nname = \"a\"\nurl = \"http://127.0.0.1:1/v1\"\ndialect = \"openai\"\n"
                      "[[server]]\nname = \"b\"\nurl = \"https://b.example/v1\"\ndialect = \"openai\"\n"
                      "needs_key = true\n[[model]]\nserver = \"a\"\nid = \"one\"\n[[model]]\nserver = \"b\"\n"
                      "id = \"two\"\n",
                      "models.toml");
        QVERIFY(catalogue.problems().empty());
        AgentTally rules;
        rules.key = rules.name = "rules";
        AgentTally model;
        model.key = "llm:one@a";
        model.name = "llm";
        model.model = "one";
        const auto withoutKeys = [](const ServerPreset& server) { return !server.needsKey; };
        const auto models = promptModels({rules, model}, catalogue, withoutKeys);
        QCOMPARE(models.size(), std::size_t{1});
        QVERIFY(models[0].isOfRun);
        QCOMPARE(promptModels({}, catalogue, withoutKeys)[0].agent, std::string("llm:one@a"));
        QCOMPARE(promptModels({}, catalogue, [](const ServerPreset&) { return true; }).size(), std::size_t{2});
    }

    void whatIsShownIsSent()
    {
        Scene scene;
        QVERIFY(!scene.button("sendPrompt").isEnabled());
        QCOMPARE(scene.orders.size(), std::size_t{1});
        QCOMPARE(scene.orders[0].agent, std::string("llm:big-coder@test"));
        QCOMPARE(scene.orders[0].mode, std::string("refine"));
        const AgentRequest request = sampleRequest();
        scene.answers[0](request);
        QVERIFY(scene.button("sendPrompt").isEnabled());
        const QStringList shown = scene.view().shownMessages();
        QCOMPARE(shown.size(), 2);
        for (int i = 0; i < 2; ++i)
            QCOMPARE(shown[i].toStdString(), request.messages[static_cast<std::size_t>(i)].text);
        QVERIFY2(scene.figures().contains(QStringLiteral("6,214 tokens")), qPrintable(scene.figures()));
        QVERIFY(scene.figures().contains(QStringLiteral("$0.0155")));
        QVERIFY(scene.figures().contains(QStringLiteral("at most $0.1794")));
        QVERIFY(scene.figures().contains(QStringLiteral("left of the budget: $1.83")));
        QCOMPARE(scene.parts().topLevelItemCount(), 6);
        QCOMPARE(scene.parts().topLevelItem(5)->text(2), QStringLiteral("left out for space"));
        scene.button("copyPrompt").click();
        QCOMPARE(QGuiApplication::clipboard()->text().toStdString(), wholeText(request.messages));
        QTest::mouseClick(&scene.button("sendPrompt"), Qt::LeftButton);
        QCOMPARE(scene.sent.size(), std::size_t{1});
        QCOMPARE(nlohmann::json(scene.sent[0]).dump(), nlohmann::json(request).dump());
        QVERIFY(!scene.dialog->isVisible());
    }

    void anotherChoiceIsAnotherText()
    {
        Scene scene;
        scene.box("mode").setCurrentIndex(3);
        QCOMPARE(scene.orders.size(), std::size_t{2});
        QCOMPARE(scene.orders[1].mode, std::string("fresh-start"));
        // The answer to what is not asked any more is not shown.
        scene.answers[0](sampleRequest());
        QVERIFY(!scene.button("sendPrompt").isEnabled());
        AgentRequest fresh = sampleRequest();
        fresh.messages[1].text = "# What to do\n\nStart anew.\n";
        fresh.mostMicroDollars.reset();
        fresh.promptMicroDollars.reset();
        fresh.microDollarsLeft.reset();
        scene.answers[1](fresh);
        QCOMPARE(scene.view().shownMessages()[1], QStringLiteral("# What to do\n\nStart anew.\n"));
        QVERIFY(scene.figures().contains(QStringLiteral("cost unknown")));
        QVERIFY(scene.figures().contains(QStringLiteral("no budget is set")));
        scene.box("model").setCurrentIndex(1);
        QCOMPARE(scene.orders[2].agent, std::string("llm:small-coder@test"));
        QVERIFY(!scene.button("sendPrompt").isEnabled());
    }

    void textIsFoundAndPartsAreReached()
    {
        Scene scene;
        scene.answers[0](sampleRequest(400));
        scene.parts().setCurrentItem(scene.parts().topLevelItem(4));
        QCOMPARE(scene.text().textCursor().block().text(), QStringLiteral("# What has failed"));
        // Shortcuts need a window that is active, which none is here for certain.
        QTest::mouseClick(&scene.button("findInPrompt"), Qt::LeftButton);
        auto* bar = scene.dialog->findChild<AssemblyFindBar*>();
        QVERIFY(bar->isVisible());
        QTest::keyClicks(bar->findChild<QLineEdit*>(), QStringLiteral("value12 "));
        QCOMPARE(scene.text().textCursor().selectedText(), QStringLiteral("value12 "));
        QCOMPARE(scene.text().extraSelections().size(), 1);
        QTest::keyClicks(bar->findChild<QLineEdit*>(), QStringLiteral("nowhere"));
        QTRY_VERIFY(bar->findChildren<QLabel*>().last()->text().contains(QStringLiteral("not found")));
        QTest::keyClick(bar->findChild<QLineEdit*>(), Qt::Key_Escape);
        QVERIFY(!bar->isVisible());
        QVERIFY(scene.dialog->isVisible());
    }

    void whatCannotBeAskedSaysWhy()
    {
        Scene scene;
        scene.answers[0](fail(ErrorCode::InvalidArgument, "there is no other right variant to combine it with"));
        QVERIFY(scene.figures().contains(QStringLiteral("no other right variant")));
        QVERIFY(!scene.button("sendPrompt").isEnabled());
        QVERIFY(scene.button("sendPrompt").toolTip().contains(QStringLiteral("no other right variant")));
        keepPicture(*scene.dialog, QStringLiteral("prompt-error-light"));
        Scene nobody{std::vector<PromptModel>()};
        QVERIFY(nobody.orders.empty());
        QVERIFY(nobody.figures().contains(QStringLiteral("No model can be asked")));
        keepPicture(*nobody.dialog, QStringLiteral("prompt-empty-light"));
    }

    void tooLittleBudgetIsSaid()
    {
        AgentRequest request = sampleRequest();
        request.microDollarsLeft = 20'000;
        QVERIFY(request.exceedsBudget());
        QVERIFY(requestText(request).contains(QStringLiteral("too little for the longest answer")));
        request.microDollarsLeft.reset();
        request.tokensLeft = 1'000'000;
        QVERIFY(!request.exceedsBudget());
        QVERIFY(requestText(request).contains(QStringLiteral("1,000,000 tokens")));
    }

    void aWaitingPromptIsDecided()
    {
        PromptApproval approval(sampleRequest());
        QSignalSpy decided(&approval, &PromptApproval::decided);
        approval.show();
        keepPicture(approval, QStringLiteral("prompt-approval-light"));
        QTest::mouseClick(approval.findChild<QPushButton*>(QStringLiteral("skipPrompt")), Qt::LeftButton);
        QCOMPARE(decided.count(), 1);
        QCOMPARE(decided[0][0].value<ApprovalGate::Decision>(), ApprovalGate::Decision::Skip);
    }

    void picturesOfALongPrompt()
    {
        Scene scene;
        AgentRequest request = sampleRequest(1400);
        request.promptTokens = 24'000;
        scene.answers[0](request);
        QCOMPARE(scene.view().shownMessages()[1].toStdString(), request.messages[1].text);
        keepPicture(*scene.dialog, QStringLiteral("prompt-long-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCOMPARE(scene.view().shownMessages()[1].toStdString(), request.messages[1].text);
        keepPicture(*scene.dialog, QStringLiteral("prompt-long-dark"));
        Theme::instance().choose(ThemeChoice::Light);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_PromptDialog)
#include "tst_PromptDialog.moc"
