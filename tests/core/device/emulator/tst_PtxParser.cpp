// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "EmulatorHarness.h"

#include "device/emulator/OpcodeTable.h"
#include "device/emulator/ProgramBuilder.h"
#include "device/emulator/PtxLexer.h"
#include "device/emulator/PtxParser.h"

using namespace warploom;
using namespace warploom::emulator;
using namespace warploom::test;

namespace {

std::vector<std::filesystem::path> fixtures()
{
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(fixtureFolder()))
        if (entry.path().extension() == ".ptx")
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// Parses and decodes as far as the text allows; true when everything went well.
bool decodes(const std::string& text)
{
    const auto module = parsePtx(text);
    if (!module)
        return false;
    bool all = true;
    for (const PtxFunction& function : module->functions)
        if (function.isEntry)
            all = ProgramBuilder(*module, hostHandlers()).build(function).has_value() && all;
    return all;
}

}  // namespace

class tst_PtxParser : public QObject {
    Q_OBJECT

private slots:
    void tokens()
    {
        PtxLexer lexer(
            "@!%p1 ld.global::x.v4.f32 {%f1,_}, [%rd1+-16]; // end\n/* two\nlines */ $L__1: .reg 0f3F800000 \"a b\" ?");
        const std::vector<std::string> expected{"@",          "!",       "%p1", "ld.global::x.v4.f32",
                                                "{",          "%f1",     ",",   "_",
                                                "}",          ",",       "[",   "%rd1",
                                                "+",          "-",       "16",  "]",
                                                ";",          "$L__1",   ":",   ".reg",
                                                "0f3F800000", "\"a b\"", "?"};
        for (const std::string& text : expected)
            QCOMPARE(std::string(lexer.next().text), text);
        const PtxToken end = lexer.next();
        QVERIFY(end.kind == PtxToken::Kind::End);
        QCOMPARE(end.line, 3);
    }

    void declarations()
    {
        const auto module = parsePtx(
            ".version 8.5\n.target sm_90\n.address_size 64\n"
            ".global .align 8 .u64 names[2] = {generic(text)+1, 0};\n.global .align 1 .b8 text[4] = {97, 98, 0x63};\n"
            ".const .f32 k = 0f40490FDB;\n.extern .shared .align 16 .b8 dyn[];\n.global .v4 .f32 v;\n"
            ".visible .entry k(.param .u64 .ptr .align 1 a, .param .align 4 .b8 s[12])\n.maxntid 256, 1, 1\n.reqntid "
            "64\n{\n"
            ".reg .pred %p<3>;\n.reg .b32 x, y;\n.local .align 16 .b8 d[40];\n{ .reg .b64 x; }\nA: ret;\n}\n");
        QVERIFY_RESULT(module);
        QCOMPARE(std::string(module->target), std::string("sm_90"));
        const PtxVariable* names = module->findVariable("names");
        QVERIFY(names != nullptr && names->bytes == 16 && names->alignment == 8 && names->relocations.size() == 1);
        QCOMPARE(std::string(names->relocations[0].symbol), std::string("text"));
        QVERIFY(names->relocations[0].addend == 1);
        QVERIFY(module->findVariable("text")->initial.at(2) == std::byte{0x63});
        QVERIFY(module->findVariable("dyn")->isExtern && module->findVariable("dyn")->bytes == 0);
        QVERIFY(module->findVariable("v")->bytes == 16);
        QVERIFY(module->findVariable("k")->space == PtxSpace::Constant);
        const PtxFunction* function = module->findFunction("k");
        QVERIFY(function != nullptr && function->isEntry && function->parameters.size() == 2);
        QVERIFY(function->parameters[1].bytes == 12 && function->parameters[1].alignment == 4);
        QVERIFY(function->registers.size() == 4 && function->registers[3].scope == 1);
        QVERIFY(function->findLabel("A", 0) == 0u);
        QVERIFY(!function->findLabel("B", 0));
    }

    void inlinedLinesBelongToTheCaller()
    {
        const auto module =
            parsePtx(".visible .entry k()\n{\n.reg .b32 %r<3>;\n.loc 1 10 0\nmov.u32 %r1, 1;\n"
                     ".loc 2 99 4, function_name $s+3, inlined_at 1 20 5\nmov.u32 %r1, 2;\n.loc 1 21 2\nret;\n}\n"
                     ".file 1 \"/a/b/k.cu\"\n.file 2 \"h.h\", 12, 13\n.section .debug_str\n{\n$s: .b8 1,2\n}\n");
        QVERIFY_RESULT(module);
        const auto& body = module->functions.at(0).body;
        QCOMPARE(body.at(0).location.line, 10);
        QCOMPARE(body.at(1).location.line, 20);
        QCOMPARE(body.at(1).location.file, 1);
        QCOMPARE(body.at(2).location.line, 21);
        QCOMPARE(module->files.at(1), std::string("k.cu"));
    }

