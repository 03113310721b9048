# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later

# warploom_core_library(<name> [SOURCES_IN <dir>] [DEPENDS <targets>...])
# One static library a folder: every .cpp directly in the folder, alias warploom::<name> with / as _.
function(warploom_core_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
  string(REPLACE "/" "_" target_alias "${name}")
  set(target "warploom_${target_alias}")
  if(NOT sources MATCHES "\\.cpp")
    # A folder of contracts only.
    add_library(${target} INTERFACE)
    add_library(warploom::${target_alias} ALIAS ${target})
    target_include_directories(${target} INTERFACE "${CMAKE_SOURCE_DIR}/core")
    target_link_libraries(${target} INTERFACE warploom::thirdparty ${ARG_DEPENDS})
    return()
  endif()
  add_library(${target} STATIC ${sources})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  add_library(warploom::${target_alias} ALIAS ${target})
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/core")
  target_link_libraries(${target} PUBLIC warploom::thirdparty ${ARG_DEPENDS})
endfunction()

# Tests may meet objects of core/moves, which has no RTTI for the vptr check; all share one precompiled header and
# hence its options.
if(WARPLOOM_SANITIZE STREQUAL "address")
  set(WARPLOOM_TEST_OPTIONS -fno-sanitize=vptr)
endif()

# warploom_tests(LIBRARIES <targets>... [DEFINES <definitions>...] [LABELS <labels>...])
# Every tst_*.cpp of the current folder becomes one Qt Test executable and one ctest entry.
function(warploom_tests)
  cmake_parse_arguments(ARG "" "" "LIBRARIES;DEFINES;LABELS;BINARIES;SKIP" ${ARGN})
  file(GLOB tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tst_*.cpp")
  foreach(source IN LISTS tests)
    get_filename_component(name "${source}" NAME_WE)
    if(name IN_LIST ARG_SKIP)
      continue()
    endif()
    add_executable(${name} "${source}")
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} warploom_test_support Qt6::Test)
    target_precompile_headers(${name} REUSE_FROM warploom_test_pch)
    target_compile_definitions(${name} PRIVATE ${ARG_DEFINES})
    target_compile_options(${name} PRIVATE ${WARPLOOM_TEST_OPTIONS})
    if(ARG_BINARIES)
      add_dependencies(${name} ${ARG_BINARIES})
    endif()
    set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 60 LABELS "${ARG_LABELS}"
      ENVIRONMENT "QT_QPA_PLATFORM=offscreen;WARPLOOM_BIN=${CMAKE_BINARY_DIR}/bin;WARPLOOM_SOURCE=${CMAKE_SOURCE_DIR}")
  endforeach()
endfunction()
