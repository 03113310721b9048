// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QSortFilterProxyModel>

#include "protocol/Records.h"

namespace warploom {

class CandidatesModel;

/// Which verdicts are shown.
enum class VerdictFilter {
    All,
    Right,
    Failed,  ///< everything that is neither ok nor suspect
    One,
};

/// Candidates sorted by their values, those without one last either way, and filtered by text and verdict.
class CandidatesFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit CandidatesFilter(CandidatesModel& model, QObject* parent = nullptr);

    /// \p verdict counts with VerdictFilter::One alone; an empty text matches everything.
    void setFilter(VerdictFilter filter, Verdict verdict, const QString& text);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    [[nodiscard]] bool acceptsVerdict(Verdict verdict) const;

    CandidatesModel& m_model;
    QString m_text;
    VerdictFilter m_filter = VerdictFilter::All;
    Verdict m_verdict = Verdict::Ok;
};

/// Neither ok nor merely suspect.
bool isFailure(Verdict verdict);

}  // namespace warploom
