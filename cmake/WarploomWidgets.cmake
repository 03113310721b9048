# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets PrintSupport)
# Debian's QCustomPlot names Qt6::PrintSupport without looking for it.
find_package(QCustomPlotQt6 REQUIRED)
find_package(Qt6Keychain REQUIRED)

# Debian ships QScintilla without a CMake package.
find_library(QSCINTILLA_LIBRARY NAMES qscintilla2_qt6 REQUIRED)
find_path(QSCINTILLA_INCLUDE Qsci/qsciscintilla.h PATH_SUFFIXES qt6 x86_64-linux-gnu/qt6 REQUIRED)
add_library(warploom_qscintilla INTERFACE)
target_include_directories(warploom_qscintilla SYSTEM INTERFACE "${QSCINTILLA_INCLUDE}")
target_link_libraries(warploom_qscintilla INTERFACE "${QSCINTILLA_LIBRARY}" Qt6::Widgets Qt6::PrintSupport)

# warploom_widget_library(<name> [DEPENDS <targets>...] [RESOURCES <qrc files>...])
# One library a folder of widgets/: every .cpp directly in the folder, alias warploom::widgets_<name>.
function(warploom_widget_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;RESOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
  set(target "warploom_widgets_${name}")
  warploom_add_library(${target} ${sources} ${ARG_RESOURCES})
  add_library(warploom::widgets_${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES AUTOMOC ON AUTORCC ON POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/widgets")
  target_link_libraries(${target} PUBLIC warploom::thirdparty Qt6::Widgets ${ARG_DEPENDS})
  target_compile_definitions(${target} PRIVATE QT_NO_CAST_TO_ASCII QT_NO_URL_CAST_FROM_STRING)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM warploom_widgets_pch)
endfunction()
