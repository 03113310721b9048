// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include "assembly/Disassembler.h"

#include <sys/stat.h>

using namespace warploom;

namespace {

namespace fs = std::filesystem;

/// A program that stands in for nvdisasm.
Result<Disassembler> scripted(const test::TemporaryFolder& folder, const std::string& body)
{
    const fs::path program = folder.write("nvdisasm", "#!/bin/sh\n" + body);
    ::chmod(program.c_str(), 0755);
    return Disassembler::find({program});
}

}  // namespace

class TestDisassembler : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (const char* named = std::getenv("WARPLOOM_NVDISASM"); named != nullptr)
            m_named = named;
    }

    void init() { ::unsetenv("WARPLOOM_NVDISASM"); }

    void theSearch()
    {
        const test::TemporaryFolder folder;
        const fs::path plain = folder.write("a/nvdisasm", "not a program");
        const fs::path program = folder.write("b/nvdisasm", "#!/bin/sh\n");
        ::chmod(program.c_str(), 0755);
        const auto found = Disassembler::find({folder.path() / "absent", plain, folder.path(), program});
        QVERIFY_RESULT(found);
        QCOMPARE(found->program().string(), program.string());

        const auto missing = Disassembler::find({plain});
        QVERIFY(!missing);
        QVERIFY(missing.error().code == ErrorCode::LibraryMissing);
        QVERIFY(missing.error().message.find("fetch-nvdisasm.sh") != std::string::npos);

        const auto places = Disassembler::places();
        QVERIFY(places.size() > 3);
        for (const fs::path& place : places)
            QVERIFY(place.is_absolute() && place.filename() == "nvdisasm");
        ::setenv("WARPLOOM_NVDISASM", plain.c_str(), 1);
        QVERIFY((Disassembler::places() == std::vector<fs::path>{plain}));
        const auto named = Disassembler::find();
        QVERIFY(!named);
        QVERIFY(named.error().message.find("WARPLOOM_NVDISASM") != std::string::npos);
        ::setenv("WARPLOOM_NVDISASM", program.c_str(), 1);
        QVERIFY_RESULT(Disassembler::find());
    }

    void theCubinArrives()
    {
        const test::TemporaryFolder folder;
        const auto program = scripted(folder, "echo \"$1\"; cat \"$2\"\n");
        QVERIFY_RESULT(program);
        const auto text = program->disassemble("the cubin");
        QVERIFY_RESULT(text);
        QCOMPARE(*text, std::string("-c\nthe cubin"));
    }

    void failuresAndTheSecondTry()
    {
        const test::TemporaryFolder folder;
        const auto failing = scripted(folder, "echo 'fatal: no good' >&2; exit 3\n");
        QVERIFY_RESULT(failing);
        const auto text = failing->disassemble("x");
        QVERIFY(!text);
        QVERIFY(text.error().code == ErrorCode::ProcessFailed);
        QVERIFY2(text.error().message.find("fatal: no good") != std::string::npos, text.error().message.c_str());
        const auto picky = scripted(folder, "[ \"$2\" = -ndf ] && echo plain\n");
        const auto second = picky->disassemble("x");
        QVERIFY_RESULT(second);
        QCOMPARE(*second, std::string("plain\n"));
        // It is not to write files.
        const auto writing = scripted(folder, "echo text > '" + (folder.path() / "file").string() + "' && echo done\n");
        QVERIFY(!writing->disassemble("x"));
    }

    void limits()
    {
        const test::TemporaryFolder folder;
        auto hanging = scripted(folder, "echo begun; sleep 60 & sleep 60\n");
        QVERIFY_RESULT(hanging);
        hanging->setLimits(std::chrono::milliseconds(300), 1000);
        const auto late = hanging->disassemble("x");
        QVERIFY(!late);
        QVERIFY(late.error().code == ErrorCode::Timeout);
        auto flooding = scripted(folder, "yes\n");
        flooding->setLimits(std::chrono::seconds(20), 100'000);
        const auto flood = flooding->disassemble("x");
        QVERIFY(!flood);
        QVERIFY(flood.error().code == ErrorCode::ProcessFailed);
        // Closes its output and goes on.
        auto silent = scripted(folder, "exec >&-; sleep 60\n");
        silent->setLimits(std::chrono::milliseconds(300), 1000);
        QVERIFY(silent->disassemble("x").error().code == ErrorCode::Timeout);
    }

    /// Where this machine has nvdisasm.
    void theRealProgram()
    {
        if (!m_named.empty())
            ::setenv("WARPLOOM_NVDISASM", m_named.c_str(), 1);
        const auto program = Disassembler::find();
        if (!program)
            QSKIP("nvdisasm is not installed");
        const auto text = program->disassemble(test::assemblyFixture("kernels-sm_90.cubin"));
        QVERIFY_RESULT(text);
        QVERIFY(text->find(".text.scale_rows") != std::string::npos);
        QVERIFY(text->find("STG.E") != std::string::npos);
        const auto refused = program->disassemble("no cubin");
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ErrorCode::ProcessFailed);
    }

private:
    std::string m_named;  ///< what the person who runs the test has named
};

QTEST_APPLESS_MAIN(TestDisassembler)
#include "tst_Disassembler.moc"