    void mistakesHaveTheirPlace_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("line");
        QTest::newRow("nonsense") << "hello" << 1;
        QTest::newRow("unclosed") << ".visible .entry k()\n{\nret;\n" << 4;
        QTest::newRow("semicolon") << ".visible .entry k()\n{\nret\n}" << 4;
        QTest::newRow("operand") << ".visible .entry k()\n{\nadd.s32 %r1, , 2;\n}" << 3;
        QTest::newRow("number") << ".global .u32 x = 0x;\n" << 1;
        QTest::newRow("huge") << ".global .b8 x[99999999999];\n" << 1;
        QTest::newRow("alignment") << ".global .align 3 .b8 x[4];\n" << 1;
        QTest::newRow("values") << ".global .b8 x[1] = {1, 2};\n" << 1;
        QTest::newRow("nesting") << ".visible .entry k()\n{\nmov.b32 {{{{{{{{a}}}}}}}}, b;\n}" << 3;
    }
    void mistakesHaveTheirPlace()
    {
        QFETCH(QString, text);
        QFETCH(int, line);
        const auto module = parsePtx(text.toStdString());
        QVERIFY(!module);
        QCOMPARE(module.error().code, ErrorCode::InvalidInput);
        QCOMPARE(module.error().place.line, line);
        QVERIFY(!module.error().expected.empty() && !module.error().found.empty());
    }

    void contradictionsAreErrors_data()
    {
        QTest::addColumn<QString>("body");
        for (const char* body :
             {"bra NOWHERE;", "add.s32 %r1, %r2;", "add.s32 %p1, %r1, %r2;", "mov.u32 %r9, 1;", "@%r1 ret;",
              "ld.global.v2.u32 %r1, [%d1];", "ld.global.u32 %r1, [nobody];", "st.global.u32 %r1, %r2;", "bar.sync;",
              "call f, (%r1);", "setp.lt.s32 %p1, %r1;", "brx.idx %r1, LIST;", "selp.b32 %r1, %r2, %r3, %r4;",
              "shfl.sync.up.b32 %r1, %r2;", "cvt.rn.f32 %r1;", "mov.b64 %d1, {%r1};"})
            QTest::newRow(body) << body;
    }
    void contradictionsAreErrors()
    {
        QFETCH(QString, body);
        const auto module = parsePtx(".visible .entry k()\n{\n.reg .pred %p<3>;\n.reg .b32 %r<5>;\n.reg .b64 %d<3>;\n"
                                     + body.toStdString() + "\nret;\n}\n");
        QVERIFY_RESULT(module);
        const auto program = ProgramBuilder(*module, hostHandlers()).build(module->functions.at(0));
        QVERIFY(!program);
        QVERIFY(program.error().code == ErrorCode::InvalidInput || program.error().code == ErrorCode::NotEmulated);
    }

    void fixturesDecode_data()
    {
        QTest::addColumn<QString>("path");
        for (const auto& path : fixtures())
            QTest::newRow(path.filename().c_str()) << QString::fromStdString(path);
    }
    void fixturesDecode()
    {
        QFETCH(QString, path);
        QVERIFY(decodes(readFile(path.toStdString())));
    }

    void truncatedFixturesNeverCrash_data() { fixturesDecode_data(); }
    void truncatedFixturesNeverCrash()
    {
        QFETCH(QString, path);
        const std::string text = readFile(path.toStdString());
        const std::size_t step = std::max<std::size_t>(text.size() / 150, 1);
        int failures = 0;
        for (std::size_t length = 1; length < text.size(); length += step)
            failures += decodes(text.substr(0, length)) ? 0 : 1;
        QVERIFY(failures > 0);
    }

    void damagedFixturesNeverCrash()
    {
        unsigned state = 7;
        const auto random = [&](std::size_t below) {
            state = state * 1664525u + 1013904223u;
            return (state >> 8) % below;
        };
        for (const auto& path : fixtures()) {
            const std::string text = readFile(path);
            int failures = 0;
            for (int round = 0; round < 60; ++round) {
                std::string damaged = text;
                for (int i = 0; i < 3; ++i) {
                    const std::size_t at = random(damaged.size() - 40);
                    if (round % 3 == 0)
                        damaged.erase(at, random(30));
                    else if (round % 3 == 1)
                        damaged[at] = static_cast<char>(32 + random(95));
                    else
                        damaged.insert(at, damaged.substr(random(damaged.size() - 40), random(40)));
                }
                failures += decodes(damaged) ? 0 : 1;
            }
            QVERIFY(failures > 0);
        }
    }

    void registersShareTheirPlaces()
    {
        const auto module = parsePtx(readFile(fixtureFolder() / "tiles.ptx"));
        QVERIFY_RESULT(module);
        const auto program = ProgramBuilder(*module, hostHandlers()).build(*module->findFunction("sgemm_tiled"));
        QVERIFY_RESULT(program);
        QVERIFY(program->code.size() > 400);
        QVERIFY2(program->frameBytes < 32 * 1024, qPrintable(QString::number(program->frameBytes)));
        QCOMPARE(program->staticShared, 4u * 16u * (65u + 64u));
    }
};

QTEST_APPLESS_MAIN(tst_PtxParser)
#include "tst_PtxParser.moc"
