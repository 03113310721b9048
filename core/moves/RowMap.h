// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/DigitChain.h"
#include "moves/LaunchPair.h"

namespace warploom {

/// A kernel of one thread an element that is launched after one of a thread a row: the elements are the rows' own, and
/// each thread can go through those of a row instead.
class RowMap {
public:
    /// Nothing unless every element belongs to one row, by what both launches pass. Both must outlive it.
    static std::optional<RowMap> make(const MoveContext& context, const MapLaunch& rows, const MapLaunch& elements);

    /// Gives the kernel of elements the other's grid, and loops over a row. False where macros hide part of it.
    bool editInto(SourceEdit& edit) const;
    /// Rows over what the launches pass.
    [[nodiscard]] IndexForm rows() const;
    /// The rows' loops that read what the elements read again.
    [[nodiscard]] std::size_t passes() const { return m_passes; }

private:
    /// A digit of an element's number, as code has it.
    struct Name {
        std::string name;
        std::string type;
    };

    RowMap(const MoveContext& context, const MapLaunch& rows, const MapLaunch& elements)
        : m_context(&context)
        , m_rows(&rows)
        , m_elements(&elements)
    {
    }
    bool readChain();
    bool readChainOf(const MapAccess& read);
    bool matches(const DigitChain& chain, const MapAccess& element);
    void nameDigits();
    [[nodiscard]] const clang::VarDecl* ownVariable(const std::string& symbol, const std::string& type) const;
    [[nodiscard]] bool isNamedOnce(const std::string& name) const;
    [[nodiscard]] std::optional<IndexForm> digitsOf(const clang::Expr* expression) const;
    [[nodiscard]] std::optional<std::string> nameOf(const std::string& symbol) const;
    [[nodiscard]] std::optional<std::string> text(const IndexForm& form) const;
    [[nodiscard]] std::optional<std::string> numberText(std::size_t begin, std::size_t end,
                                                        const std::string& type) const;
    void nameExtents();
    bool replaceVariables();
    bool replaceNumbers(const clang::Stmt* part);
    bool replaceBy(const clang::Expr* expression);
    [[nodiscard]] bool hasDistinctNames() const;
    [[nodiscard]] std::optional<std::string> bodyText() const;
    [[nodiscard]] std::optional<std::string> contentText() const;

    const MoveContext* m_context;
    const MapLaunch* m_rows;
    const MapLaunch* m_elements;
    std::vector<CountedLoop> m_loops;  ///< of the rows' kernel, the outermost first
    std::optional<DigitChain> m_chain;
    std::map<std::string, IndexForm> m_axes;  ///< of the elements, in digits
    std::map<std::string, std::pair<std::size_t, std::size_t>> m_parts;  ///< the digits of each of these
    std::map<std::string, Name> m_names;  ///< of digits
    std::map<std::string, std::string> m_sizes;  ///< what is passed, by the parameter that has it
    std::vector<const clang::ParmVarDecl*> m_added;  ///< parameters of the rows' kernel that the other gets as well
    std::vector<std::string> m_addedNames;
    std::set<const clang::VarDecl*> m_replaced;  ///< variables that are digits
    std::vector<Replacement> m_replacements;
    std::size_t m_passes = 0;
};

}  // namespace warploom
