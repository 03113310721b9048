// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "evaluate/DeviceProbe.h"
#include "session/JobThread.h"

namespace warploom {

/// Asks a worker what this machine can run on, without the window waiting for it.
class DeviceScan : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Answered by found(), with the emulator alone where nothing else can be used.
    void start();

signals:
    /// Ids in the order to offer them, GPUs first; \p problem says why there is no GPU, empty where there is one.
    void found(const QStringList& devices, const QString& problem);

private:
    void finish(const Result<DeviceProbe>& probe);

    JobThread m_thread;
};

}  // namespace warploom
