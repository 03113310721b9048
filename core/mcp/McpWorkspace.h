// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/EngineClient.h"
#include "engine/Lineage.h"
#include "protocol/DeviceFacts.h"
#include "task/Task.h"

namespace warploom {

/// Where a server of tools works.
struct McpPlace {
    std::filesystem::path workspace;  ///< absolute; made by its host where there is none yet
    std::string task;  ///< absolute path of a task's folder or task.toml; empty: the task of the workspace's latest run
    std::string device;  ///< "emulator", "cuda:N" or "auto"; empty: that of the latest run, else auto
};

/// What \p argument names: a workspace, or a task whose workspace is \p workspace or, where that is empty,
/// NAME.warploom in the current folder. An empty argument is the one workspace of the current folder. Fails where it is
/// not clear which, and for a workspace that is not there.
Result<McpPlace> mcpPlaceFor(const std::string& argument, const std::string& workspace, const std::string& device);

/// One workspace as tools see it: read here, changed by its host. From any thread.
class McpWorkspace {
public:
    explicit McpWorkspace(McpPlace place);

    /// The task that is worked on; NotFound in a workspace without a run.
    Result<Task> task();
    /// "emulator" or "cuda:N".
    Result<std::string> device();
    Result<DeviceFacts> facts();
    /// A connection to the host, which is started where none serves. While this lives the host does not end for want
    /// of clients.
    Result<std::unique_ptr<EngineClient>> connect(EngineClient::Listener listener, std::stop_token stop);
    /// Variants, evaluations and profiles of the task; empty before the first run.
    Result<WorkspaceContent> content();
    /// With evidence.
    Result<EvaluationRecord> evaluation(EvaluationId id);
    Result<std::vector<ProfileRecord>> profilesOf(VariantId id);
    Result<VariantRecord> variant(VariantId id);
    /// An order for this task and device.
    Result<SourceOrder> order(std::string source);
    [[nodiscard]] const McpPlace& place() const { return m_place; }

private:
    [[nodiscard]] bool exists() const;
    Result<Workspace> open() const;

    McpPlace m_place;
    std::mutex m_mutex;  ///< never held while something is waited for: calls can be cancelled at any time
    std::optional<std::string> m_device;
    std::optional<DeviceFacts> m_facts;
    std::shared_ptr<std::atomic<bool>> m_isKept = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<EngineClient> m_keeper;  ///< of the host's life
};

}  // namespace warploom
