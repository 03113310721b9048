// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "CorpusRun.h"

namespace warploom::test {

/// What a card wrote and counted.
struct RecordedKernel {
    std::string words;  ///< wordsHash() of them
    std::map<std::string, double> metrics;
};

struct CorpusRecord {
    std::string device;
    std::string driver;
    std::string compiler;
    std::map<std::string, RecordedKernel> kernels;
};

/// NaNs are all alike.
std::string wordsHash(const CorpusKernel& kernel, const std::vector<std::uint32_t>& words);
void to_json(nlohmann::json& json, const CorpusRecord& record);
void from_json(const nlohmann::json& json, CorpusRecord& record);

}  // namespace warploom::test
