// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <fmt/format.h>

#include "compile/PtxSignatures.h"

using namespace warploom;

namespace {

std::string fixture(const char* name)
{
    return test::readFile(test::sourceFolder() / "tests/core/compile/fixtures" / name);
}

std::string describe(const PtxEntry& entry)
{
    std::string text;
    for (const KernelParameter& parameter : entry.parameters)
        text += fmt::format("{}:{}:{} ", parameter.type, parameter.size, parameter.alignment);
    return text;
}

}  // namespace

class TestPtxSignatures : public QObject {
    Q_OBJECT

private slots:
    void recordedModule()
    {
        const auto signatures = parsePtxSignatures(fixture("resources.ptx"));
        QCOMPARE(signatures.entries.size(), std::size_t{5});
        const auto* add = signatures.findEntry("add");
        QVERIFY(add != nullptr);
        QCOMPARE(describe(*add),
                 std::string("u64:8:8 u64:8:8 u32:4:4 b8[16]:16:8 b8[3]:3:1 u8:1:1 u8:1:1 f64:8:8 u16:2:2 "));
        QVERIFY(signatures.findEntry("_Z4fillIfLi4EEvPT_") != nullptr);
        QVERIFY(signatures.findEntry("_Z4idlev") != nullptr);
        QVERIFY(signatures.findEntry("_Z4idlev")->parameters.empty());
        QVERIFY(signatures.findEntry("_Z5twistf") == nullptr);
        QCOMPARE(signatures.constants, (std::vector<std::string>{"taps", "_ZN2ns6offsetE"}));
    }

    void otherSpellings()
    {
        const auto signatures =
            parsePtxSignatures(".visible .const .align 16 .b8 table[64] = {1, 2};\n.const .f32 pi = 0f40490fdb;\n"
                               "/* .entry fake(.param .u32 x) */ // .entry other()\n"
                               ".weak .entry k$1(.param .u64 .ptr .global .align 16 p, .param .align 64 .b8 map[128]) "
                               "{ .reg .b32 %r<2>; { } }\n"
                               ".entry none { ret; }");
        QCOMPARE(signatures.constants, (std::vector<std::string>{"table", "pi"}));
        QCOMPARE(signatures.entries.size(), std::size_t{2});
        QCOMPARE(signatures.entries[0].name, std::string("k$1"));
        QCOMPARE(describe(signatures.entries[0]), std::string("u64:8:8 b8[128]:128:64 "));
        QVERIFY(signatures.entries[1].parameters.empty());
    }

    void sourceLines()
    {
        const std::string ptx = ".entry k(\n)\n{\n\t.loc\t1 7 5\n\tadd;\n\tbogus;\n}\n.entry m()\n{\n\tearly;\n"
                                "\t.loc\t2 3 1, function_name $L__info_string0, inlined_at 1 9 2\n\tlate;\n}\n"
                                "\t.file\t1 \"kernel.cu\"\n\t.file\t2 \"/usr/include/x (y).h\"\n";
        QVERIFY(sourceOfPtxLine(ptx, 6) == (SourcePlace{"kernel.cu", 7, 5}));
        QVERIFY(sourceOfPtxLine(ptx, 12) == (SourcePlace{"/usr/include/x (y).h", 3, 1}));
        QVERIFY(!sourceOfPtxLine(ptx, 10).has_value());
        QVERIFY(!sourceOfPtxLine(ptx, 0).has_value());
        QVERIFY(!sourceOfPtxLine("", 99).has_value());
    }

    void damagedModulesDoNoHarm()
    {
        const std::string whole = fixture("resources.ptx").substr(0, 3000);
        for (std::size_t length = 0; length <= whole.size(); length += 5) {
            QVERIFY(parsePtxSignatures(whole.substr(0, length)).entries.size() <= 5);
            QVERIFY(parsePtxSignatures(whole.substr(length)).entries.size() <= 5);
        }
    }
};

QTEST_APPLESS_MAIN(TestPtxSignatures)
#include "tst_PtxSignatures.moc"
