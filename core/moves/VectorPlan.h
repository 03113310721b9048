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

/// What may become vectors.
enum class VectorsOf {
    Elements,  ///< one element a number
    Groups,  ///< several neighbours a number too
    Periods  ///< and what is read at `var % size`, over and over: for sizes as VectorPlan::periods() wants them
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
        int each = 1;  ///< neighbouring elements that go with one number: a pixel's channels, a point's coordinates
    };

    /// \p var numbers the elements: the body is run for var, var + 1, …; \p bound is what var stays below.
    /// Nothing when an access stands in the way or nothing would become wider. Arrays of \p whole have an element for
    /// each number below the bound: they may be read ahead of a condition.
    static std::optional<VectorPlan> make(const KernelScope& kernel, const clang::VarDecl* var,
                                          const clang::Expr* bound, const std::vector<const clang::Stmt*>& body,
                                          TextRange bodyRange, VectorsOf of, RowStart start = RowStart::Aligned,
                                          std::set<const clang::VarDecl*> whole = {});

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
    /// Type of one access that moves \p lane, or a piece of one with several elements a number.
    [[nodiscard]] std::string vectorType(const Lane& lane) const;
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
    /// Neighbouring elements that go with one number: base[each * number + rest + part].
    struct Group {
        const clang::VarDecl* base = nullptr;
        IndexForm rest;
        int each = 1;
        std::string place;  ///< of the first, where it is touched in any case
        std::set<int> read;  ///< parts, in any case
        std::set<int> stored;  ///< parts, in any case
        bool isBroken = false;  ///< by an access that vectors cannot stand for
    };
    /// An access that becomes an element of a lane.
    struct Use {
        TextRange range;
        std::size_t lane = 0;
        int part = 0;  ///< of the elements that go with one number
    };

    bool readAccesses(const std::vector<const clang::Stmt*>& body);
    /// Groups of \p accesses of which a number's first and last element are touched in any case.
    void findGroups(const std::vector<Access>& accesses, const std::vector<const clang::Stmt*>& body);
    /// How far the places of neighbouring numbers are apart, in elements; 1 where that is no small number.
    [[nodiscard]] int elementsEach(const Access& access) const;
    /// Which element of those that go with one number is at \p rest.
    [[nodiscard]] static int partOf(const IndexForm& rest, int each);
    /// The group of \p access, if any.
    [[nodiscard]] const Group* groupOf(const Access& access) const;
    bool addGroupUse(const Access& access, const Group& group);
    /// What the number of an element is made of.
    [[nodiscard]] std::optional<IndexForm> ownForm() const;
    /// Bytes that one access moves of \p lane.
    [[nodiscard]] int pieceBytes(const Lane& lane) const;
    /// Copies \p lane between memory and the array \p name, to which it goes \p isLoad.
    [[nodiscard]] std::string copyText(const Lane& lane, const std::string& name, bool isLoad) const;
    /// Takes the start of the rows that are stored, or of the most that are loaded; false where all are aligned.
    bool chooseStart(const std::vector<Access>& accesses);
    /// Whether \p access, whose index is \p rest and the element's number, may become one of a vector.
    [[nodiscard]] bool isPlain(const Access& access, const std::optional<IndexForm>& rest,
                               const std::vector<Access>& all) const;
    /// The same of one whose places are aligned.
    [[nodiscard]] bool isVector(const Access& access, const std::optional<IndexForm>& rest,
                                const std::vector<Access>& all) const;
    bool addSingle(const Access& access, const IndexForm& rest, const std::vector<const clang::Stmt*>& body);
    /// Whether \p access may stay as it is, one element after the other: atomics, and reads of what nothing writes any
    /// more.
    [[nodiscard]] bool mayStay(const Access& access, const std::set<const clang::VarDecl*>& writtenAnywhere,
                               const std::vector<const clang::Stmt*>& body) const;
    /// Bytes of an element that \p access touches; 0 for one that vectors have no lanes for.
    [[nodiscard]] int vectorPartOf(const Access& access) const;
    /// \p expression as it can stand before \p body, variables that the body sets once being what they are set to;
    /// nothing where it can not.
    [[nodiscard]] std::optional<std::string> before(const std::vector<const clang::Stmt*>& body,
                                                    const clang::Expr* expression) const;
    /// Whether a place that is worked out by \p expression may be so earlier: nothing is loaded, called or changed.
    [[nodiscard]] bool isPlainArithmetic(const clang::Expr* expression) const;
    static bool isGlobal(const clang::VarDecl* base) { return llvm::isa_and_nonnull<clang::ParmVarDecl>(base); }
    [[nodiscard]] bool mayOverlap(const std::set<const clang::VarDecl*>& scalar) const;
    [[nodiscard]] bool isAligned(const IndexForm& rest) const;
    bool addLane(const Access& access, const IndexForm& rest, const std::string& place, int each = 1, int part = 0);
    /// A lane for what is read at `var % size`, over and over; false for another access.
    bool addCycle(const Access& access, const std::vector<const clang::Stmt*>& body);
    /// Declarations of \p body that serve nothing but places of lanes.
    void findSpent(const std::vector<const clang::Stmt*>& body);
    /// Whether a barrier stands between all writes to a shared \p array and what is run as \p body.
    [[nodiscard]] bool isSettledBefore(const clang::VarDecl* array, const clang::Stmt* body) const;
    [[nodiscard]] bool isConditional(const clang::Stmt* statement) const;
    [[nodiscard]] bool isInLoop(const clang::Stmt* statement) const;
    /// What is added to the element's number; nothing where the body sets it anew for each, unless it \p mayMove.
    [[nodiscard]] std::optional<IndexForm> restOf(const Access& access, bool mayMove = false, int each = 1) const;
    /// The size after which an access begins again; nothing for one that does not read at `var % size`.
    [[nodiscard]] std::optional<std::string> periodOf(const Access& access) const;
    /// Where the element of \p use is in its lane's array.
    [[nodiscard]] std::string elementOf(const Use& use) const;
    /// A quotient or remainder of the number of the element, by a divisor of width().
    [[nodiscard]] std::string splitText(const ElementQuotient& split) const;
    [[nodiscard]] bool nameParts(const std::vector<const clang::Stmt*>& body);

    const KernelScope* m_kernel;
    const clang::VarDecl* m_var = nullptr;
    std::optional<IndexForm> m_bound;  ///< where it is the same wherever the body runs
    std::optional<IndexForm> m_start;
    RowStart m_rows = RowStart::Aligned;
    std::set<std::string> m_ownSymbols;  ///< of the body's variables
    TextRange m_bodyRange;
    std::vector<Lane> m_lanes;
    std::vector<Group> m_groups;
    std::vector<Use> m_uses;
    std::vector<TextRange> m_varUses;
    std::vector<const clang::Stmt*> m_body;
    std::vector<ElementQuotient> m_shared;  ///< that are alike in all lanes, or one more from lane to lane
    std::vector<ElementQuotient> m_split;  ///< by divisors of width(): alike in as many neighbouring lanes
    std::vector<TextRange> m_spent;  ///< what vectors have no use for, with its line's end
    std::set<const clang::VarDecl*> m_written;
    std::vector<std::string> m_periods;
    std::set<const clang::VarDecl*> m_whole;
    VectorsOf m_of = VectorsOf::Elements;
    std::string m_laneName;
    std::string m_pieceName;
    int m_width = 0;
    int m_elementBytes = 0;
    bool m_needsMultipleBound = false;
};

}  // namespace warploom
