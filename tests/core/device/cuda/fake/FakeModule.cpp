// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "FakeModule.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <elf.h>

namespace warploom::test {

namespace {

/// Not found by its name, like symbols that a real driver hides: what needs it must go through its section.
constexpr const char* kHiddenVariable = "_ZZ8rememberE5inner";

const std::map<std::string, std::vector<std::size_t>>& kernels()
{
    static const std::map<std::string, std::vector<std::size_t>> known{
        {"copy16", {8, 8, 8}},
        {"poke", {8, 8, 4}},
        {"spin", {8}},
        {"crash", {}},
        {"remember", {8}},
        {"addOne", {8, 4}},
        {"warploom_evict", {8, 8, 8}},
        {"warploom_gate", {8, 4, 8}},
        {"warploom_scrub", {4, 4}},
    };
    return known;
}

template <typename T>
T parameter(void** parameters, std::size_t index)
{
    T value;
    std::memcpy(&value, parameters[index], sizeof value);
    return value;
}

int* integerAt(std::uint64_t address) { return reinterpret_cast<int*>(address); }

FakeEnd remember(const FakeFunction& function, int* out)
{
    const char* names[] = {"visible", "zeroed", kHiddenVariable, "table"};
    int* places[4] = {};
    for (int i = 0; i < 4; ++i)
        places[i] = integerAt(function.module->variable(names[i])->address);
    out[0] = (*places[0])++;
    out[1] = places[1][1]++;
    out[2] = (*places[2])++;
    out[3] = places[3][out[4]];
    return FakeEnd::Done;
}

bool gatesGiveUp()
{
    const char* value = std::getenv("WARPLOOM_FAKE_CUDA");
    return value != nullptr && std::strcmp(value, "ungated") == 0;
}

bool holdsVariables(const std::string& section)
{
    return section == ".nv.global" || section == ".nv.global.init" || section == ".nv.constant3";
}

}  // namespace

FakeModule::FakeModule(const void* image, FakeMemory& memory)
    : m_memory(memory)
{
    const auto* bytes = static_cast<const char*>(image);
    const auto* header = static_cast<const Elf64_Ehdr*>(image);
    if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return;  // the timer's PTX
    const auto* sections = reinterpret_cast<const Elf64_Shdr*>(bytes + header->e_shoff);
    const char* names = bytes + sections[header->e_shstrndx].sh_offset;
    std::map<int, std::uint64_t> bases;
    for (int i = 0; i < header->e_shnum; ++i) {
        if (!holdsVariables(names + sections[i].sh_name) || sections[i].sh_size == 0)
            continue;
        bases[i] = m_sections.emplace_back(memory.allocate(sections[i].sh_size));
        auto* base = reinterpret_cast<char*>(bases[i]);
        std::memset(base, 0, sections[i].sh_size);
        if (sections[i].sh_type != SHT_NOBITS)
            std::memcpy(base, bytes + sections[i].sh_offset, sections[i].sh_size);
    }
    for (int i = 0; i < header->e_shnum; ++i) {
        if (sections[i].sh_type != SHT_SYMTAB)
            continue;
        const char* strings = bytes + sections[sections[i].sh_link].sh_offset;
        const auto* symbols = reinterpret_cast<const Elf64_Sym*>(bytes + sections[i].sh_offset);
        for (std::size_t j = 0; j < sections[i].sh_size / sizeof(Elf64_Sym); ++j) {
            if (ELF64_ST_TYPE(symbols[j].st_info) == STT_OBJECT && bases.contains(symbols[j].st_shndx))
                m_variables[strings + symbols[j].st_name] = {bases[symbols[j].st_shndx] + symbols[j].st_value,
                                                             symbols[j].st_size};
        }
    }
}

FakeModule::~FakeModule()
{
    for (const std::uint64_t section : m_sections)
        m_memory.free(section);
}

const FakeModule::Variable* FakeModule::variable(const std::string& name) const
{
    const auto found = m_variables.find(name);
    return found == m_variables.end() ? nullptr : &found->second;
}

FakeFunction* FakeModule::function(const std::string& name)
{
    if (fakeParameterSizes(name) == nullptr)
        return nullptr;
    auto& function = m_functions[name];
    if (!function)
        function = std::make_unique<FakeFunction>(FakeFunction{this, name});
    return function.get();
}

const std::vector<std::size_t>* fakeParameterSizes(const std::string& kernel)
{
    const auto found = kernels().find(kernel);
    return found == kernels().end() ? nullptr : &found->second;
}

FakeEnd runFakeKernel(const FakeFunction& function, std::uint64_t threads, void** parameters, FakeMemory& memory)
{
    if (function.name == "crash")
        return FakeEnd::Trapped;
    const bool isOwn = function.name == "warploom_evict" || function.name == "warploom_scrub";
    const auto first = isOwn ? 0 : parameter<std::uint64_t>(parameters, 0);
    if (function.name == "warploom_gate" && gatesGiveUp())
        integerAt(first)[1] = parameter<int>(parameters, 1);
    if (function.name.starts_with("warploom_"))
        return FakeEnd::Done;  // a gate must not hold the host that opens it
    if (function.name == "copy16") {
        const auto to = parameter<std::uint64_t>(parameters, 1);
        const auto bytes = parameter<std::uint64_t>(parameters, 2) * 16;
        if (!memory.accessible(first, bytes) || !memory.accessible(to, bytes))
            return FakeEnd::IllegalAddress;
        std::memcpy(integerAt(to), integerAt(first), bytes);
        return FakeEnd::Done;
    }
    const std::uint64_t address = function.name == "poke" ? first + parameter<std::uint64_t>(parameters, 1) : first;
    if (!memory.accessible(address, sizeof(int)))
        return FakeEnd::IllegalAddress;
    if (function.name == "poke")
        *integerAt(address) = parameter<int>(parameters, 2);
    if (function.name == "spin" && *integerAt(address) == 0)
        return FakeEnd::Endless;
    if (function.name == "remember")
        return remember(function, integerAt(address));
    if (function.name == "addOne") {
        const auto count = std::min<std::uint64_t>(threads, parameter<std::uint32_t>(parameters, 1));
        for (std::uint64_t i = 0; i < count; ++i)
            ++integerAt(address)[i];
    }
    return FakeEnd::Done;
}

}  // namespace warploom::test
