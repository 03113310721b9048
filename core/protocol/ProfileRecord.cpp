// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/ProfileRecord.h"

namespace warploom {

nlohmann::json summaryOf(const ProfileRecord& profile)
{
    return {{"id", profile.id},           {"evaluation", profile.evaluation},
            {"variant", profile.variant}, {"parent", profile.parent},
            {"run", profile.run},         {"size", profile.size},
            {"tier", profile.tier},       {"bottleneck", profile.bottleneck},
            {"changes", profile.changes}, {"missing", profile.missing},
            {"created", profile.created}};
}

void to_json(nlohmann::json& json, const ProfileRecord& profile)
{
    json = summaryOf(profile);
    json["diagnosis"] = profile.diagnosis;
}

void from_json(const nlohmann::json& json, ProfileRecord& profile)
{
    profile.id = json.value("id", ProfileId{0});
    profile.evaluation = json.value("evaluation", EvaluationId{0});
    profile.variant = json.value("variant", VariantId{0});
    profile.parent = json.value("parent", VariantId{0});
    profile.run = json.value("run", RunId{0});
    profile.size = json.value("size", "");
    profile.tier = json.value("tier", "");
    profile.bottleneck = json.value("bottleneck", "");
    profile.diagnosis = json.value("diagnosis", nlohmann::json::object());
    profile.changes = json.value("changes", nlohmann::json::array());
    profile.missing = json.value("missing", std::vector<std::string>{});
    profile.created = json.value("created", UnixMilliseconds{0});
}

}  // namespace warploom
