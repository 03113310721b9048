// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "protocol/BoundedJson.h"
#include "protocol/InstructionReport.h"

using namespace warploom;

namespace {

InstructionReport sampled()
{
    InstructionReport report;
    report.size = "large";
    report.chip = "GH100";
    report.instructions = {{"k", 0, 7, {{"selected", 5}, {"long_scoreboard", 11}}},
                           {"k", 16, 7, {{"barrier", 3}}},
                           {"helper", 0, 0, {{"selected", 2}}}};
    report.unknown = {"smsp__no"};
    report.plays = 4;
    report.samples = 21;
    report.dropped = 1;
    report.seconds = 0.25;
    return report;
}

}  // namespace

class TestInstructionReport : public QObject {
    Q_OBJECT

private slots:
    void survivesJson()
    {
        InstructionReport report = sampled();
        report.fault = Fault{};
        report.fault->message = "it trapped";
        const auto back = valueFromJson<InstructionReport>(nlohmann::json(report));
        QVERIFY(back);
        QCOMPARE(nlohmann::json(*back).dump(), nlohmann::json(report).dump());
        QCOMPARE(back->instructions.size(), report.instructions.size());
        QCOMPARE(back->instructions[0].value("long_scoreboard"), std::uint64_t{11});
        QCOMPARE(back->instructions[1].address, 16u);
        QCOMPARE(back->instructions[2].function, std::string("helper"));
        QCOMPARE(back->fault->message, std::string("it trapped"));
    }

    void keepsItsFigure()
    {
        InstructionReport report;
        report.figure = InstructionFigure::Counts;
        QCOMPARE(nlohmann::json(report).get<InstructionReport>().figure, InstructionFigure::Counts);
        QVERIFY(!instructionFigureFromName("guesses"));
    }

    void refusesRowsThatNameNothing()
    {
        nlohmann::json json = sampled();
        json["instructions"][0][0] = 9;
        QVERIFY(!valueFromJson<InstructionReport>(json));
        json = sampled();
        json["instructions"][0] = nlohmann::json::array({0, 16});
        QVERIFY(!valueFromJson<InstructionReport>(json));
    }

    void sumsByLine()
    {
        const auto lines = byLine(sampled());
        QCOMPARE(lines.size(), std::size_t{2});
        QCOMPARE(lines.at(7).at("selected"), std::uint64_t{5});
        QCOMPARE(lines.at(7).at("barrier"), std::uint64_t{3});
        QCOMPARE(lines.at(0).at("selected"), std::uint64_t{2});
    }
};

QTEST_GUILESS_MAIN(TestInstructionReport)
#include "tst_InstructionReport.moc"
