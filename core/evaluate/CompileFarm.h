// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <variant>

#include "base/Result.h"
#include "protocol/CompileProduct.h"
#include "workers/WorkerPool.h"

namespace warploom {

/// Compile workers, one a core by default, behind one queue.
class CompileFarm {
public:
    using Completion = std::function<void(Result<CompileOutcome>)>;

    /// \p workers 0 means one a core.
    static Result<std::unique_ptr<CompileFarm>> start(int workers = 0);
    ~CompileFarm();

    Result<CompileOutcome> compile(const CompileRequest& request, std::stop_token stop);
    /// \p completion runs on a thread of the farm and must not block. A compiler that crashes or exceeds the deadline
    /// is a CompileFailure of that source.
    void compileAsync(const CompileRequest& request, Completion completion);
    /// Cancels what runs and waits; completions are still called. Within a second.
    void stop();
    [[nodiscard]] int workers() const;
    [[nodiscard]] int busy() const;
    [[nodiscard]] std::size_t queued() const;

private:
    CompileFarm(std::unique_ptr<WorkerPool> pool, int workers)
        : m_pool(std::move(pool))
        , m_workers(workers)
    {
    }

    std::unique_ptr<WorkerPool> m_pool;
    int m_workers;
};

}  // namespace warploom
