// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>

#include "TestModelServer.h"
#include "WidgetTestSupport.h"
#include "look/Theme.h"
#include "shell/AgentChoiceText.h"
#include "shell/AgentsDialog.h"
#include "shell/RunBar.h"
#include "shell/WindowSettings.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

/// No keyring: keys are those of this session.
class NoStore : public KeyStore {
public:
    void read(const QString&, Answer<Secret> answer) override { answer(fail(ErrorCode::NotFound, "none")); }
    void write(const QString&, const Secret&, Answer<void> answer) override
    {
        answer(fail(ErrorCode::Unsupported, "no keyring service runs here"));
    }
    void remove(const QString&, Answer<void> answer) override { answer({}); }
};

std::string labAt(const std::string& url)
{
    return "format = 1\n[[server]]\nname = 'lab'\ntitle = 'The lab'\ndialect = 'openai'\nlocal = true\nproxy = "
           "'direct'\n"
           "url = '"
        + url + "'\n[[model]]\nserver = 'openai'\nid = 'nameless'\ntitle = 'Nameless'\n";
}

AgentChoice choiceOf(std::vector<std::string> agents)
{
    AgentChoice choice;
    choice.agents = std::move(agents);
    return choice;
}

struct Scene {
    explicit Scene(const AgentChoice& choice = {}, const std::string& url = "http://127.0.0.1:1/v1")
        : keys(std::make_unique<NoStore>())
        , dialog(keys, choice, folder.write("models.toml", labAt(url)))
    {
        dialog.show();
    }

    AgentTree& tree() { return *dialog.findChild<AgentTree*>(); }
    template <typename Widget>
    Widget& part(const char* name)
    {
        return *dialog.findChild<Widget*>(QString::fromLatin1(name));
    }
    QPushButton& button(const char* name) { return part<QPushButton>(name); }
    void click(const char* name) { QTest::mouseClick(&button(name), Qt::LeftButton); }
    /// With the keyboard, as a person would.
    void flip(const char* agent)
    {
        tree().goTo(agent);
        QTest::keyClick(&tree(), Qt::Key_Space);
    }
    QString cell(const char* agent, int column) { return tree().itemOf(agent)->text(column); }
    void add(int kind, const QString& name)
    {
        part<QComboBox>("kind").setCurrentIndex(kind);
        part<QLineEdit>("name").setText(name);
        QTest::keyClick(&part<QLineEdit>("name"), Qt::Key_Return);
    }
    void keepPictures(const char* name)
    {
        for (const auto& [theme, word] :
             {std::pair{ThemeChoice::Light, "light"}, std::pair{ThemeChoice::Dark, "dark"}}) {
            Theme::instance().choose(theme);
            QCoreApplication::processEvents();
            keepPicture(dialog, QStringLiteral("agents-%1-%2").arg(QLatin1String(name), QLatin1String(word)));
        }
        Theme::instance().choose(ThemeChoice::Light);
    }

    TemporaryFolder folder;
    ModelKeys keys;
    AgentsDialog dialog;
};

constexpr const char* kPaid = "llm:gpt-5.5@openai";
constexpr const char* kNameless = "llm:nameless@openai";

}  // namespace

