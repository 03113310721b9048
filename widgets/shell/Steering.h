// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QUndoStack>

#include "engine/RunValues.h"

namespace warploom {

class EngineSession;

/// What a person tells the run, with an undo of its own: undoing sends the command that takes it back. Submitting a
/// text and single steps cannot be taken back and are not on the stack.
class Steering : public QObject {
    Q_OBJECT

public:
    explicit Steering(EngineSession& session, QObject* parent = nullptr);

    void favour(VariantId variant, bool on);
    void retire(VariantId variant, bool on);
    /// \p variant 0: for the whole run.
    void guide(const QString& sentence, VariantId variant);
    /// The run's agents try this move before others.
    void preferMove(const QString& move);
    void setPaused(bool paused);
    void step();
    void stop();
    /// \p source becomes a child of \p parent and is evaluated.
    void submit(VariantId parent, const QString& source);

    [[nodiscard]] QUndoStack& undoStack() { return m_undo; }

private:
    void push(const QString& text, const Command& command, const Command& inverse);

    EngineSession& m_session;
    QUndoStack m_undo;
};

}  // namespace warploom
