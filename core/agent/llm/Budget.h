// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/Money.h"
#include "base/Result.h"

namespace warploom {

/// Tokens and money, of a limit, an estimate or what was spent.
struct ModelSpending {
    std::int64_t tokens = 0;
    std::optional<MicroDollars> money;  ///< nothing: unknown
};

struct BudgetLimits {
    std::optional<std::int64_t> tokens;  ///< nothing: as many as it takes
    std::optional<MicroDollars> money;  ///< nothing: as much as it takes
};

/// What the model agents of a run may spend together. Each request reserves its estimate before it is sent and settles
/// what it took afterwards: however many are under way at once, they overrun the limits by no more than their own
/// estimates were too low. May be used from any thread; reservations may outlive it.
class Budget {
public:
    /// An estimate set aside; given back when it goes without having been settled.
    class Reservation {
    public:
        Reservation(Reservation&&) noexcept = default;
        Reservation& operator=(Reservation&& other) noexcept;
        ~Reservation() { release(); }

        /// What was really used, once; also for a request that failed after it was sent.
        void settle(const ModelSpending& used);

    private:
        friend class Budget;
        struct State;
        Reservation(std::shared_ptr<State> state, ModelSpending estimate);
        void release();

        std::shared_ptr<State> m_state;
        ModelSpending m_estimate;
    };

    explicit Budget(BudgetLimits limits);

    /// BudgetSpent where the estimate does not fit into what is left, and where money is limited and the estimate does
    /// not know its own.
    Result<Reservation> reserve(const ModelSpending& estimate);
    /// Whether reserve() would succeed now.
    [[nodiscard]] bool mayAsk(const ModelSpending& estimate) const;
    /// Counts what was used without having been reserved: what an earlier part of a resumed run spent.
    void spend(const ModelSpending& used);

    [[nodiscard]] BudgetLimits limits() const;
    /// New limits for what is asked from now on.
    void setLimits(BudgetLimits limits);
    /// What was used, without what is only reserved. Its money is the sum of what is known.
    [[nodiscard]] ModelSpending spent() const;
    /// Tokens used by requests whose cost is unknown.
    [[nodiscard]] std::int64_t tokensOfUnknownCost() const;

private:
    std::shared_ptr<Reservation::State> m_state;
};

}  // namespace warploom
