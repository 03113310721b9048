// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "VariantFiles.h"

#include <charconv>

#include <fmt/format.h>

#include "base/Files.h"

namespace warploom {

Result<VariantFile> variantFile(const std::string& path, const Task& task)
{
    if (path.empty())
        return VariantFile{task.baselineFile, task.baselineSource};
    WARPLOOM_TRY(std::string text, readTextFile(path));
    return VariantFile{path, std::move(text)};
}

Result<Configuration> configurationOf(const VariantFile& file, const std::vector<std::string>& settings)
{
    const auto directives = parseDirectives(file.text, file.name);
    Configuration configuration = directives ? directives->defaultConfiguration() : Configuration{};
    for (const std::string& setting : settings) {
        const std::size_t equals = setting.find('=');
        std::int64_t value = 0;
        const char* end = setting.data() + setting.size();
        const bool isNumber =
            equals != std::string::npos && std::from_chars(setting.data() + equals + 1, end, value).ptr == end;
        if (!isNumber || !configuration.contains(setting.substr(0, equals)))
            return fail(Error{ErrorCode::InvalidArgument,
                              "bad --set",
                              {},
                              "NAME=VALUE of a tunable of the variant",
                              fmt::format("'{}'", setting)});
        configuration[setting.substr(0, equals)] = value;
    }
    return configuration;
}

}  // namespace warploom
