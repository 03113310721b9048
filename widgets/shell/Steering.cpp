// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/Steering.h"

#include "session/EngineSession.h"

namespace warploom {

namespace {

class SteeringStep : public QUndoCommand {
public:
    SteeringStep(EngineSession& session, const QString& text, Command command, Command inverse)
        : QUndoCommand(text)
        , m_session(session)
        , m_command(std::move(command))
        , m_inverse(std::move(inverse))
    {
    }

    void redo() override { m_session.send(m_command); }
    void undo() override { m_session.send(m_inverse); }

private:
    EngineSession& m_session;
    Command m_command;
    Command m_inverse;
};

Command flag(Command::Kind kind, VariantId variant, bool on)
{
    Command command;
    command.kind = kind;
    command.variant = variant;
    command.on = on;
    return command;
}

}  // namespace

Steering::Steering(EngineSession& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
{
    // What is undone must belong to the workspace that is open.
    connect(&session, &EngineSession::closed, &m_undo, &QUndoStack::clear);
}

void Steering::push(const QString& text, const Command& command, const Command& inverse)
{
    m_undo.push(new SteeringStep(m_session, text, command, inverse));
}

void Steering::favour(VariantId variant, bool on)
{
    push(on ? tr("favour #%1").arg(variant) : tr("no longer favour #%1").arg(variant),
         flag(Command::Kind::Favour, variant, on), flag(Command::Kind::Favour, variant, !on));
}

void Steering::retire(VariantId variant, bool on)
{
    push(on ? tr("retire #%1").arg(variant) : tr("bring #%1 back").arg(variant),
         flag(Command::Kind::Retire, variant, on), flag(Command::Kind::Retire, variant, !on));
}

void Steering::guide(const QString& sentence, VariantId variant)
{
    Command command = flag(Command::Kind::Guide, variant, true);
    command.text = sentence.toStdString();
    Command inverse = command;
    inverse.on = false;
    push(tr("guidance"), command, inverse);
}

void Steering::preferMove(const QString& move)
{
    Command command = flag(Command::Kind::PreferMove, 0, true);
    command.text = move.toStdString();
    Command inverse = command;
    inverse.on = false;
    push(tr("prefer %1").arg(move), command, inverse);
}

void Steering::setPaused(bool paused)
{
    Command pause;
    pause.kind = Command::Kind::Pause;
    Command resume;
    resume.kind = Command::Kind::Resume;
    if (paused)
        push(tr("pause"), pause, resume);
    else
        push(tr("resume"), resume, pause);
}

void Steering::step()
{
    Command command;
    command.kind = Command::Kind::Step;
    m_session.send(command);
}

void Steering::stop()
{
    Command command;
    command.kind = Command::Kind::Stop;
    m_session.send(command);
}

void Steering::submit(VariantId parent, const QString& source)
{
    Command command = flag(Command::Kind::Submit, parent, true);
    command.text = source.toStdString();
    m_session.send(command);
}

}  // namespace warploom
