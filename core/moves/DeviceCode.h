// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/HostedSource.h"
#include "moves/ParsedSource.h"

namespace warploom {

/// One kernel with the device code it needs, cut out of a file: a text of its own in which everything else is blank, so
/// that lines stay what they were. Kernel templates are written out for the arguments given.
class DeviceCode {
public:
    /// CompileFailed with the place in the file where the device code is wrong.
    static Result<DeviceCode> cut(const HostedSource& source, const clang::FunctionDecl& kernel,
                                  const std::vector<std::string>& templateArguments);

    [[nodiscard]] const ParsedSource& parsed() const { return *m_parsed; }
    [[nodiscard]] const clang::FunctionDecl& kernel() const { return *m_kernel; }
    /// As a launch spells it.
    [[nodiscard]] const std::string& launchName() const { return m_launchName; }
    /// The line in the file of an offset into parsed().
    [[nodiscard]] int lineInFile(std::size_t offset) const { return m_parsed->lineOf(offset) - m_addedLines; }
    /// The pieces one below the other, with \p edits of parsed() applied, the kernel called \p kernelName; nothing when
    /// edits overlap.
    [[nodiscard]] std::optional<std::string> text(const std::vector<Replacement>& edits,
                                                  const std::string& kernelName) const;
    /// Device functions with a body that take part, the kernel included.
    [[nodiscard]] const std::vector<const clang::FunctionDecl*>& functions() const { return m_functions; }
    /// Ranges of parsed() that hold code.
    [[nodiscard]] std::vector<TextRange> ranges() const;

private:
    struct Part {
        TextRange range;  ///< in parsed()
        TextRange original;  ///< in the file
        std::string prefix;
        std::string suffix;
        bool isKernel = false;
    };

    void write(const HostedSource& source, const clang::FunctionDecl& kernel,
               const std::vector<std::string>& templateArguments);
    void addPart(const HostedSource& source, Part part, const std::string& text);
    Result<> parse(const HostedSource& source, const clang::FunctionDecl& kernel);

    std::string m_text;
    std::string m_includes;
    int m_addedLines = 0;
    std::vector<Part> m_parts;
    std::string m_launchName;
    std::unique_ptr<ParsedSource> m_parsed;
    const clang::FunctionDecl* m_kernel = nullptr;
    std::vector<const clang::FunctionDecl*> m_functions;
};

}  // namespace warploom
