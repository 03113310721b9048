// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include <algorithm>
#include <set>

#include "assembly/InstructionClasses.h"
#include "assembly/InstructionText.h"
#include "assembly/OpcodeHelp.h"
#include "assembly/OpcodeSentences.h"
#include "assembly/PtxListing.h"
#include "assembly/SassListing.h"

using namespace warploom;

namespace {

struct Case {
    const char* instruction;
    InstructionClass kind;
};

using enum InstructionClass;

constexpr Case kPtxCases[] = {
    {"fma.rn.f32 %f1, %f2, %f3, %f4", Single},
    {"add.ftz.f32", Single},
    {"mul.f64", Double},
    {"fma.rn.f16x2", Half},
    {"max.bf16", Half},
    {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", Tensor},
    {"wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16", Tensor},
    {"wgmma.wait_group.sync.aligned", Barrier},
    {"wmma.load.a.sync.aligned.row.m16n16k16.shared.f16", SharedLoad},
    {"wmma.mma.sync.aligned.row.col.m16n16k16.f32.f32", Tensor},
    {"sqrt.rn.f32", Special},
    {"rcp.rn.f64", Double},
    {"div.rn.f32", Special},
    {"div.u32", Integer},
    {"mul.wide.s32", Integer},
    {"setp.lt.s64", Integer},
    {"and.pred", Move},
    {"cvt.rn.f16.f32", Conversion},
    {"cvt.rn.f32.s32", Conversion},
    {"cvt.rn.satfinite.e4m3x2.f16x2", Conversion},
    {"cvt.s64.s32", Integer},
    {"cvta.to.global.u64", Integer},
    {"ld.global.nc.v4.f32", GlobalLoad},
    {"ld.f32", GlobalLoad},
    {"ld.param.u64", Constant},
    {"ld.shared::cta.b32", SharedLoad},
    {"st.shared.f32", SharedStore},
    {"st.global.v2.f32", GlobalStore},
    {"st.local.f32", Local},
    {"st.param.b32", Move},
    {"atom.shared.add.f32", Atomic},
    {"red.global.add.f32", Atomic},
    {"cp.async.cg.shared.global", AsyncCopy},
    {"cp.async.wait_group", Barrier},
    {"shfl.sync.bfly.b32", Shuffle},
    {"bar.sync", Barrier},
    {"membar.gl", Barrier},
    {"bra", Control},
    {"selp.f32", Move},
    {"mov.u32", Move},
    {"prefetch.global.L1", Other},
    {"nonsense.f32", Other},
};

constexpr Case kSassCases[] = {
    {"FFMA.FTZ R1, R2, R3, R4", Single},
    {"DFMA", Double},
    {"HFMA2.MMA R5, R5, R6, R7", Half},
    {"HFMA2.MMA R0, -RZ, RZ, 0, 0", Move},
    {"HMMA.16816.F32", Tensor},
    {"HGMMA.64x64x16.F32", Tensor},
    {"MUFU.EX2", Special},
    {"IMAD.WIDE", Integer},
    {"IMAD.MOV.U32 R5, RZ, RZ, R10", Move},
    {"UIADD3", Integer},
    {"USEL", Move},
    {"F2I.TRUNC.NTZ", Conversion},
    {"LDG.E.128.CONSTANT", GlobalLoad},
    {"STG.E", GlobalStore},
    {"LDSM.16.M88.4", SharedLoad},
    {"STS.128", SharedStore},
    {"STL", Local},
    {"ULDC.64", Constant},
    {"REDG.E.ADD.F32.FTZ.RN.STRONG.GPU", Atomic},
    {"LDGSTS.E.BYPASS.128", AsyncCopy},
    {"UTMALDG.2D", AsyncCopy},
    {"SHFL.DOWN", Shuffle},
    {"BAR.SYNC.DEFER_BLOCKING", Barrier},
    {"@P0 EXIT", Other},
    {"EXIT", Control},
    {"S2R", Move},
    {"NOP", Other},
    {"QWERTY", Other},
};

Listing sassOf(const std::string& name) { return sassListing(test::sassFixture(name), LineTable(), "kernel.cu"); }

const InstructionMix& mixNamed(const std::vector<InstructionMix>& mixes, const std::string& kernel)
{
    for (const InstructionMix& mix : mixes) {
        if (mix.kernel == kernel)
            return mix;
    }
    qFatal("no kernel %s", kernel.c_str());
}

std::uint32_t countOf(const InstructionMix& mix, InstructionClass kind)
{
    const auto found = mix.counts.find(kind);
    return found == mix.counts.end() ? 0 : found->second;
}

}  // namespace

class TestInstructionClasses : public QObject {
    Q_OBJECT

private slots:
    void singleInstructions()
    {
        for (const Case& each : kPtxCases)
            QVERIFY2(classOfPtx(each.instruction) == each.kind, each.instruction);
        for (const Case& each : kSassCases)
            QVERIFY2(classOfSass(each.instruction) == each.kind, each.instruction);
    }

