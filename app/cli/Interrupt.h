// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <thread>

namespace warploom {

/// Turns SIGINT and SIGTERM into a stop request; a second one ends the process at once. Make it before any thread
/// starts: the signals are blocked everywhere else.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();

    [[nodiscard]] std::stop_token token() const { return m_source.get_token(); }
    [[nodiscard]] bool isRaised() const { return m_source.stop_requested(); }

private:
    std::stop_source m_source;
    int m_wakeFd = -1;
    std::thread m_thread;
};

}  // namespace warploom
