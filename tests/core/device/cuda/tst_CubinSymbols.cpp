// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <elf.h>

#include "base/Random.h"
#include "device/cuda/CubinSymbols.h"

using namespace warploom;

class TestCubinSymbols : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void variables();
    void noVariables();
    void notACubin();
    void truncated();
    void damagedHeaders();
    void variableOutsideItsSection();
    void unnamedVariables();
    void randomDamage();

private:
    static const CubinVariable* find(const CubinSymbols& symbols, const std::string& name);
    /// Offset of the header of the section called \p name in the fixture.
    std::size_t sectionHeader(const std::string& name) const;
    /// Offset of the n-th symbol that is a variable.
    std::size_t variableSymbol(const std::string& name) const;

    std::string m_cubin;
};

void TestCubinSymbols::initTestCase()
{
    m_cubin = test::readFile(test::sourceFolder() / "tests/core/device/cuda/fixtures/state.cubin");
}

const CubinVariable* TestCubinSymbols::find(const CubinSymbols& symbols, const std::string& name)
{
    for (const CubinVariable& variable : symbols.variables()) {
        if (variable.name == name)
            return &variable;
    }
    return nullptr;
}

std::size_t TestCubinSymbols::sectionHeader(const std::string& name) const
{
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(m_cubin.data());
    const auto* sections = reinterpret_cast<const Elf64_Shdr*>(m_cubin.data() + header->e_shoff);
    for (int i = 0; i < header->e_shnum; ++i) {
        if (name == m_cubin.data() + sections[header->e_shstrndx].sh_offset + sections[i].sh_name)
            return header->e_shoff + static_cast<std::size_t>(i) * sizeof(Elf64_Shdr);
    }
    qFatal("no section %s", name.c_str());
}

std::size_t TestCubinSymbols::variableSymbol(const std::string& name) const
{
    const auto* table = reinterpret_cast<const Elf64_Shdr*>(m_cubin.data() + sectionHeader(".symtab"));
    const auto* strings = reinterpret_cast<const Elf64_Shdr*>(m_cubin.data() + sectionHeader(".strtab"));
    for (std::size_t at = table->sh_offset; at < table->sh_offset + table->sh_size; at += sizeof(Elf64_Sym)) {
        const auto* symbol = reinterpret_cast<const Elf64_Sym*>(m_cubin.data() + at);
        if (name == m_cubin.data() + strings->sh_offset + symbol->st_name)
            return at;
    }
    qFatal("no symbol %s", name.c_str());
}

void TestCubinSymbols::variables()
{
    const auto symbols = CubinSymbols::read(m_cubin);
    QVERIFY_RESULT(symbols);
    QCOMPARE(symbols->variables().size(), std::size_t{4});
    QCOMPARE(symbols->uncovered().value, std::uint64_t{0});
    const CubinVariable* visible = find(*symbols, "visible");
    QVERIFY(visible);
    QCOMPARE(visible->section, std::string(".nv.global.init"));
    QCOMPARE(visible->size.value, std::uint64_t{4});
    QVERIFY(!visible->zeroFilled);
    const CubinVariable* zeroed = find(*symbols, "zeroed");
    QVERIFY(zeroed);
    QCOMPARE(zeroed->section, std::string(".nv.global"));
    QCOMPARE(zeroed->size.value, std::uint64_t{20});
    QVERIFY(zeroed->zeroFilled);
    const CubinVariable* table = find(*symbols, "table");
    QVERIFY(table);
    QCOMPARE(table->section, std::string(".nv.constant3"));
    QCOMPARE(table->size.value, std::uint64_t{16});
    QVERIFY(find(*symbols, "_ZZ8rememberE5inner"));
}

void TestCubinSymbols::noVariables()
{
    const auto symbols =
        CubinSymbols::read(test::readFile(test::sourceFolder() / "tests/core/device/cuda/fixtures/kernels.cubin"));
    QVERIFY_RESULT(symbols);
    QVERIFY(symbols->variables().empty());
}

void TestCubinSymbols::notACubin()
{
    std::string host = m_cubin;
    host[offsetof(Elf64_Ehdr, e_machine)] = EM_X86_64;
    host[offsetof(Elf64_Ehdr, e_machine) + 1] = 0;
    for (const std::string& text : {std::string(),
                                    std::string("\x7f"
                                                "ELF"),
                                    std::string(".version 8.0\n.target sm_90"), host, std::string(4096, '\0')}) {
        const auto symbols = CubinSymbols::read(text);
        QVERIFY(!symbols);
        QCOMPARE(symbols.error().code, ErrorCode::InvalidInput);
        QVERIFY(!symbols.error().expected.empty());
    }
}

