// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fstream>

#include "TestSupport.h"
#include "engine/VariantProfile.h"

namespace warploom::test {

/// What an H200 has said of a kernel: tests/fixtures/profile/h200.
inline VariantProfile recordedProfile(const std::string& name)
{
    std::ifstream file(sourceFolder() / "tests" / "fixtures" / "profile" / "h200" / (name + ".json"));
    const auto json = nlohmann::json::parse(file);
    VariantProfile profile;
    profile.size = json.at("size");
    profile.configuration = json.at("configuration").get<Configuration>();
    profile.observation = json.at("observation").get<Observation>();
    const double time = profile.observation.time.count();
    profile.time = Interval{time, time, time};
    profile.trust = 5;
    interpret(profile);
    return profile;
}

}  // namespace warploom::test
