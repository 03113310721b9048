// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "Interrupt.h"

#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace warploom {

Interrupt::Interrupt()
    : m_wakeFd(::eventfd(0, EFD_CLOEXEC))
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const int signalFd = ::signalfd(-1, &signals, SFD_CLOEXEC);
    m_thread = std::thread([this, signalFd] {
        for (;;) {
            pollfd waits[] = {{signalFd, POLLIN, 0}, {m_wakeFd, POLLIN, 0}};
            ::poll(waits, 2, -1);
            if (waits[1].revents != 0)
                break;
            signalfd_siginfo info{};
            if (waits[0].revents == 0 || ::read(signalFd, &info, sizeof info) != sizeof info)
                continue;
            if (m_source.stop_requested())
                _exit(4);
            m_source.request_stop();
        }
        ::close(signalFd);
    });
}

Interrupt::~Interrupt()
{
    const std::uint64_t one = 1;
    if (::write(m_wakeFd, &one, sizeof one) == sizeof one)
        m_thread.join();
    else
        m_thread.detach();
    ::close(m_wakeFd);
}

}  // namespace warploom
