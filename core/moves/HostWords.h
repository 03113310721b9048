// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/Move.h"

namespace warploom {

/// An integer of a kernel in the words of its launch; nothing when it is more than sums and products of parameters.
std::optional<std::string> hostWords(const KernelScope& kernel, const LaunchLine& launch, const IndexForm& form);
std::optional<std::string> hostWords(const KernelScope& kernel, const LaunchLine& launch,
                                     const clang::Expr* expression);

/// \p expression with parameters as the launch calls them, locals as what they are set to and \p var as "$": equal for
/// kernels that compute the same from the same. Nothing for what has no such words.
std::optional<std::string> canonicalWords(const KernelScope& kernel, const LaunchLine& launch,
                                          const clang::Expr* expression, const clang::VarDecl* var);

/// An expression of directives without blanks, lets as what they stand for.
std::string withoutLets(const DirectiveEditor& directives, const std::string& expression);

/// Whether no launch of the kernel passes one of the \p written arrays as another parameter too.
bool passesApart(const KernelScope& kernel, const std::set<const clang::VarDecl*>& written);
/// \p text as what \p var is initialised with: cast to the type it has now where that is deduced.
std::string initialiserText(const ParsedSource& source, const clang::VarDecl* var, const std::string& text);

/// Identifiers of \p text, but for names of members.
std::set<std::string> namesIn(std::string_view text);
/// Whether \p text is one name or number.
bool isPlainWord(const std::string& text);
/// Whether nothing follows the arguments (when, cluster, …).
bool isPlainLaunch(const ParsedSource& source, const LaunchLine& launch);
/// Whether \p launches follow each other in this order, with no other step between.
bool isAlone(const MoveContext& context, const std::vector<const LaunchLine*>& launches);
/// The line that holds \p offset, without its end.
TextRange lineAround(const ParsedSource& source, std::size_t offset);
/// Whether a directive names \p name on a line that is not among \p except.
bool isNamed(const ParsedSource& source, const std::string& name, const std::vector<TextRange>& except);
/// From the kernel's first line to its end, with the comment above it and the empty lines below; nothing when it stands
/// among others in a block of extern "C".
std::optional<TextRange> wholeDefinition(const KernelScope& kernel);
/// Line of the directive that declares a scratch.
std::optional<TextRange> scratchLine(const ParsedSource& source, const std::string& name);

}  // namespace warploom
