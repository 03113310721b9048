// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "moves/ElementQuotients.h"

namespace warploom {

/// Where rows begin that are loaded and stored as vectors.
enum class RowStart {
    Aligned,  ///< on a vector's boundary
    Anywhere  ///< all alike: the vectors are right from the first boundary on, see VectorPlan::start()
};

/// How a body that handles one element can handle \p width neighbouring ones with wide loads and stores.
class VectorPlan {
public:
    /// One array that is loaded or stored as a vector.
    struct Lane {
        const clang::VarDecl* base = nullptr;
        IndexForm rest;
        std::string place;  ///< the user's own expression for the first element
        std::string name;  ///< of the local copy
        std::string element;
        int bytes = 0;
        bool loads = false;
        bool stores = false;
    };

    /// \p var numbers the elements: the body is run for var, var + 1, …; \p bound is what var stays below.
    /// Nothing when an access stands in the way or nothing would become wider. \p allowsPeriods: what is read at
    /// `var % size`, over and over, may be a vector too; then the vectors are for sizes as periods() wants them.
    static std::optional<VectorPlan> make(const KernelScope& kernel, const clang::VarDecl* var,
                                          const clang::Expr* bound, const std::vector<const clang::Stmt*>& body,
                                          TextRange bodyRange, bool allowsPeriods = false,
                                          RowStart start = RowStart::Aligned);

    [[nodiscard]] int width() const { return m_width; }
    /// Whether rows start on a vector's boundary only when the bound is a multiple of width().
    [[nodiscard]] bool needsMultipleBound() const { return m_needsMultipleBound; }
    /// Sizes that have to be multiples of width() for vectorText() to be right.
    [[nodiscard]] const std::vector<std::string>& periods() const { return m_periods; }
    /// \p size is another of them.
    void addPeriod(const std::string& size);
    /// Has vectorText() divide once for all its elements where \p isMultiple says that a divisor is one of width(). The
    /// first element's number has to be a multiple of width().
    void shareQuotients(const std::function<bool(const clang::Expr*)>& isMultiple);
    /// What places are off by from a boundary where var is 0; nothing for rows that are aligned.
    [[nodiscard]] const std::optional<IndexForm>& start() const { return m_start; }
    /// How many elements of the row stand before the first boundary of a vector, if it has as many.
    [[nodiscard]] std::string elementsAhead() const;
    /// Global arrays that the body stores to.
    [[nodiscard]] const std::set<const clang::VarDecl*>& written() const { return m_written; }
    [[nodiscard]] const std::vector<Lane>& lanes() const { return m_lanes; }
    /// Type of one access that moves \p lane.
    [[nodiscard]] std::string vectorType(const Lane& lane) const { return vectorType(lane, m_width); }
    /// Code for width() elements from var on, indented by \p indentation. Lanes of \p present are in arrays of these
    /// names already, aligned as the accesses: they are not loaded.
    /// \p opening stands before the body of each element.
    [[nodiscard]] std::string vectorText(const std::string& indentation,
                                         const std::map<std::size_t, std::string>& present = {},
                                         const std::string& opening = {}) const;
    /// What numbers the element in it, from 0 on.
    [[nodiscard]] const std::string& laneName() const { return m_laneName; }
    void nameLane(std::string name) { m_laneName = std::move(name); }
    /// The body for one element whose number \p var is called.
    [[nodiscard]] std::string scalarText(const std::string& var, const std::string& indentation) const;
    /// Bytes one thread moves in its widest access before and after.
    [[nodiscard]] int elementBytes() const { return m_elementBytes; }

    static constexpr int kVectorBytes = 16;

private:
    explicit VectorPlan(const KernelScope& kernel)
        : m_kernel(&kernel)
    {
    }
    bool readAccesses(const std::vector<const clang::Stmt*>& body);
    /// Takes the start of the rows that are stored, or of the most that are loaded; false where all are aligned.
    bool chooseStart(const std::vector<Access>& accesses);
    /// Whether \p access, whose index is \p rest and the element's number, may become one of a vector.
    [[nodiscard]] bool isPlain(const Access& access, const std::optional<IndexForm>& rest,
                               const std::vector<Access>& all) const;
    /// Bytes of an element that \p access touches; 0 for one that vectors have no lanes for.
    [[nodiscard]] int vectorPartOf(const Access& access) const;
    /// \p expression as it can stand before \p body, variables that the body sets once being what they are set to;
    /// nothing where it can not.
    [[nodiscard]] std::optional<std::string> before(const std::vector<const clang::Stmt*>& body,
                                                    const clang::Expr* expression) const;
    [[nodiscard]] bool mayOverlap(const std::set<const clang::VarDecl*>& scalar) const;
    [[nodiscard]] bool isAligned(const IndexForm& rest) const;
    bool addLane(const Access& access, const IndexForm& rest, const std::string& place);
    /// A lane for what is read at `var % size`, over and over; false for another access.
    bool addCycle(const Access& access, const std::vector<const clang::Stmt*>& body);
    /// Declarations of \p body that serve nothing but places of lanes.
    void findSpent(const std::vector<const clang::Stmt*>& body);
    /// Whether a barrier stands between all writes to a shared \p array and what is run as \p body.
    [[nodiscard]] bool isSettledBefore(const clang::VarDecl* array, const clang::Stmt* body) const;
    [[nodiscard]] bool isConditional(const clang::Stmt* statement) const;
    [[nodiscard]] bool isInLoop(const clang::Stmt* statement) const;
    /// What is added to the element's number; nothing where the body sets it anew for each, unless it \p mayMove.
    [[nodiscard]] std::optional<IndexForm> restOf(const Access& access, bool mayMove = false) const;
    /// The size after which an access begins again; nothing for one that does not read at `var % size`.
    [[nodiscard]] std::optional<std::string> periodOf(const Access& access) const;
    [[nodiscard]] bool nameParts(const std::vector<const clang::Stmt*>& body);
    static std::string vectorType(const Lane& lane, int width);

    const KernelScope* m_kernel;
    const clang::VarDecl* m_var = nullptr;
    std::optional<IndexForm> m_bound;  ///< where it is the same wherever the body runs
    std::optional<IndexForm> m_start;
    RowStart m_rows = RowStart::Aligned;
    std::set<std::string> m_ownSymbols;  ///< of the body's variables
    TextRange m_bodyRange;
    std::vector<Lane> m_lanes;
    std::vector<std::pair<TextRange, std::size_t>> m_uses;  ///< accesses that become elements of a lane
    std::vector<TextRange> m_varUses;
    std::vector<const clang::Stmt*> m_body;
    std::vector<ElementQuotient> m_shared;  ///< that are alike in all lanes, or one more from lane to lane
    std::vector<TextRange> m_spent;  ///< what vectors have no use for, with its line's end
    std::set<const clang::VarDecl*> m_written;
    std::vector<std::string> m_periods;
    bool m_allowsPeriods = false;
    std::string m_laneName;
    int m_width = 0;
    int m_elementBytes = 0;
    bool m_needsMultipleBound = false;
};

}  // namespace warploom
