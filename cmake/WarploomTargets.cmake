# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later

# What nearly every file includes, parsed once: json alone costs 3 s a file otherwise.
add_library(warploom_core_pch OBJECT "${CMAKE_SOURCE_DIR}/cmake/CoreHeaders.cpp")
target_link_libraries(warploom_core_pch PRIVATE warploom::thirdparty)
target_precompile_headers(warploom_core_pch PRIVATE "${CMAKE_SOURCE_DIR}/cmake/CoreHeaders.h")

# warploom_add_library(<target> <sources>...)
# Static, or shared where WARPLOOM_SHARED is set: instrumented code is three times as large, and some 340 tests that each
# hold a copy of the libraries take 25 GB and most of the time to link. The same objects serve both.
function(warploom_add_library target)
  if(NOT WARPLOOM_SHARED)
    add_library(${target} STATIC ${ARGN})
    return()
  endif()
  add_library(${target} SHARED ${ARGN})
  set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  set_property(TARGET ${target} PROPERTY DEFINE_SYMBOL "")
endfunction()

set(WARPLOOM_UNITY_BATCH 6 CACHE STRING "Most files compiled as one, on average, where WARPLOOM_UNITY is set")

# warploom_unity_groups(<files>...)
# A file's group follows from its name, and their number is a power of two: in batches of the list, as CMake makes them, each
# new file moves all that come after it, and the whole library is compiled again.
function(warploom_unity_groups)
  list(FILTER ARGN INCLUDE REGEX "\\.cpp$")
  list(LENGTH ARGN count)
  set(groups 1)
  while(groups LESS 256 AND count GREATER "${WARPLOOM_UNITY_BATCH}")
    math(EXPR groups "${groups} * 2")
    math(EXPR count "(${count} + 1) / 2")
  endwhile()
  foreach(file IN LISTS ARGN)
    get_filename_component(name "${file}" NAME)
    string(MD5 hash "${name}")
    string(SUBSTRING "${hash}" 0 2 hash)
    math(EXPR group "0x${hash} % ${groups}")
    set_source_files_properties("${file}" PROPERTIES UNITY_GROUP "${group}")
  endforeach()
endfunction()

# warploom_core_library(<name> [OWN_HEADERS] [DEPENDS <targets>...])
# One library a folder: every .cpp directly in the folder, alias warploom::<name> with / as _. OWN_HEADERS: with
# other options than core's, and hence without its precompiled header.
function(warploom_core_library name)
  cmake_parse_arguments(ARG "OWN_HEADERS" "" "DEPENDS" ${ARGN})
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
  warploom_add_library(${target} ${sources})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  add_library(warploom::${target_alias} ALIAS ${target})
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/core")
  target_link_libraries(${target} PUBLIC warploom::thirdparty ${ARG_DEPENDS})
  if(WARPLOOM_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    warploom_unity_groups(${sources})
    # Pimpls hold types of anonymous namespaces, which GCC takes for declared in a header here.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  if(NOT ARG_OWN_HEADERS)
    target_precompile_headers(${target} REUSE_FROM warploom_core_pch)
  endif()
endfunction()

# warploom_program(<name> SOURCES <files>... DEPENDS <targets>...)
# One executable, with the precompiled header of core.
function(warploom_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
  # As the header was compiled: GCC refuses it under -fPIE.
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM warploom_core_pch)
endfunction()

# Where sanitizers already slow the compiler, a test's own few lines need no optimiser: that halves what they cost to build.
set(WARPLOOM_TEST_OPTIONS "")
if(WARPLOOM_SANITIZE)
  set(WARPLOOM_TEST_OPTIONS -O0)
endif()

# warploom_tests([WIDGETS] LIBRARIES <targets>... [DEFINES <definitions>...] [LABELS <labels>...] [BINARIES <targets>...]
#                [EXCEPT <names>...])
# Every tst_*.cpp of the current folder becomes one Qt Test executable and one ctest entry.
function(warploom_tests)
  cmake_parse_arguments(ARG "WIDGETS" "" "LIBRARIES;DEFINES;LABELS;BINARIES;EXCEPT" ${ARGN})
  set(flavour "")
  if(ARG_WIDGETS)
    set(flavour "_widget")
  endif()
  file(GLOB tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/tst_*.cpp")
  foreach(name IN LISTS ARG_EXCEPT)
    list(REMOVE_ITEM tests "${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp")
  endforeach()
  foreach(source IN LISTS tests)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} "${source}")
    target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} warploom${flavour}_test_support Qt6::Test)
    target_precompile_headers(${name} REUSE_FROM warploom${flavour}_test_pch)
    target_compile_options(${name} PRIVATE ${WARPLOOM_TEST_OPTIONS})
    target_compile_definitions(${name} PRIVATE ${ARG_DEFINES})
    if(ARG_BINARIES)
      add_dependencies(${name} ${ARG_BINARIES})
    endif()
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    # AUTOMOC would make two targets and compile a file of nothing for each test: minutes, over all of them.
    qt_generate_moc("${source}" "${CMAKE_CURRENT_BINARY_DIR}/${name}.moc")
    target_sources(${name} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/${name}.moc")
    target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name})
    # ThreadSanitizer slows what it watches five to fifteen times.
    set(limit 60)
    if(WARPLOOM_SANITIZE STREQUAL "thread")
      set(limit 300)
    elseif(WARPLOOM_SANITIZE)
      set(limit 240)  # two tests at a time on a busy machine; each stays below a minute alone
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${limit} LABELS "${ARG_LABELS}"
      ENVIRONMENT "QT_QPA_PLATFORM=offscreen;WARPLOOM_BIN=${CMAKE_BINARY_DIR}/bin;WARPLOOM_SOURCE=${CMAKE_SOURCE_DIR}")
  endforeach()
endfunction()
