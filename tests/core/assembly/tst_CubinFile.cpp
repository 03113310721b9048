// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "AssemblyFixtures.h"

#include "assembly/CubinInfo.h"
#include "assembly/CubinResources.h"
#include "assembly/LineTable.h"

using namespace warploom;

namespace {

/// Everything that reads a cubin; what it finds does not matter.
void readAllOf(std::string_view bytes)
{
    const auto cubin = CubinFile::read(bytes);
    if (!cubin)
        return;
    static_cast<void>(cubinResources(*cubin));
    static_cast<void>(embeddedPtx(*cubin));
    if (const auto lines = LineTable::read(*cubin)) {
        for (const std::string_view kernel : cubin->kernels())
            static_cast<void>(lines->framesAt(kernel, 16));
    }
}

}  // namespace

/// Cubins made by NVRTC, and damaged ones.
class TestCubinFile : public QObject {
    Q_OBJECT

private slots:
    void sectionsAndSymbols()
    {
        const std::string bytes = test::assemblyFixture("kernels-sm_90.cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        const std::vector<std::string_view> kernels{"_Z8sum_rowsIfLi128EEvPT_PKS0_i", "called", "spread", "scale_rows"};
        QVERIFY(cubin->kernels() == kernels);
        const CubinFile::Section* code = cubin->findSection(".text.called");
        QVERIFY(code != nullptr && code->size == code->data.size() && code->size % 16 == 0);
        const CubinFile::Section* shared = cubin->findSection(".nv.shared._Z8sum_rowsIfLi128EEvPT_PKS0_i");
        QVERIFY(shared != nullptr && shared->size == 1536 && shared->data.empty());
        QVERIFY(cubin->findSection(".text.absent") == nullptr);
        std::map<std::string_view, CubinFile::Symbol> symbols;
        for (const CubinFile::Symbol& symbol : cubin->symbols())
            symbols[symbol.name] = symbol;
        QCOMPARE(symbols.at("table").size, std::uint64_t{48});
        QVERIFY(cubin->kernelOfSection(symbols.at("$called$_Z5heavyfi").section) == "called");
        QVERIFY(cubin->symbolAt(1'000'000) == nullptr);
        QVERIFY(cubin->kernelOfSection(1'000'000).empty());
    }

    void otherFilesAreRefused()
    {
        for (const std::string& bytes : {std::string(), std::string("not a cubin"),
                                         std::string("\x7f"
                                                     "ELF")}) {
            const auto cubin = CubinFile::read(bytes);
            QVERIFY(!cubin);
            QVERIFY(cubin.error().code == ErrorCode::InvalidInput);
        }
        std::string foreign = test::assemblyFixture("spilled-sm_90.cubin");
        foreign[18] = 62;  // x86-64
        QVERIFY(!CubinFile::read(foreign));
    }

    /// Each beginning of a file is either refused or read without a look beyond its end (which ASan would see).
    void everyPrefix()
    {
        const std::string bytes = test::assemblyFixture("spilled-sm_90.cubin");
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            // A copy of its own: a view into the whole would hide a read too far.
            const std::vector<char> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            readAllOf(std::string_view(prefix.data(), prefix.size()));
        }
    }

    /// One byte after the other is set to values that are too large, negative or zero.
    void everyByteDamaged()
    {
        std::string bytes = test::assemblyFixture("kernels-sm_90.cubin");
        const auto cubin = CubinFile::read(bytes);
        QVERIFY_RESULT(cubin);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            const char before = bytes[at];
            for (const char damage : {'\xff', '\x80', '\0'}) {
                if (damage == before || (at > 1024 && at % 31 != 0))
                    continue;
                bytes[at] = damage;
                readAllOf(bytes);
            }
            bytes[at] = before;
        }
    }

    void sectionsThatAreCutOff()
    {
        for (const std::string& name : test::assemblyFixtureNames()) {
            const std::string bytes = test::assemblyFixture(name + ".cubin");
            const auto cubin = CubinFile::read(bytes);
            QVERIFY_RESULT(cubin);
            for (const CubinFile::Section& section : cubin->sections()) {
                for (std::size_t size = 0; size <= section.data.size() && section.data.size() < 4096; ++size) {
                    const std::vector<char> part(section.data.begin(),
                                                 section.data.begin() + static_cast<std::ptrdiff_t>(size));
                    const std::string_view view(part.data(), part.size());
                    if (section.name.starts_with(".nv.info"))
                        static_cast<void>(infoEntries(view));
                    else if (section.name.find("line") != std::string_view::npos)
                        static_cast<void>(readLineProgram(view));
                }
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestCubinFile)
#include "tst_CubinFile.moc"
