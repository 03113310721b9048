// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLineEdit>
#include <QPushButton>

#include "TestModelServer.h"
#include "WidgetTestSupport.h"
#include "base/Files.h"
#include "look/Theme.h"
#include "shell/ModelServersDialog.h"
#include "shell/ModelTree.h"

using namespace warploom;
using namespace warploom::test;

namespace {

constexpr const char* kPlanted = "sk-planted-0123456789abcdef";

/// A keyring that works, or does not.
class FakeStore : public KeyStore {
public:
    explicit FakeStore(bool works)
        : m_works(works)
    {
    }

    void read(const QString&, Answer<Secret> answer) override { answer(fail(ErrorCode::NotFound, "none")); }
    void write(const QString&, const Secret&, Answer<void> answer) override { answer(outcome()); }
    void remove(const QString&, Answer<void> answer) override { answer(outcome()); }

private:
    [[nodiscard]] Result<> outcome() const
    {
        return m_works ? Result<>() : fail(ErrorCode::Unsupported, "no keyring service runs here");
    }

    bool m_works;
};

/// The dialog with a person in front of it.
struct Scene {
    explicit Scene(bool keyringWorks = true)
        : keys(std::make_unique<FakeStore>(keyringWorks))
        , dialog(keys, folder.path() / "models.toml")
    {
        dialog.setFetch([](const std::string& url, std::chrono::milliseconds, std::stop_token) -> Result<FetchedPage> {
            if (url != "http://127.0.0.1:11434/v1/models")
                return fail(ErrorCode::IoFailed, "connection refused");
            return FetchedPage{200, R"({"data":[{"id":"qwen3-coder:30b","owned_by":"library"}]})"};
        });
        dialog.show();
    }

    ModelTree& tree() { return *dialog.findChild<ModelTree*>(); }
    QPushButton& button(const char* name) { return *dialog.findChild<QPushButton*>(QString::fromLatin1(name)); }
    QLineEdit& keyEdit() { return *dialog.findChild<QLineEdit*>(); }
    void choose(const char* server) { tree().setCurrentItem(tree().modelItem(QString::fromLatin1(server), {})); }
    void enterPrice(const char* server, const char* model, int column, const char* text)
    {
        QTreeWidgetItem* item = tree().modelItem(QString::fromLatin1(server), QString::fromLatin1(model));
        tree().scrollToItem(item);
        tree().setCurrentItem(item, column);
        tree().editItem(item, column);
        auto* editor = tree().viewport()->findChild<QLineEdit*>();
        QVERIFY(editor != nullptr);
        editor->selectAll();
        QTest::keyClicks(editor, QString::fromLatin1(text));
        QTest::keyClick(editor, Qt::Key_Return);
        // It is taken and closed from the event loop, and then the list is read anew from the file.
        QTRY_VERIFY(tree().viewport()->findChildren<QLineEdit*>().isEmpty());
    }
    QString cell(const char* server, const char* model, int column)
    {
        return tree().modelItem(QString::fromLatin1(server), QString::fromLatin1(model))->text(column);
    }

    TemporaryFolder folder;
    ModelKeys keys;
    ModelServersDialog dialog;
};

}  // namespace