class tst_AgentsDialog : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        QSettings().clear();
        for (const char* variable : {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"})
            qunsetenv(variable);
        Theme::instance().choose(ThemeChoice::Light);
    }

    void everybodyIsListedWithWhatTheyCost()
    {
        Scene scene;
        QCOMPARE(scene.dialog.choice().agents, std::vector<std::string>{"rules"});
        QCOMPARE(scene.cell(kPaid, AgentTree::PromptPrice), QStringLiteral("$5.00"));
        QCOMPARE(scene.cell(kPaid, AgentTree::AnswerPrice), QStringLiteral("$30.00"));
        QCOMPARE(scene.cell(kPaid, AgentTree::Context), QStringLiteral("1,050,000"));
        QCOMPARE(scene.cell(kNameless, AgentTree::AnswerPrice), QStringLiteral("price unknown"));
        QCOMPARE(scene.tree().itemOf(kPaid)->parent()->text(AgentTree::Key), QStringLiteral("missing"));
        QCOMPARE(scene.dialog.outlookText(), QStringLiteral("A run asks no model and costs nothing."));
        QVERIFY(scene.dialog.faultText().isEmpty() && scene.button("use").isEnabled());
    }

    void nobodyIsRefused()
    {
        Scene scene;
        scene.flip("rules");
        QVERIFY(!scene.button("use").isEnabled());
        QCOMPARE(scene.dialog.faultText(), QStringLiteral("Nobody is chosen who proposes: check at least one agent."));
        QCOMPARE(scene.button("use").toolTip(), scene.dialog.faultText());
        QVERIFY(scene.dialog.choice().agents.empty());
        scene.keepPictures("none");
    }

    void aModelWantsItsKey()
    {
        Scene scene;
        scene.flip(kPaid);
        QCOMPARE(scene.dialog.faultText(),
                 QStringLiteral("OpenAI wants a key for gpt-5.5, and none is there: enter it under Model servers."));
        scene.keepPictures("no-key");
        // It may be entered while this is open.
        scene.keys.keepForSession(QStringLiteral("openai"), Secret(std::string(kPlanted)));
        QVERIFY2(scene.dialog.faultText().isEmpty(), qPrintable(scene.dialog.faultText()));
        QCOMPARE(scene.dialog.choice().agents, (std::vector<std::string>{"rules", kPaid}));
        QCOMPARE(scene.tree().itemOf(kPaid)->parent()->text(AgentTree::Key), QStringLiteral("for this session"));
        QVERIFY(scene.dialog.outlookText().startsWith(QStringLiteral("Nothing limits what a run spends")));
        QVERIFY(scene.dialog.outlookText().contains(QStringLiteral("One question costs $0.61 at most.")));
        scene.part<QDoubleSpinBox>("money").setValue(2.5);
        QVERIFY2(scene.dialog.outlookText().startsWith(QStringLiteral("A run spends $2.50 at most.")),
                 qPrintable(scene.dialog.outlookText()));
        scene.part<QSpinBox>("tokens").setValue(50'000);
        QVERIFY2(scene.dialog.outlookText().startsWith(
                     QStringLiteral("A run spends $1.50 at most, and takes 50,000 tokens at most.")),
                 qPrintable(scene.dialog.outlookText()));
        scene.keepPictures("one");
        // Nothing of the key is in what is kept.
        QVERIFY(!QString::fromStdString(nlohmann::json(scene.dialog.choice()).dump()).contains("planted"));
    }

    void unknownPricesAreSaid()
    {
        Scene scene(choiceOf({"rules", kNameless}));
        scene.keys.keepForSession(QStringLiteral("openai"), Secret(std::string(kPlanted)));
        QVERIFY2(scene.dialog.outlookText().contains(QStringLiteral("Price unknown: nameless.")),
                 qPrintable(scene.dialog.outlookText()));
        QVERIFY(scene.button("use").isEnabled());
        scene.part<QDoubleSpinBox>("money").setValue(1);
        QVERIFY2(scene.dialog.faultText().contains(QStringLiteral("A limit in money cannot be kept with nameless")),
                 qPrintable(scene.dialog.faultText()));
        QVERIFY(!scene.button("use").isEnabled());
        scene.part<QDoubleSpinBox>("money").setValue(0);
        scene.part<QSpinBox>("tokens").setValue(20'000);
        QVERIFY2(scene.dialog.outlookText().startsWith(
                     QStringLiteral("A run reads and writes 20,000 tokens at most; what they cost is unknown.")),
                 qPrintable(scene.dialog.outlookText()));
        QVERIFY(scene.button("use").isEnabled());
    }

    void programsReplaysAndModelsAreAdded()
    {
        Scene scene;
        scene.add(0, QStringLiteral("no-such-program-here --fast"));
        QVERIFY2(scene.dialog.statusText().contains(QStringLiteral("no-such-program-here is no program")),
                 qPrintable(scene.dialog.statusText()));
        scene.add(0, QStringLiteral("sh -c 'exit 0'"));
        QCOMPARE(scene.dialog.statusText(), QStringLiteral("sh is chosen."));
        scene.add(0, QStringLiteral("sh --api-key=abcdefgh"));
        QVERIFY(scene.dialog.statusText().contains(QStringLiteral("looks like a key")));
        scene.add(1, QStringLiteral("/no/such.warploom"));
        QCOMPARE(scene.dialog.statusText(), QStringLiteral("There is no workspace /no/such.warploom to replay."));
        const auto workspace = scene.folder.write("old.warploom", "");
        scene.add(1, QString::fromStdString(workspace.string()));
        scene.add(2, QStringLiteral("gpt-5.5@nowhere"));
        QVERIFY(scene.dialog.statusText().contains(QStringLiteral("nowhere")));
        scene.add(2, QStringLiteral("small@lab"));
        QCOMPARE(scene.dialog.choice().agents,
                 (std::vector<std::string>{"rules", "llm:small@lab", "command:sh -c 'exit 0'",
                                           "replay:" + workspace.string()}));
        QCOMPARE(scene.cell("llm:small@lab", AgentTree::AnswerPrice), QStringLiteral("$0.00"));
        QVERIFY2(scene.dialog.faultText().isEmpty(), qPrintable(scene.dialog.faultText()));
        QCOMPARE(scene.dialog.outlookText(),
                 QStringLiteral("The models of a run cost nothing: they are on machines of your own. What sh spends is "
                                "neither known nor limited here."));
    }

    void aServerSaysWhatItHas()
    {
        TestModelServer server;
        const std::string problem = server.start();
        QVERIFY2(problem.empty(), problem.c_str());
        Scene scene({}, server.url("list_of_sixty"));
        QVERIFY(scene.tree().itemOf("llm:coder-60@lab") == nullptr);
        scene.add(2, QStringLiteral("own@lab"));
        QVERIFY2(scene.button("ask").toolTip().contains(QStringLiteral("The lab")),
                 qPrintable(scene.button("ask").toolTip()));
        scene.click("ask");
        QTRY_VERIFY(scene.tree().itemOf("llm:coder-60@lab") != nullptr);
        QVERIFY2(scene.dialog.statusText().contains(QStringLiteral("has models: 60.")),
                 qPrintable(scene.dialog.statusText()));
        // What was chosen stays so, and the filter hides what it does not name.
        scene.part<QLineEdit>("filter").setText(QStringLiteral("lab coder-1"));
        QVERIFY(scene.tree().itemOf("llm:coder-2@lab")->isHidden());
        QVERIFY(!scene.tree().itemOf("llm:coder-17@lab")->isHidden());
        QVERIFY(scene.tree().itemOf(kPaid)->parent()->isHidden());
        scene.flip("llm:coder-17@lab");
        QCOMPARE(scene.dialog.choice().agents, (std::vector<std::string>{"rules", "llm:coder-17@lab", "llm:own@lab"}));
        scene.part<QLineEdit>("filter").clear();
        scene.tree().goTo("llm:coder-17@lab");
        scene.keepPictures("sixty");
    }

    void aServerThatStallsIsGivenUp()
    {
        TestModelServer server;
        const std::string problem = server.start();
        QVERIFY2(problem.empty(), problem.c_str());
        Scene scene(choiceOf({"llm:own@lab"}), server.url("list_stalls"));
        scene.click("ask");
        QCOMPARE(scene.button("ask").text().remove(u'&'), QStringLiteral("Cancel the question"));
        QTest::qWait(200);
        scene.click("ask");
        QTRY_COMPARE(scene.dialog.statusText(), QStringLiteral("The test of The lab was cancelled."));
        // One that nobody waits for does not hold up the window.
        scene.click("ask");
        QElapsedTimer timer;
        timer.start();
        {
            const Scene other(choiceOf({"llm:own@lab"}), server.url("list_stalls"));
        }
        QVERIFY(timer.elapsed() < 3000);
    }

    void whatIsUsedIsTold()
    {
        Scene scene(choiceOf({"rules", "llm:own@lab"}));
        QSignalSpy spy(&scene.dialog, &AgentsDialog::chosen);
        scene.part<QSpinBox>("parallel").setValue(5);
        scene.part<QSpinBox>("repairs").setValue(0);
        scene.click("use");
        QCOMPARE(spy.size(), 1);
        const auto choice = spy.front().front().value<AgentChoice>();
        QCOMPARE(choice.agents, (std::vector<std::string>{"rules", "llm:own@lab"}));
        QCOMPARE(choice.parallel, 5);
        QCOMPARE(choice.repairs, 0);
        QVERIFY(scene.dialog.isHidden());
        WindowSettings settings;
        settings.setAgents(choice);
        QVERIFY(settings.agents() == choice);
    }

    void whatWasChosenOnceCanBeTakenOut()
    {
        Scene scene(choiceOf({"llm:gone@nowhere", "strange"}));
        QVERIFY(!scene.button("use").isEnabled());
        scene.flip("llm:gone@nowhere");
        QCOMPARE(scene.dialog.faultText(), QStringLiteral("There is no agent “strange”."));
        scene.flip("strange");
        scene.flip("rules");
        QVERIFY(scene.button("use").isEnabled());
    }

    void everythingHasAName()
    {
        Scene scene;
        for (const QWidget* widget : scene.dialog.findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible())
                continue;
            const QString name =
                QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget))->text(QAccessible::Name);
            QVERIFY2(!name.isEmpty(), widget->metaObject()->className());
        }
    }

    void theBarSaysWhoProposes()
    {
        RunBar bar;
        QCOMPARE(bar.agentsText(), QStringLiteral("Agents: rules"));
        bar.setChoice(choiceOf({"rules", kPaid}));
        QCOMPARE(bar.agentsText(), QStringLiteral("Agents: rules, gpt-5.5"));
        bar.setChoice(choiceOf({"rules", kPaid, "command:sh"}));
        QCOMPARE(bar.agentsText(), QStringLiteral("Agents: 3 agents"));
        RunProgress progress;
        progress.phase = "evolving";
        AgentTally tally;
        tally.key = kPaid;
        tally.asked = 3;
        tally.promptTokens = 10'000;
        tally.answerTokens = 2'300;
        tally.costMicroDollars = 424'000;
        progress.agents = {tally};
        bar.showProgress(progress, true);
        QCOMPARE(bar.agentsText(), QStringLiteral("Agents: gpt-5.5 · $0.42"));
        auto* button = bar.findChild<QToolButton*>(QStringLiteral("agents"));
        QVERIFY2(button->toolTip().contains(QStringLiteral("12,300 tokens, $0.42")), qPrintable(button->toolTip()));
        // What nobody knows the price of is not taken for nothing.
        progress.agents.front().unpricedTokens = 12'300;
        bar.showProgress(progress, true);
        QCOMPARE(bar.agentsText(), QStringLiteral("Agents: gpt-5.5 · $0.42 and more"));
        progress.agents.front().costMicroDollars = 0;
        bar.showProgress(progress, true);
        QCOMPARE(bar.agentsText(), QStringLiteral("Agents: gpt-5.5 · 12,300 tokens"));
        progress.phase = "finished";
        bar.showProgress(progress, false);
        QCOMPARE(bar.agentsText(), QStringLiteral("Agents: 3 agents"));
        QVERIFY(button->toolTip().startsWith(QStringLiteral("The last run\n")));
        QSignalSpy wanted(&bar, &RunBar::agentsWanted);
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(wanted.size(), 1);
    }

    void brokenSettingsMeanTheRules()
    {
        QSettings().setValue(QStringLiteral("run/agents"), QStringLiteral("{\"agents\": "));
        QVERIFY(WindowSettings().agents() == AgentChoice());
    }
};

WARPLOOM_WIDGET_TEST_MAIN(tst_AgentsDialog)
#include "tst_AgentsDialog.moc"
