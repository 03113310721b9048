// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/DeviceScan.h"

namespace warploom {

void DeviceScan::start()
{
    m_thread.post([this](std::stop_token) {
        auto probe = probeDevices();
        QMetaObject::invokeMethod(this, [this, probe = std::move(probe)] { finish(probe); }, Qt::QueuedConnection);
    });
}

void DeviceScan::finish(const Result<DeviceProbe>& probe)
{
    if (!probe) {
        emit found({QStringLiteral("emulator")}, QString::fromStdString(probe.error().toString()));
        return;
    }
    QStringList devices;
    for (const DeviceFacts& facts : probe->devices)
        devices << QString::fromStdString(facts.id);
    emit found(devices, probe->cudaFailure ? QString::fromStdString(probe->cudaFailure->toString()) : QString());
}

}  // namespace warploom
