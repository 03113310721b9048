// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <set>

#include "protocol/Assembly.h"
#include "protocol/BoundedJson.h"

using namespace warploom;

namespace {

ListingLine instruction(std::string text, std::uint32_t address, int source)
{
    ListingLine line;
    line.text = std::move(text);
    line.address = address;
    line.source = source;
    line.isInstruction = true;
    return line;
}

Listing sample()
{
    Listing listing;
    ListingLine label;
    label.text = "k:";
    listing.lines = {label, instruction("FADD R0, R0, R1 ;", 0, 7), instruction("FADD R0, R0, R1 ;", 16, 7),
                     instruction("EXIT ;", 32, 9), label};
    listing.lines[1].inlinedAt = {12, 20};
    listing.lines[2].inlinedAt = {12, 20};
    listing.lines[2].ptx = 5;
    listing.lines[3].file = "cuda_fp16.h";
    listing.kernels = {{"k", 0, 4}, {"empty", 5, 0}};
    return listing;
}

bool isSame(const ListingLine& left, const ListingLine& right)
{
    return left.text == right.text && left.source == right.source && left.inlinedAt == right.inlinedAt
        && left.file == right.file && left.address == right.address && left.ptx == right.ptx
        && left.isInstruction == right.isInstruction;
}

Result<Listing> read(const std::string& text)
{
    auto json = parseJson(text);
    if (!json)
        return fail(std::move(json).error());
    return valueFromJson<Listing>(*json);
}

}  // namespace

class TestAssembly : public QObject {
    Q_OBJECT

private slots:
    void namesOfClasses()
    {
        std::set<std::string_view> names;
        for (const InstructionClass kind : allInstructionClasses()) {
            const std::string_view name = instructionClassName(kind);
            QVERIFY(instructionClassFromName(name) == kind);
            names.insert(name);
        }
        QCOMPARE(names.size(), allInstructionClasses().size());
        QCOMPARE(names.size(), static_cast<std::size_t>(InstructionClass::Other) + 1);
        QVERIFY(!instructionClassFromName("nonsense"));
    }

    void mixes()
    {
        InstructionMix mix{"k", true, {{InstructionClass::Single, 3}, {InstructionClass::GlobalLoad, 2}}};
        QCOMPARE(mix.total(), 5u);
        const nlohmann::json json = mix;
        const auto again = json.get<InstructionMix>();
        QVERIFY(again.kernel == mix.kernel && again.isSass && again.counts == mix.counts);
        auto newer = json;
        newer["counts"]["quantum"] = 4;
        QCOMPARE(newer.get<InstructionMix>().counts.at(InstructionClass::Other), 4u);
    }

    void listings()
    {
        const Listing listing = sample();
        const nlohmann::json json = listing;
        const auto again = json.get<Listing>();
        QCOMPARE(again.lines.size(), listing.lines.size());
        for (std::size_t i = 0; i < listing.lines.size(); ++i)
            QVERIFY(isSame(again.lines[i], listing.lines[i]));
        QCOMPARE(again.kernels.size(), std::size_t{2});
        QCOMPARE(again.kernels[0].name, std::string("k"));
        QCOMPARE(again.kernels[0].lineCount, 4u);
        // A line like the one before, but for its text, is that text.
        QVERIFY(json["lines"][0].is_string());
        QCOMPARE(json["lines"][2].size(), std::size_t{3});
    }

    void reports()
    {
        AssemblyReport report;
        report.ptx = sample();
        report.sassMissing = "no nvdisasm";
        report.resources.resize(1);
        report.resources[0].registers = 17;
        report.mixes = {{"k", false, {{InstructionClass::Move, 1}}}};
        auto again = nlohmann::json(report).get<AssemblyReport>();
        QVERIFY(!again.sass);
        QCOMPARE(again.sassMissing, report.sassMissing);
        QCOMPARE(again.resources.at(0).registers, 17u);
        QCOMPARE(again.mixes.at(0).total(), 1u);
        QCOMPARE(again.ptx.lines.size(), report.ptx.lines.size());
        report.sass = sample();
        again = nlohmann::json(report).get<AssemblyReport>();
        QVERIFY(again.sass && again.sass->kernels.size() == 2);
    }

    void damagedListings()
    {
        QVERIFY_RESULT(read(R"({"lines": ["a"], "kernels": [{"name": "k", "first_line": 0, "line_count": 1}]})"));
        for (const char* text :
             {"{}", "[]", R"({"lines": 3, "kernels": []})", R"({"lines": [3], "kernels": []})",
              R"({"lines": [{"source": 3}], "kernels": []})",
              R"({"lines": [{"text": "a", "source": "x"}], "kernels": []})",
              R"({"lines": [{"text": "a", "address": "x"}], "kernels": []})",
              R"({"lines": ["a"], "kernels": [{"name": "k", "first_line": 1, "line_count": 1}]})",
              R"({"lines": ["a"], "kernels": [{"name": "k", "first_line": 4294967295, "line_count": 2}]})"})
            QVERIFY2(!read(text), text);
        nlohmann::json deep = sample();
        deep["lines"][0] = {{"text", ""}, {"inlined_at", std::vector<int>(10000, 1)}};
        QVERIFY(!valueFromJson<Listing>(deep));
    }
};

QTEST_APPLESS_MAIN(TestAssembly)
#include "tst_Assembly.moc"
