// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/GuardedKernel.h"
#include "moves/Move.h"

namespace warploom {

/// One direction of the array that a kernel's threads walk.
struct ArrayAxis {
    std::string symbol;  ///< of the coordinate, in canonical forms
    std::string name;  ///< of the coordinate, in code: the user's own where a variable holds it
    const clang::VarDecl* var = nullptr;  ///< that variable
    std::optional<IndexForm> extent;  ///< over the kernel's parameters; nothing where they do not tell
    std::string extentText;  ///< the same in code; empty where parameters do not tell
    std::string hostText;  ///< the same in the launch's words
};

/// The coordinates of a kernel of one thread an element, of however many directions: each is a thread index, what / and
/// % make of one, or what they make of the number of a layer of blocks.
class ArrayAxes {
public:
    static std::optional<ArrayAxes> make(const MoveContext& context, const KernelScope& kernel,
                                         const GuardedKernel& guarded, const LaunchLine& launch);

    [[nodiscard]] const std::vector<ArrayAxis>& axes() const { return m_axes; }
    /// \p form over the axes' symbols and the kernel's parameters; nothing where other things take part.
    [[nodiscard]] std::optional<IndexForm> canonical(const IndexForm& form) const;
    [[nodiscard]] std::optional<IndexForm> canonical(const clang::Expr* expression) const;
    /// \p form as an expression of 64 bits.
    [[nodiscard]] std::string text(const IndexForm& form) const;
    /// Joins neighbours in memory into one axis, but for those that \p apart names, where all of \p forms have them so;
    /// puts the joint axis into the forms.
    void merge(std::vector<IndexForm>& forms, const std::set<std::string>& apart);
    /// Names the coordinate that \p var holds otherwise, so that the code can have both.
    void detach(const clang::VarDecl* var);

private:
    /// A number of threads or layers, and where / and % cut it.
    struct Number {
        IndexForm form;
        std::string dimensionSymbol;  ///< what stands for it: threadIdx.x or blockIdx.z
        std::vector<IndexForm> cuts;  ///< 1 and each further divisor, ascending
        std::vector<std::string> axes;  ///< symbol of each digit, one a cut
    };

    ArrayAxes(const MoveContext& context, const KernelScope& kernel, const GuardedKernel& guarded,
              const LaunchLine& launch)
        : m_context(&context)
        , m_kernel(&kernel)
        , m_guarded(&guarded)
        , m_launch(&launch)
    {
    }
    bool readNumbers();
    bool addNumber(const IndexForm& form, const std::string& symbol, const std::optional<IndexForm>& total,
                   const std::string& totalText, const std::string& hostTotal);
    [[nodiscard]] bool readCuts(Number& number) const;
    bool addAxis(Number& number, std::size_t cut, const std::optional<IndexForm>& total, const std::string& totalText,
                 const std::string& hostTotal);
    [[nodiscard]] bool readLast(ArrayAxis& axis, const IndexForm& cut, const std::string& totalText,
                                const std::string& hostTotal) const;
    void nameAxes();
    [[nodiscard]] std::optional<std::pair<IndexForm, std::optional<IndexForm>>> spanOf(const Number& number,
                                                                                       const IndexForm& form) const;
    [[nodiscard]] std::optional<IndexForm> digits(const Number& number, const IndexForm& low,
                                                  const std::optional<IndexForm>& high) const;
    [[nodiscard]] bool isParameterForm(const IndexForm& form) const;

    const MoveContext* m_context;
    const KernelScope* m_kernel;
    const GuardedKernel* m_guarded;
    const LaunchLine* m_launch;
    std::vector<ArrayAxis> m_axes;
    std::vector<Number> m_numbers;
};

}  // namespace warploom
