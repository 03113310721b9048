// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Log.h"

#include <cstdlib>

#include <spdlog/sinks/stdout_sinks.h>

namespace warploom {

void setUpLogging(const char* program)
{
    auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%H:%M:%S.%e %n[%P] %l: %v");
    const char* level = std::getenv("WARPLOOM_LOG");
    logger->set_level(level != nullptr ? spdlog::level::from_str(level) : spdlog::level::warn);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace warploom
