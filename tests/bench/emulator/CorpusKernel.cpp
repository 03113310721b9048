// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CorpusKernel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "base/Files.h"
#include "base/Random.h"

namespace warploom::test {

namespace {

constexpr std::string_view kDirective = "// corpus:";

template <typename T>
bool readNumber(std::string_view text, T& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

bool readExtent(std::string_view text, Extent3& extent)
{
    const std::size_t cross = text.find('x');
    if (cross == std::string_view::npos)
        return readNumber(text, extent.x);
    return readNumber(text.substr(0, cross), extent.x) && readNumber(text.substr(cross + 1), extent.y);
}

template <typename T, std::size_t N>
bool readName(std::string_view text, const std::array<std::pair<std::string_view, T>, N>& names, T& value)
{
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& known) { return known.first == text; });
    if (found != names.end())
        value = found->second;
    return found != names.end();
}

constexpr std::array<std::pair<std::string_view, CorpusInput>, 4> kInputs{{{"bits", CorpusInput::Bits},
                                                                           {"special", CorpusInput::Special},
                                                                           {"finite", CorpusInput::Finite},
                                                                           {"unit", CorpusInput::Unit}}};
constexpr std::array<std::pair<std::string_view, CorpusOutput>, 5> kOutputs{{{"words", CorpusOutput::Words},
                                                                             {"f16", CorpusOutput::Half},
                                                                             {"bf16", CorpusOutput::Broad},
                                                                             {"f32", CorpusOutput::Single},
                                                                             {"f64", CorpusOutput::Double}}};

bool readSetting(std::string_view key, std::string_view value, CorpusKernel& kernel)
{
    if (key == "in")
        return readName(value, kInputs, kernel.input);
    if (key == "as")
        return readName(value, kOutputs, kernel.output);
    if (key == "out")
        return readNumber(value, kernel.words);
    if (key == "relative")
        return readNumber(value, kernel.relative);
    if (key == "absolute")
        return readNumber(value, kernel.absolute);
    if (key == "grid")
        return readExtent(value, kernel.grid);
    return key == "block" && readExtent(value, kernel.block);
}

std::string nameIn(const std::string& line)
{
    const std::size_t open = line.find("(const unsigned* in");
    const std::size_t space = line.rfind(' ', open);
    return open == std::string::npos || space == std::string::npos ? std::string()
                                                                   : line.substr(space + 1, open - space - 1);
}

Error atLine(const std::string& file, int line, std::string message)
{
    return {ErrorCode::InvalidInput, std::move(message), {file, line, 0}, {}, {}};
}

std::uint32_t specialWord(RandomStream& random)
{
    constexpr std::array<std::uint32_t, 12> kSpecial{0,          0x80000000, 0x7f800000, 0xff800000,
                                                     0x7fc00000, 1,          0x80000001, 0x007fffff,
                                                     0x00800000, 0x7f7fffff, 0x3f800000, 0xbf800001};
    return random.below(4) == 0 ? kSpecial[random.below(kSpecial.size())] : static_cast<std::uint32_t>(random.next());
}

/// Exponent of a float, or of the high word of a double, near that of 1.
std::uint32_t finiteWord(RandomStream& random)
{
    const auto bits = static_cast<std::uint32_t>(random.next());
    const auto exponent = static_cast<std::uint32_t>(112 + random.below(30));
    return (bits & 0x807fffff) | exponent << 23;
}

std::uint32_t inputWord(CorpusInput input, RandomStream& random)
{
    switch (input) {
    case CorpusInput::Bits:
        return static_cast<std::uint32_t>(random.next());
    case CorpusInput::Special:
        return specialWord(random);
    case CorpusInput::Finite:
        return finiteWord(random);
    case CorpusInput::Unit:
        return std::bit_cast<std::uint32_t>(static_cast<float>(random.below(1 << 24)) * 0x1p-23F - 1.0F);
    }
    return 0;
}

}  // namespace

Result<CorpusFile> parseCorpusFile(const std::string& name, const std::string& source)
{
    CorpusFile file{name, source, {}};
    std::istringstream lines(source);
    std::optional<CorpusKernel> open;
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (open) {
            open->name = nameIn(line);
            if (open->name.empty())
                return tl::unexpected(atLine(name, number, "expected a kernel of (const unsigned* in, …"));
            file.kernels.push_back(std::move(*open));
            open.reset();
        }
        if (!line.starts_with(kDirective))
            continue;
        open.emplace();
        open->file = name;
        std::istringstream settings(line.substr(kDirective.size()));
        for (std::string setting; settings >> setting;) {
            const std::size_t equals = std::min(setting.find('='), setting.size() - 1);
            if (!readSetting(setting.substr(0, equals), setting.substr(equals + 1), *open))
                return tl::unexpected(atLine(name, number, fmt::format("'{}' is not understood", setting)));
        }
    }
    return file;
}

Result<std::vector<CorpusFile>> readCorpus(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> paths;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
        if (entry.path().extension() == ".cu")
            paths.push_back(entry.path());
    if (failed)
        return fail(ErrorCode::NotFound, fmt::format("cannot read {}: {}", folder.string(), failed.message()));
    std::sort(paths.begin(), paths.end());
    std::vector<CorpusFile> files;
    for (const auto& path : paths) {
        WARPLOOM_TRY(const std::string source, readTextFile(path));
        WARPLOOM_TRY(CorpusFile file, parseCorpusFile(path.filename().string(), source));
        files.push_back(std::move(file));
    }
    return files;
}

std::vector<std::uint32_t> corpusInput(const CorpusKernel& kernel)
{
    RandomStream random(20261129);
    std::vector<std::uint32_t> words(std::size_t{4} * kernel.threads());
    std::generate(words.begin(), words.end(), [&] { return inputWord(kernel.input, random); });
    return words;
}

}  // namespace warploom::test
