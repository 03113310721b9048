// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CommandLine.h"

using namespace warploom::test;

/// What models and programs write is shown, and never obeyed by a terminal.
class tst_ModelTexts : public QObject {
    Q_OBJECT

private:
    static void haveNoControlCharacters(const CommandOutcome& outcome)
    {
        for (const std::string& text : {outcome.output, outcome.errors})
            for (std::size_t at = 0; at < text.size(); ++at) {
                const auto byte = static_cast<unsigned char>(text[at]);
                const bool isSecondSet =
                    byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
                QVERIFY2((byte >= 0x20 && byte != 0x7F && !isSecondSet) || byte == '\n' || byte == '\t', text.c_str());
            }
    }

private slots:
    void controlCharactersAreShown()
    {
        const TemporaryFolder folder;
        const auto program = folder.write(
            "agent.py",
            "import json, sys\n"
            "context = json.load(sys.stdin)\n"
            "evil = '\\x1b]0;owned\\x07\\x1b[2J\\x9b31m\\x7f'\n"
            "source = context['parent']['source'] + '// ' + evil + '\\n__device__ int x = 1;\\n'\n"
            "print(json.dumps({'proposals': [{'title': 'red ' + evil, 'move': 'evil', 'hypothesis': evil,\n"
            "                  'source': source}]}))\n");
        const QString agent = "command:python3 " + QString::fromStdString(program.string());
        const auto evolved = runCli(folder.path(),
                                    {"evolve", smallVectorAdd(), "--device", "emulator", "--agent", agent,
                                     "--evaluations", "2", "--workspace", "run.warploom"});
        QVERIFY2(evolved.exitCode == 0, evolved.errors.c_str());
        haveNoControlCharacters(evolved);
        std::string all;
        for (const QStringList& arguments : {QStringList{"show", "run.warploom"},
                                             {"show", "run.warploom", "--variant", "2"},
                                             {"show", "run.warploom", "--exchanges"},
                                             {"show", "run.warploom", "--exchange", "1"}}) {
            const auto shown = runCli(folder.path(), arguments);
            QCOMPARE(shown.exitCode, 0);
            haveNoControlCharacters(shown);
            all += shown.output;
        }
        QVERIFY2(all.find("␛]0;owned␇␛[2J") != std::string::npos, all.c_str());
    }
};

QTEST_GUILESS_MAIN(tst_ModelTexts)
#include "tst_ModelTexts.moc"
