// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include "Journey.h"
#include "TestModelServer.h"
#include "shell/AgentsDialog.h"
#include "shell/ModelServersDialog.h"
#include "shell/ModelTree.h"

using namespace warploom;
using warploom::test::Journey;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

/// What a model would write, another kernel each time.
std::string modelAnswer()
{
    std::string kernel =
        warploom::test::readFile(warploom::test::sourceFolder() / "tests/fixtures/variants/vector_add/float4.cu");
    const std::string place = "threadIdx.x) * 4";
    kernel.replace(kernel.find(place), place.size(), place + " + 0 * @NUMBER@");
    return "MOVE: vectorise loads\nTITLE: four elements a thread\nHYPOTHESIS: the loads are 4 bytes a lane, and 16 "
           "halve "
           "the requests\nPREDICTED: 1.2x\n\n```cuda\n"
        + kernel + "```\n";
}

}  // namespace

/// Who proposes is chosen in the window: a model on this machine, then one that wants a key while the host runs.
class tst_JourneyAgents : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::string problem = m_server.start();
        QVERIFY2(problem.empty(), problem.c_str());
        m_server.answerWith(modelAnswer());
        m_config.write("models.toml",
                       "format = 1\n[[server]]\nname = 'lab'\ntitle = 'The lab'\ndialect = 'openai'\nlocal = true\n"
                       "proxy = 'direct'\nurl = '"
                           + m_server.url("kernel")
                           + "'\n[[model]]\nserver = 'lab'\nid = 'small-coder'\ncontext = 64_000\n"
                             "[[server]]\nname = 'paid'\ntitle = 'The paid'\ndialect = 'openai'\nneeds_key = true\n"
                             "proxy = 'direct'\nurl = '"
                           + m_server.url("kernel_for_a_key")
                           + "'\n[[model]]\nserver = 'paid'\nid = 'large-coder'\nprompt_price = 5.0\n"
                             "answer_price = 30.0\n");
        qputenv("WARPLOOM_CONFIG", m_config.path().c_str());
    }

    void aModelOfThisMachineProposes()
    {
        Journey journey;
        QVERIFY(journey.chooseTask(QStringLiteral("vector_add")));
        journey.runBar().setBudget(2);
        QCOMPARE(journey.runBar().agentsText(), QStringLiteral("Agents: rules"));
        // By mouse: the button in the bar opens the choice.
        QTest::mouseClick(journey.runBar().findChild<QToolButton*>(QStringLiteral("agents")), Qt::LeftButton);
        AgentsDialog* dialog = openAgents(journey);
        QVERIFY(dialog != nullptr);
        // By keyboard: rules out, the model found by a word and in.
        auto& tree = *dialog->findChild<AgentTree*>();
        (void)QTest::qWaitFor([&tree] { return tree.hasFocus(); }, 2000);
        const QString focused = focusedClass();
        QTest::keyClick(&tree, Qt::Key_Space);
        QVERIFY(!part<QPushButton>(*dialog, "use").isEnabled());
        auto& filter = part<QLineEdit>(*dialog, "filter");
        filter.setFocus();
        QTest::keyClicks(&filter, QStringLiteral("small"));
        QTest::keyClick(&filter, Qt::Key_Return);
        (void)QTest::qWaitFor([&tree] { return tree.hasFocus(); }, 2000);
        const QString focusedThen = focusedClass();
        QTest::keyClick(&tree, Qt::Key_End);
        QTest::keyClick(&tree, Qt::Key_Space);
        QCOMPARE(dialog->choice().agents, std::vector<std::string>{"llm:small-coder@lab"});
        warploom::test::keepPicture(*dialog, QStringLiteral("journey-agents-light"));
        QTest::mouseClick(&part<QPushButton>(*dialog, "use"), Qt::LeftButton);
        QCOMPARE(journey.runBar().agentsText(), QStringLiteral("Agents: small-coder"));

        journey.press(Qt::Key_R, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isRunning(), 20'000);
        QVERIFY2(endsInTime(journey), qPrintable(journey.runBar().progressText()));
        QVERIFY(hasVariantOf(journey, "llm"));
        QVERIFY(!hasVariantOf(journey, "rules"));
        const QString hint = journey.runBar().findChild<QToolButton*>(QStringLiteral("agents"))->toolTip();
        QVERIFY2(hint.contains(QStringLiteral("llm:small-coder@lab: asked")), qPrintable(hint));
        QVERIFY2(hint.contains(QStringLiteral("tokens")), qPrintable(hint));
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-agents-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        QCoreApplication::processEvents();
        warploom::test::keepPicture(journey.window(), QStringLiteral("window-agents-dark"));
        Theme::instance().choose(ThemeChoice::Light);
        QCOMPARE(focused, QStringLiteral("warploom::AgentTree"));
        QCOMPARE(focusedThen, QStringLiteral("warploom::AgentTree"));
        journey.close();
    }

    void theChoiceIsFoundAgainAndAKeyReachesTheRunningHost()
    {
        Journey journey;
        journey.window().restoreSession();
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isOpen(), warploom::test::kOpenMs);
        journey.runBar().setBudget(2);
        QCOMPARE(journey.runBar().agentsText(), QStringLiteral("Agents: small-coder"));
        journey.press(Qt::Key_A, Qt::ControlModifier | Qt::ShiftModifier);
        AgentsDialog* dialog = openAgents(journey);
        QVERIFY(dialog != nullptr);
        auto& tree = *dialog->findChild<AgentTree*>();
        QTest::keyClick(&tree, Qt::Key_Space);
        tree.goTo("llm:large-coder@paid");
        // The box of the row, by mouse.
        const QRect row = tree.visualItemRect(tree.currentItem());
        QTest::mouseClick(tree.viewport(), Qt::LeftButton, {}, QPoint(row.left() + 10, row.center().y()));
        QVERIFY2(dialog->faultText().contains(QStringLiteral("The paid wants a key")), qPrintable(dialog->faultText()));
        enterKey(*dialog);
        QTRY_VERIFY2(dialog->faultText().isEmpty(), qPrintable(dialog->faultText()));
        part<QSpinBox>(*dialog, "tokens").setValue(1'000'000);
        QTest::mouseClick(&part<QPushButton>(*dialog, "use"), Qt::LeftButton);
        QCOMPARE(journey.runBar().agentsText(), QStringLiteral("Agents: large-coder"));
        const auto before = journey.window().session().progress().run;
        journey.press(Qt::Key_R, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().progress().run != before, 20'000);
        QVERIFY2(endsInTime(journey), qPrintable(journey.runBar().progressText()));
        QVERIFY2(!journey.window().session().progress().failure, qPrintable(journey.notice()));
        const auto& agents = journey.window().session().progress().agents;
        QCOMPARE(agents.size(), std::size_t{1});
        QVERIFY(agents.front().answered > 0);
        QVERIFY(agents.front().costMicroDollars > 0);
        nothingKeepsTheKey();
        journey.close();
    }

    void whatCannotRunIsSaidBeforeItBegins()
    {
        Journey journey;
        journey.window().restoreSession();
        QTRY_VERIFY_WITH_TIMEOUT(journey.window().session().isOpen(), warploom::test::kOpenMs);
        // Another window: the key of the session before is gone.
        journey.press(Qt::Key_R, Qt::ControlModifier);
        QTRY_VERIFY2(journey.notice().contains(QStringLiteral("The paid wants a key")), qPrintable(journey.notice()));
        QVERIFY(!journey.window().session().isRunning());
        journey.close();
    }

private:
    template <typename Widget>
    static Widget& part(QWidget& parent, const char* name)
    {
        return *parent.findChild<Widget*>(QString::fromLatin1(name));
    }

    /// The first evaluation of a host takes long where much else goes on.
    static bool endsInTime(Journey& journey)
    {
        return QTest::qWaitFor([&journey] { return journey.window().session().progress().phase == "finished"; },
                               2 * warploom::test::kRunMs);
    }

    static QString focusedClass()
    {
        const QWidget* focus = QApplication::focusWidget();
        return focus == nullptr ? QStringLiteral("none") : QString::fromLatin1(focus->metaObject()->className());
    }

    static AgentsDialog* openAgents(Journey& journey)
    {
        auto* dialog = journey.window().findChild<AgentsDialog*>();
        if (dialog == nullptr)
            return nullptr;
        dialog->activateWindow();
        return QTest::qWaitForWindowActive(dialog) ? dialog : nullptr;
    }

    static bool hasVariantOf(Journey& journey, std::string_view agent)
    {
        const auto& variants = journey.window().lineage().data().variants();
        return std::any_of(variants.begin(), variants.end(), [agent](const auto& one) { return one.agent == agent; });
    }

    static void enterKey(AgentsDialog& agents)
    {
        const auto buttons = agents.findChildren<QPushButton*>();
        const auto opens = std::find_if(buttons.begin(), buttons.end(), [](const QPushButton* one) {
            return one->text().contains(u'…') && one->text().contains("ervers");
        });
        QVERIFY(opens != buttons.end());
        QTest::mouseClick(*opens, Qt::LeftButton);
        auto* servers = agents.findChild<ModelServersDialog*>();
        QVERIFY(servers != nullptr);
        auto& tree = *servers->findChild<ModelTree*>();
        tree.setCurrentItem(tree.modelItem(QStringLiteral("paid"), {}));
        for (QLineEdit* edit : servers->findChildren<QLineEdit*>())
            if (edit->echoMode() == QLineEdit::Password)
                QTest::keyClicks(edit, QString::fromLatin1(kPlanted));
        QTest::mouseClick(&part<QPushButton>(*servers, "session"), Qt::LeftButton);
        QTest::keyClick(servers, Qt::Key_Escape);
    }

    /// Workspaces, logs of hosts, settings, drafts.
    static void nothingKeepsTheKey()
    {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(qgetenv("HOME").toStdString()))
            if (entry.is_regular_file())
                QVERIFY2(warploom::test::readFile(entry.path()).find("planted") == std::string::npos,
                         entry.path().c_str());
        const auto log = warploom::cacheFolder() / "hosts";
        for (const auto& entry : std::filesystem::recursive_directory_iterator(log))
            if (entry.is_regular_file())
                QVERIFY2(warploom::test::readFile(entry.path()).find("planted") == std::string::npos,
                         entry.path().c_str());
    }

    warploom::test::TemporaryFolder m_config;
    warploom::test::TestModelServer m_server;
};

WARPLOOM_JOURNEY_MAIN(tst_JourneyAgents)
#include "tst_JourneyAgents.moc"