    /// No opcode that NVRTC has made of the fixtures is unknown: each has a class and a sentence.
    void everyOpcodeOfTheFixtures()
    {
        std::map<std::string, bool> opcodes;
        for (const std::string& name : test::assemblyFixtureNames()) {
            for (const ListingLine& line : sassOf(name).lines) {
                for (const std::string_view each :
                     line.isInstruction ? instructionsOf(line.text) : std::vector<std::string_view>())
                    opcodes[std::string(opcodeOf(each))] = true;
            }
        }
        for (const char* name : {"kernels-sm_90.ptx", "units-sm_90.ptx"}) {
            for (const ListingLine& line : ptxListing(test::assemblyFixture(name), "kernel.cu").lines) {
                for (const std::string_view each :
                     line.isInstruction ? instructionsOf(line.text) : std::vector<std::string_view>())
                    opcodes[std::string(opcodeOf(each))] = false;
            }
        }
        QVERIFY(opcodes.size() > 200);
        const std::vector<std::string> others{"NOP", "CCTL.IVALL"};
        for (const auto& [opcode, isSass] : opcodes) {
            QVERIFY2(!opcodeHelp(opcode, isSass).empty(), opcode.c_str());
            const bool isOther = (isSass ? classOfSass(opcode) : classOfPtx(opcode)) == Other;
            QVERIFY2(isOther == (std::find(others.begin(), others.end(), opcode) != others.end()), opcode.c_str());
        }
    }

    void mixesOfUnits()
    {
        const auto sass = mixOf(sassOf("units-sm_90"), true);
        QCOMPARE(sass.size(), std::size_t{7});
        QVERIFY(countOf(mixNamed(sass, "doubles"), Double) >= 5);
        QVERIFY(countOf(mixNamed(sass, "halves"), Half) >= 3);
        QVERIFY(countOf(mixNamed(sass, "tensors"), Tensor) >= 2);
        QVERIFY(countOf(mixNamed(sass, "specials"), Special) >= 5);
        QVERIFY(countOf(mixNamed(sass, "warps"), Shuffle) >= 4);
        QVERIFY(countOf(mixNamed(sass, "warps"), Atomic) >= 2);
        QVERIFY(countOf(mixNamed(sass, "copies"), AsyncCopy) >= 2);
        const auto ptx = mixOf(ptxListing(test::assemblyFixture("units-sm_90.ptx"), "kernel.cu"), false);
        QCOMPARE(countOf(mixNamed(ptx, "halves"), Half), 3u);
        QCOMPARE(countOf(mixNamed(ptx, "tensors"), Tensor), 1u);
        QVERIFY(!ptx.front().isSass && sass.front().isSass);
        const auto spilled = mixOf(sassOf("spilled-sm_90"), true);
        QCOMPARE(countOf(spilled.front(), Local), 93u);
    }

    void paddingDoesNotCount()
    {
        Listing listing;
        for (const char* text :
             {"        FADD R0, R0, R0 ;", "        NOP ;", "        EXIT ;", "        NOP;", "        NOP;"}) {
            ListingLine line;
            line.text = text;
            line.isInstruction = true;
            listing.lines.push_back(line);
        }
        listing.kernels.push_back({"k", 0, 5});
        const InstructionMix mix = mixOf(listing, true).front();
        QCOMPARE(mix.total(), 3u);
        QCOMPARE(countOf(mix, Other), 1u);
        // A range beyond the lines, as a foreign listing might have.
        listing.kernels.front().lineCount = 100;
        QCOMPARE(mixOf(listing, true).front().total(), 3u);
    }

    void helpWithModifiers()
    {
        QCOMPARE(opcodeHelp("LDG.E.128.CONSTANT", true),
                 std::string("Loads from global memory. .E: 64-bit address; .128: 16 bytes a thread; .CONSTANT: by the "
                             "read-only path: nothing in the kernel writes there."));
        QCOMPARE(opcodeHelp("   @!P0 BRA `(.L_x_4) ;", true),
                 std::string("Jumps to a label, for the lanes whose predicate holds."));
        QCOMPARE(
            opcodeHelp("fma.rn.f32", false),
            std::string(
                "Multiplies two values and adds a third, rounded once. .rn: rounded to nearest; .f32: f32 values."));
        QVERIFY(opcodeHelp("IMAD.MOV.U32", true).starts_with("Copies a register"));
        QVERIFY(opcodeHelp("cp.async.cg.shared.global", false).starts_with("Copies from global to shared"));
        QVERIFY(opcodeHelp("NOSUCH.THING", true).empty());
        QVERIFY(opcodeHelp("", false).empty());
        QVERIFY(opcodeHelp("LDG", false).empty());
    }

    void tablesOfHelp()
    {
        for (const auto& table : {sassSentences(), ptxSentences()}) {
            std::set<std::string_view> bases;
            for (std::size_t i = 0; i < table.size(); ++i) {
                QVERIFY(i == 0 || table[i - 1].name < table[i].name);
                QVERIFY(table[i].sentence.ends_with('.'));
                bases.insert(baseOpcode(table[i].name));
            }
            QVERIFY(bases.size() >= 90);
        }
        for (const OpcodeSentence& each : sassSentences())
            QVERIFY2(classOfSass(each.name) != Other || each.name == "NOP" || each.name == "PMTRIG"
                         || each.name.starts_with("CCTL"),
                     each.name.data());
    }
};

QTEST_APPLESS_MAIN(TestInstructionClasses)
#include "tst_InstructionClasses.moc"