class TestModelServersDialog : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        QSettings().clear();
        for (const char* variable : {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"})
            qunsetenv(variable);
        Theme::instance().choose(ThemeChoice::Light);
    }

    void serversModelsAndPricesAreShown()
    {
        qputenv("ANTHROPIC_API_KEY", kPlanted);
        Scene scene;
        QCOMPARE(scene.cell("openai", "", ModelTree::Key), QStringLiteral("missing"));
        QCOMPARE(scene.cell("anthropic", "", ModelTree::Key), QStringLiteral("in ANTHROPIC_API_KEY"));
        QCOMPARE(scene.cell("ollama", "", ModelTree::Key), QStringLiteral("none needed"));
        QCOMPARE(scene.cell("openai", "gpt-5.5", ModelTree::AnswerPrice), QStringLiteral("$30.00"));
        QCOMPARE(scene.cell("gemini", "gemini-3.8-flash", ModelTree::CachedPrice), QStringLiteral("unknown"));
        QCOMPARE(scene.cell("openai", "gpt-5.5", ModelTree::PriceDate), QStringLiteral("2026-07-02"));
        keepPicture(scene.dialog, QStringLiteral("model-servers-light"));
        Theme::instance().choose(ThemeChoice::Dark);
        keepPicture(scene.dialog, QStringLiteral("model-servers-dark"));
        qunsetenv("ANTHROPIC_API_KEY");
    }

    void keysGoToTheKeyring()
    {
        Scene scene;
        scene.choose("openai");
        QVERIFY(!scene.button("keep").isEnabled() && !scene.button("keep").toolTip().isEmpty());
        QCOMPARE(scene.keyEdit().echoMode(), QLineEdit::Password);
        QTest::keyClicks(&scene.keyEdit(), QString::fromLatin1(kPlanted));
        QTest::mouseClick(&scene.button("keep"), Qt::LeftButton);
        QVERIFY(scene.keyEdit().text().isEmpty());
        QCOMPARE(scene.cell("openai", "", ModelTree::Key), QStringLiteral("in the keyring"));
        QCOMPARE(scene.dialog.statusText(), QStringLiteral("The keyring keeps the key of openai."));
        QVERIFY(scene.keys.keys().at("openai").reveal() == kPlanted);
        QVERIFY(!std::filesystem::exists(scene.folder.path() / "models.toml"));
        QTest::mouseClick(&scene.button("forget"), Qt::LeftButton);
        QCOMPARE(scene.cell("openai", "", ModelTree::Key), QStringLiteral("missing"));
        QVERIFY(scene.keys.keys().empty() && !scene.button("forget").isEnabled());
    }

    void withoutAKeyringTheyLastForTheSession()
    {
        Scene scene(false);
        scene.choose("anthropic");
        QTest::keyClicks(&scene.keyEdit(), QString::fromLatin1(kPlanted));
        QTest::keyClick(&scene.keyEdit(), Qt::Key_Return);
        QCOMPARE(scene.cell("anthropic", "", ModelTree::Key), QStringLiteral("for this session"));
        QVERIFY2(scene.dialog.statusText().contains("no keyring service runs here"),
                 qPrintable(scene.dialog.statusText()));
        QVERIFY(!scene.dialog.isHidden());
        keepPicture(scene.dialog, QStringLiteral("model-servers-no-keyring-light"));
        scene.choose("gemini");
        QTest::keyClicks(&scene.keyEdit(), QStringLiteral("another-key-123"));
        QTest::mouseClick(&scene.button("session"), Qt::LeftButton);
        QCOMPARE(scene.keys.keys().size(), std::size_t{2});
    }

    void pricesAreChangedInPlace()
    {
        Scene scene;
        scene.enterPrice("openai", "gpt-5.5", ModelTree::AnswerPrice, "$24,50");
        QTRY_COMPARE(scene.cell("openai", "gpt-5.5", ModelTree::PriceDate), QDate::currentDate().toString(Qt::ISODate));
        QCOMPARE(scene.cell("openai", "gpt-5.5", ModelTree::AnswerPrice), QStringLiteral("$24.50"));
        QCOMPARE(scene.cell("openai", "gpt-5.5", ModelTree::PromptPrice), QStringLiteral("$5.00"));
        const auto catalogue = ModelCatalogue::load(scene.folder.path() / "models.toml");
        QVERIFY(catalogue.problems().empty());
        const ModelPrice& price = catalogue.findModel("openai", "gpt-5.5")->price;
        QCOMPARE(price.answer->value, std::int64_t{24'500'000});
        QCOMPARE(price.prompt->value, std::int64_t{5'000'000});
        QCOMPARE(QString::fromStdString(price.date), QDate::currentDate().toString(Qt::ISODate));
        scene.enterPrice("openai", "gpt-5.5", ModelTree::AnswerPrice, "a lot");
        QCOMPARE(scene.cell("openai", "gpt-5.5", ModelTree::AnswerPrice), QStringLiteral("$24.50"));
        QVERIFY(scene.dialog.statusText().contains("2.50"));
    }

    void aBrokenFileIsToldAndKept()
    {
        Scene scene;
        scene.folder.write("models.toml", "format = \n");
        scene.enterPrice("openai", "gpt-5.5", ModelTree::AnswerPrice, "1");
        QTRY_VERIFY2(scene.dialog.statusText().contains("models.toml:1"), qPrintable(scene.dialog.statusText()));
        QCOMPARE(readFile(scene.folder.path() / "models.toml"), std::string("format = \n"));
        QTRY_COMPARE(scene.cell("openai", "gpt-5.5", ModelTree::AnswerPrice), QStringLiteral("$30.00"));
    }

    void aServerIsTried()
    {
        TestModelServer server;
        const std::string problem = server.start();
        QVERIFY2(problem.empty(), problem.c_str());
        Scene scene;
        scene.folder.write("models.toml",
                           "format = 1\n[[server]]\nname = 'tried'\ntitle = 'The tried'\ndialect = 'anthropic'\n"
                           "needs_key = true\nproxy = 'direct'\nurl = '"
                               + server.url("list_for_a_key") + "'\n");
        scene.keys.keepForSession(QStringLiteral("other"), Secret(std::string("anything")));  // it is read anew
        scene.choose("tried");
        QTest::mouseClick(&scene.button("test"), Qt::LeftButton);
        QCOMPARE(scene.button("test").text().remove(u'&'), QStringLiteral("Cancel the test"));
        QTRY_COMPARE(
            scene.dialog.statusText(),
            QStringLiteral("The tried answers, and wants a key: none was sent, for none is there. Enter it and "
                           "try again."));
        scene.keyEdit().setText(QStringLiteral("sk-another-0123456789abcdef"));
        QTest::mouseClick(&scene.button("test"), Qt::LeftButton);
        QTRY_VERIFY2(scene.dialog.statusText().startsWith("The tried does not work: ")
                         && scene.dialog.statusText().contains("refuses the key")
                         && scene.dialog.statusText().endsWith("Check that the key belongs to this server and may use "
                                                               "this model."),
                     qPrintable(scene.dialog.statusText()));
        QVERIFY(!scene.dialog.statusText().contains("another"));
        keepPicture(scene.dialog, QStringLiteral("model-servers-refused-light"));
        // A key is tried before it is kept.
        scene.keyEdit().clear();
        QTest::keyClicks(&scene.keyEdit(), QString::fromLatin1(kPlanted));
        QTest::mouseClick(&scene.button("test"), Qt::LeftButton);
        QTRY_VERIFY2(scene.dialog.statusText().startsWith("The tried works, answered in ")
                         && scene.dialog.statusText().endsWith("has models: 2."),
                     qPrintable(scene.dialog.statusText()));
        QCOMPARE(scene.keys.kept(QStringLiteral("tried")), ModelKeys::Kept::Nowhere);
        scene.keyEdit().setText(QStringLiteral("two words"));
        QTest::mouseClick(&scene.button("test"), Qt::LeftButton);
        QVERIFY2(scene.dialog.statusText().contains("blanks"), qPrintable(scene.dialog.statusText()));
        QVERIFY(!scene.dialog.statusText().contains("two words"));
    }

    void localServersAreFound()
    {
        Scene scene;
        QTest::mouseClick(&scene.button("find"), Qt::LeftButton);
        QTRY_VERIFY(scene.button("find").isEnabled());
        QVERIFY2(scene.dialog.statusText().startsWith("Ollama answers at http://127.0.0.1:11434/v1"),
                 qPrintable(scene.dialog.statusText()));
        QCOMPARE(scene.cell("ollama", "qwen3-coder:30b", ModelTree::AnswerPrice), QStringLiteral("$0.00"));
        QCOMPARE(scene.cell("ollama", "qwen3-coder:30b", ModelTree::Key), QStringLiteral("found here"));
        scene.tree().scrollToBottom();
        keepPicture(scene.dialog, QStringLiteral("model-servers-found-light"));
        scene.dialog.setFetch(
            [](const std::string&, std::chrono::milliseconds, std::stop_token) -> Result<FetchedPage> {
                return fail(ErrorCode::IoFailed, "connection refused");
            });
        QTest::mouseClick(&scene.button("find"), Qt::LeftButton);
        QTRY_VERIFY(scene.dialog.statusText().contains("No model server answers"));
        QVERIFY(scene.tree().modelItem(QStringLiteral("ollama"), QStringLiteral("qwen3-coder:30b")) == nullptr);
    }
};

WARPLOOM_WIDGET_TEST_MAIN(TestModelServersDialog)
#include "tst_ModelServersDialog.moc"
