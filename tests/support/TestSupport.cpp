// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace warploom::test {

namespace {

std::filesystem::path folderFromEnvironment(const char* name)
{
    const char* value = std::getenv(name);
    if (value == nullptr)
        qFatal("%s is not set: run the tests through ctest", name);
    return value;
}

}  // namespace

TemporaryFolder::TemporaryFolder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "warploom-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        qFatal("cannot make a temporary folder");
    m_path = pattern;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name, const std::string& text) const
{
    const auto path = m_path / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

std::filesystem::path sourceFolder() { return folderFromEnvironment("WARPLOOM_SOURCE"); }

std::filesystem::path copySmallKernels(const std::filesystem::path& folder)
{
    std::filesystem::copy(sourceFolder() / "kernels", folder, std::filesystem::copy_options::recursive);
    const auto file = folder / "vector_add" / "task.toml";
    std::string text = readFile(file);
    for (const auto& [large, small] : {std::pair{"n = 65536\n", "n = 4096\n"}, {"n = 10007\n", "n = 1009\n"}}) {
        const auto at = text.find(large);
        if (at == std::string::npos)
            qFatal("vector_add has other sizes than it had");
        text.replace(at, std::strlen(large), small);
    }
    std::ofstream(file, std::ios::binary) << text;
    return folder;
}

std::filesystem::path binaryFolder() { return folderFromEnvironment("WARPLOOM_BIN"); }

std::string readFile(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream)
        qFatal("cannot read %s", path.c_str());
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace warploom::test
