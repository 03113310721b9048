// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ProfileCapabilities.h"

#include "base/SetupScripts.h"
#include "workers/WorkerLocations.h"

namespace warploom {

std::vector<CapabilityState> capabilitiesOf(const VariantProfile& profile)
{
    CapabilityEvidence evidence{profile.observation,
                                profile.missing,
                                profile.stalls.has_value() && !profile.stalls->instructions.empty(),
                                profile.linesOrigin == FigureOrigin::Measured,
                                {}};
    if (const auto worker = locateProgram("warploom-worker"))
        evidence.paths.worker = worker->string();
    if (const auto script = setupScript("fetch-cuda.sh"))
        evidence.paths.fetchCuda = script->string();
    return capabilitiesOf(evidence);
}

}  // namespace warploom
