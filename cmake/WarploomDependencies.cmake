# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Distribution packages only (Debian 12, Ubuntu 24.04); packaging/setup.sh installs them.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CURL REQUIRED)

# json, fmt, spdlog, tl::expected and xxHash are allowed in every folder (see docs/architecture.md).
add_library(warploom_thirdparty INTERFACE)
add_library(warploom::thirdparty ALIAS warploom_thirdparty)
target_link_libraries(warploom_thirdparty INTERFACE Threads::Threads fmt::fmt spdlog::spdlog
                      nlohmann_json::nlohmann_json tl::expected ${CMAKE_DL_LIBS})
