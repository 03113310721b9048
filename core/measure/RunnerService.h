// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>

#include "device/cuda/CudaDevice.h"
#include "protocol/RpcServer.h"

namespace warploom {

/// The runner's half: maps what the judge shares, loads candidates and runs them. It knows nothing of what is right.
class RunnerService {
public:
    /// Memory arrives on \p socket, one descriptor for each runner/attach.
    RunnerService(CudaDevice& device, int socket)
        : m_device(device)
        , m_socket(socket)
    {
    }

    void addMethods(RpcServer& server);

private:
    Result<nlohmann::json> attach(const nlohmann::json& params);
    Result<nlohmann::json> run(const nlohmann::json& params, const RequestContext& context);
    Result<nlohmann::json> time(const nlohmann::json& params);

    CudaDevice& m_device;
    int m_socket;
    std::map<std::uint64_t, DeviceBuffer> m_attached;  ///< by the judge's id
};

}  // namespace warploom