void TestCubinSymbols::truncated()
{
    std::size_t refused = 0;
    for (std::size_t size = 0; size < m_cubin.size(); ++size) {
        // A copy of exactly this size, so that a sanitizer sees any read beyond it.
        const std::vector<char> piece(m_cubin.begin(), m_cubin.begin() + static_cast<std::ptrdiff_t>(size));
        refused += CubinSymbols::read({piece.data(), piece.size()}) ? 0 : 1;
    }
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(m_cubin.data());
    QVERIFY(refused >= header->e_shoff + header->e_shnum * sizeof(Elf64_Shdr));
}

void TestCubinSymbols::damagedHeaders()
{
    const auto damaged = [this](std::size_t offset, std::uint64_t value, std::size_t size) {
        std::string copy = m_cubin;
        std::memcpy(copy.data() + offset, &value, size);
        const auto symbols = CubinSymbols::read(copy);
        return !symbols && symbols.error().code == ErrorCode::InvalidInput
            && symbols.error().message.starts_with("the cubin is damaged");
    };
    const std::uint64_t huge = ~std::uint64_t{0};
    QVERIFY(damaged(offsetof(Elf64_Ehdr, e_shoff), huge, 8));
    QVERIFY(damaged(offsetof(Elf64_Ehdr, e_shoff), huge - 63, 8));
    QVERIFY(damaged(offsetof(Elf64_Ehdr, e_shnum), 0xFFFF, 2));
    QVERIFY(damaged(offsetof(Elf64_Ehdr, e_shstrndx), 0xFFFF, 2));
    QVERIFY(damaged(offsetof(Elf64_Ehdr, e_shentsize), 1, 2));
    QVERIFY(damaged(sectionHeader(".symtab") + offsetof(Elf64_Shdr, sh_offset), huge - 7, 8));
    QVERIFY(damaged(sectionHeader(".symtab") + offsetof(Elf64_Shdr, sh_size), huge, 8));
    QVERIFY(damaged(sectionHeader(".symtab") + offsetof(Elf64_Shdr, sh_link), 4000, 4));
    QVERIFY(damaged(sectionHeader(".symtab") + offsetof(Elf64_Shdr, sh_name), 0xFFFFFFFF, 4));
}

void TestCubinSymbols::variableOutsideItsSection()
{
    for (const std::uint64_t value : {std::uint64_t{17}, ~std::uint64_t{0}}) {
        std::string copy = m_cubin;
        std::memcpy(copy.data() + variableSymbol("table") + offsetof(Elf64_Sym, st_size), &value, sizeof value);
        const auto symbols = CubinSymbols::read(copy);
        QVERIFY(!symbols);
        QVERIFY(symbols.error().message.find("a variable outside of its section") != std::string::npos);
    }
}

void TestCubinSymbols::unnamedVariables()
{
    // A bigger .nv.global than its symbols account for: state that nobody could reset.
    std::string copy = m_cubin;
    const std::uint64_t size = 4096;
    std::memcpy(copy.data() + sectionHeader(".nv.global") + offsetof(Elf64_Shdr, sh_size), &size, sizeof size);
    const auto symbols = CubinSymbols::read(copy);
    QVERIFY_RESULT(symbols);
    QCOMPARE(symbols->uncovered().value, std::uint64_t{4096 - 20});
    // Nobody can ask the driver for a variable whose name is empty.
    copy = m_cubin;
    const Elf64_Word none = 0;
    std::memcpy(copy.data() + variableSymbol("visible") + offsetof(Elf64_Sym, st_name), &none, sizeof none);
    const auto refused = CubinSymbols::read(copy);
    QVERIFY(!refused);
    QVERIFY(refused.error().message.find("without a name") != std::string::npos);
}

void TestCubinSymbols::randomDamage()
{
    RandomStream random(11);
    int read = 0;
    for (int i = 0; i < 5000; ++i) {
        std::string copy = m_cubin;
        for (int j = 0; j < 8; ++j)
            copy[random.below(copy.size())] = static_cast<char>(random.below(256));
        const auto symbols = CubinSymbols::read(copy);
        if (!symbols)
            QVERIFY(!symbols.error().message.empty());
        read += symbols ? 1 : 0;
    }
    QVERIFY(read > 0 && read < 5000);
}

QTEST_APPLESS_MAIN(TestCubinSymbols)
#include "tst_CubinSymbols.moc"
