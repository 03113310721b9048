// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "CorpusRecord.h"

#include "CorpusComparison.h"
#include "base/Hash.h"

namespace warploom::test {

std::string wordsHash(const CorpusKernel& kernel, const std::vector<std::uint32_t>& words)
{
    const std::vector<std::uint32_t> alike = withOneNan(kernel, words);
    return contentHash({reinterpret_cast<const char*>(alike.data()), alike.size() * sizeof(std::uint32_t)});
}

void to_json(nlohmann::json& json, const CorpusRecord& record)
{
    json = {{"device", record.device}, {"driver", record.driver}, {"compiler", record.compiler}};
    for (const auto& [name, kernel] : record.kernels)
        json["kernels"][name] = {{"words", kernel.words}, {"metrics", kernel.metrics}};
}

void from_json(const nlohmann::json& json, CorpusRecord& record)
{
    json.at("device").get_to(record.device);
    json.at("driver").get_to(record.driver);
    json.at("compiler").get_to(record.compiler);
    for (const auto& [name, kernel] : json.at("kernels").items())
        record.kernels[name] = {kernel.at("words").get<std::string>(),
                                kernel.at("metrics").get<std::map<std::string, double>>()};
}

}  // namespace warploom::test
