// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "compile/RequestRules.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include <fmt/format.h>

#include "compile/LogText.h"

namespace warploom {

namespace {

constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kMostNames = 256;

tl::unexpected<Error> refuse(std::string message, std::string expected, std::string found)
{
    return fail(Error{ErrorCode::InvalidInput, std::move(message), {}, std::move(expected), std::move(found)});
}

bool isIdentifierPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool isIdentifier(std::string_view text)
{
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0
        && std::all_of(text.begin(), text.end(), isIdentifierPart);
}

/// A name as in C++, templates and their arguments included: "ns::k<float, BLOCK * 2>".
bool isNameExpression(std::string_view text)
{
    constexpr std::string_view kOthers = ":<>, &*()+-%|!=?'";
    return !text.empty() && text.size() <= kLongestName && (isIdentifierPart(text.front()) || text.front() == ':')
        && std::all_of(text.begin(), text.end(),
                       [&](char c) { return isIdentifierPart(c) || kOthers.find(c) != std::string_view::npos; });
}

bool isPlainFileName(std::string_view text)
{
    return !text.empty() && text.size() <= kLongestName && std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
    });
}

Result<> checkNames(const std::vector<std::string>& names, const char* what)
{
    if (names.size() > kMostNames)
        return refuse(fmt::format("too many {} names", what), fmt::format("at most {}", kMostNames),
                      std::to_string(names.size()));
    for (const std::string& name : names) {
        if (!isNameExpression(name))
            return refuse(fmt::format("bad {} name", what), "a C++ name, templates with their arguments", name);
    }
    return {};
}

}  // namespace

std::optional<ArchitectureName> parseArchitecture(std::string_view text)
{
    if (!text.starts_with("sm_"))
        return std::nullopt;
    text.remove_prefix(3);
    ArchitectureName architecture;
    if (text.ends_with('a') || text.ends_with('f')) {
        architecture.suffix = text.back();
        text.remove_suffix(1);
    }
    const auto number = text.size() > 3 ? std::nullopt : parseNumber<int>(text);
    if (!number || *number < 10)
        return std::nullopt;
    architecture.number = *number;
    return architecture;
}

Result<> checkRequest(const CompileRequest& request)
{
    if (request.source.size() > kLargestSource)
        return refuse("source is too large", "at most 4 MiB", fmt::format("{} bytes", request.source.size()));
    if (request.source.find('\0') != std::string::npos)
        return refuse("source holds a zero byte", "text", "a zero byte");
    if (!isPlainFileName(request.fileName))
        return refuse("bad file name", "a name without quotes, backslashes and control characters", request.fileName);
    if (!parseArchitecture(request.architecture))
        return refuse("bad architecture", "sm_ and a number, like sm_90", request.architecture);
    WARPLOOM_CHECK(checkNames(request.kernels, "kernel"));
    WARPLOOM_CHECK(checkNames(request.symbols, "symbol"));
    for (const auto& [name, value] : request.tunables) {
        if (!isIdentifier(name))
            return refuse("bad tunable name", "a C identifier", name);
    }
    return {};
}

std::string macroOption(const std::string& name, std::int64_t value)
{
    if (value == std::numeric_limits<std::int64_t>::min())
        return fmt::format("-D{}=({} - 1)", name, value + 1);
    return value < 0 ? fmt::format("-D{}=({})", name, value) : fmt::format("-D{}={}", name, value);
}

}  // namespace warploom
