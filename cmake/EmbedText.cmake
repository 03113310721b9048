# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DOUTPUT=file.cpp -DNAME=function -DINPUTS=a;b -P EmbedText.cmake
# Writes a function std::string_view warploom::NAME() that returns the texts one after the other.
set(text "")
foreach(input IN LISTS INPUTS)
  file(READ "${input}" part HEX)
  string(APPEND text "${part}")
endforeach()
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${text}")
file(WRITE "${OUTPUT}" "#include <string_view>
namespace warploom {
std::string_view ${NAME}();
std::string_view ${NAME}()
{
    static const char text[] = {${bytes} 0};
    return {text, sizeof(text) - 1};
}
}
")
