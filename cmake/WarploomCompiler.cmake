# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Language level, warnings, sanitizers, linker and compiler cache, for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(WARPLOOM_CCACHE ccache)
if(WARPLOOM_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      # Clones in other folders share what was compiled.
      "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${WARPLOOM_CCACHE}")
endif()
find_program(WARPLOOM_MOLD mold)
if(WARPLOOM_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Bundles carry libraries beside the programs; the old kind of entry also serves the libraries' own needs.
set(CMAKE_BUILD_RPATH "\$ORIGIN/../lib")
add_link_options(-Wl,--disable-new-dtags)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow=local -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
                    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees uninitialised members in moved-from std::variant and std::optional where there are none.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
if(WARPLOOM_WERROR)
  add_compile_options(-Werror)
endif()
if(WARPLOOM_SANITIZE STREQUAL "address")
  # Without the vptr check: Debian's Clang has no RTTI, and the linker merges instrumented code into what Clang calls.
  # Without null, object-size and alignment: they double the time to compile, and what they would find ASan reports.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr,null,object-size,alignment
                      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(WARPLOOM_SANITIZE STREQUAL "thread")
  # GCC warns of the emulator's fences, which it does not watch, and of a bound in the library's strings that is none.
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -Wno-tsan -Wno-array-bounds)
  add_link_options(-fsanitize=thread)
endif()
