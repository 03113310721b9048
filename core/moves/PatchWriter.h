// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/CodeLines.h"
#include "moves/StencilCode.h"

namespace warploom {

/// Writes the code of patches: an element as it was, a patch, and the kernel that gives each thread one.
class PatchWriter {
public:
    /// With \p isOneOfSeveral it is named by the values that it is for.
    PatchWriter(const MoveContext& context, const Stencil& stencil, PatchKind kind, const PatchNames& names,
                bool isOneOfSeveral);
    /// One kernel of all \p writers, each of which has the patch for other values of known parameters.
    static bool write(std::vector<PatchWriter>& writers, SourceEdit& edit);

private:
    [[nodiscard]] const GridAxis& axis(std::size_t number) const { return m_grid.axes()[number]; }
    [[nodiscard]] bool isPatched(std::size_t number) const { return !m_names.count[number].empty(); }
    /// Whether the thread has all of the patch along an axis at once.
    [[nodiscard]] bool isKept(std::size_t number) const
    {
        return isPatched(number) && (number != 2 || !m_names.marches);
    }
    [[nodiscard]] std::string bound(std::size_t number) const { return operand(axis(number).boundText); }
    /// Whether patches with all their neighbours have code of their own. In a line of threads nearly every warp has
    /// others; and where planes are walked through, two codes take a third more registers than one, which costs more
    /// warps than tests cost time (H200, 27 points in f32: 433 µs against 363).
    [[nodiscard]] bool hasInside() const { return m_isWindow && !m_grid.isLinear() && !m_names.marches; }
    /// Of the number that threads of a line have.
    [[nodiscard]] std::string numberType() const { return axis(2).type; }

    // Names and texts.
    [[nodiscard]] std::string elementOf(const clang::VarDecl* base) const;
    [[nodiscard]] std::string fresh(const clang::VarDecl* base, const std::string& what) const;
    /// Coordinates as parameters, or as arguments.
    [[nodiscard]] std::string coordinates(bool isParameter, bool isElement) const;
    /// Coordinate of the element of a patch.
    [[nodiscard]] std::string coordinate(std::size_t number) const;
    [[nodiscard]] std::string patchSize(const std::string& between) const;
    /// Index of an element of the patch: [down][across].
    [[nodiscard]] std::string steps() const;
    [[nodiscard]] std::string tapText(const StencilWindow& window, const StencilWindow::Tap& tap) const;
    [[nodiscard]] std::string tableName(const StencilTable& table) const;
    [[nodiscard]] std::string hostText(const GridAxis& one) const;

    // The element, the kernel and its launch.
    bool readParameters();
    static std::string withoutAliases(const std::string& text, const clang::ParmVarDecl& parameter);
    /// One element as the kernel had it, for the sizes that patches do not know.
    [[nodiscard]] std::string elementText() const;
    /// \p range with its whole line when nothing else but a comment stands there.
    [[nodiscard]] TextRange withLine(TextRange range) const;
    [[nodiscard]] std::string kernelText(const std::vector<PatchWriter>& writers) const;
    /// Whether parameters have the values that this patch is for.
    [[nodiscard]] std::string isMeant() const;
    /// Where they have others; empty where they need none.
    [[nodiscard]] std::string isNotMeant() const;
    void addCall(CodeLines& lines) const;
    [[nodiscard]] std::string hasNeighbours(std::size_t number) const;
    /// Where a patch is not whole.
    [[nodiscard]] std::string isCut(std::size_t number) const;
    void addGridPlace(CodeLines& lines) const;
    void addLinePlace(CodeLines& lines) const;
    /// One element after the other, where patches are cut or have other sizes than they know.
    void addSingles(CodeLines& lines, const std::vector<PatchWriter>& writers) const;
    void writeLaunch(SourceEdit& edit) const;

    // Changes of the body.
    /// Changes of the user's own body, and declarations before it.
    bool readChanges();
    void settleConditions();
    /// A test of one neighbour's coordinate is none where the patch itself reaches as far.
    void shortenConditions();
    void unrollLoop(const clang::ForStmt* loop);
    /// Where the thread's number was divided stand coordinates now.
    // Where either of two results is stored, both are worked out and one is chosen: nothing that they read is missing.
    void selectResults();
    bool selectEarlyResult(const clang::IfStmt& branch);
    bool selectEitherResult(const clang::IfStmt& branch);
    void selectLast(TextRange value);
    [[nodiscard]] bool storesResult(const clang::BinaryOperator* assignment) const;
    /// Instead of all changes within \p range.
    void change(TextRange range, std::string text);
    bool readDivisions();
    /// \p name with the type that \p expression has, unless that goes into a variable.
    [[nodiscard]] std::string castTo(const clang::Expr* expression, const std::string& name) const;
    bool readPreamble();

    /// What only taps needed that are none any more: a coordinate that is kept on the grid.
    void removeIdle();
    /// Whether \p range goes with what is replaced around it.
    [[nodiscard]] bool isReplaced(TextRange range) const;
    [[nodiscard]] bool isIdle(const clang::VarDecl* var) const;

    // The patch.
    void openLoop(CodeLines& lines, std::size_t number, std::int64_t more, bool isUnrolled = true) const;
    [[nodiscard]] std::string patchText() const;
    void addTable(CodeLines& lines, const StencilTable& table) const;
    /// A struct of a row's elements that is loaded and stored at once.
    void addRun(CodeLines& lines, const std::string& name, const std::string& element) const;
    /// Whether a column, row or plane of the window exists; empty where it always does. The patch itself has what lies
    /// between its ends.
    [[nodiscard]] std::string exists(const StencilWindow& window, std::size_t number) const;
    /// Coordinate of a row or plane, \p low from where \p step stands in the patch.
    [[nodiscard]] std::string placeText(std::size_t number, const std::string& step, std::int64_t low) const;
    /// Address of a row of an array, at the first column of the patch.
    [[nodiscard]] std::string rowText(const clang::VarDecl* base, bool hasPlanes, const std::string& row,
                                      const std::string& plane) const;
    /// Whether a window's coordinate has to be kept on the grid where code is for patches at its edges.
    [[nodiscard]] bool isKeptNear(const StencilWindow& window, std::size_t number) const
    {
        return window.isRepeated && isPatched(number) && reach(window, number) > 0;
    }
    /// Defines the nearest coordinate that exists.
    void addNear(CodeLines& lines, const StencilWindow& window, std::size_t number) const;
    /// The counter of planes of a window: of the patch, or of those that are loaded ahead.
    [[nodiscard]] const std::string& planeStep(const StencilWindow& window) const
    {
        return isWalked(window) ? m_ahead : m_step[2];
    }
    [[nodiscard]] std::string windowShape(const StencilWindow& window) const;
    void addWindow(CodeLines& lines, const StencilWindow& window) const;
    /// Loads the rows of a window, or of one of its planes, to \p place.
    void addLoads(CodeLines& lines, const StencilWindow& window, const std::string& place) const;
    /// The patch's own columns of a row, as a vector.
    void addMiddle(CodeLines& lines, const StencilWindow& window, const std::string& place, bool hasCondition) const;
    /// The columns beside it.
    void addSides(CodeLines& lines, const StencilWindow& window, const std::string& place, bool hasCondition) const;
    // Planes one after the other.
    /// Whether only the planes are kept that one plane of elements needs.
    [[nodiscard]] bool isWalked(const StencilWindow& window) const { return m_names.marches && window.hasPlanes; }
    void addWalkedWindow(CodeLines& lines, const StencilWindow& window) const;
    void addWalk(CodeLines& lines) const;
    /// What the next plane of elements needs, moved to where it reads it.
    void addShift(CodeLines& lines, const StencilWindow& window) const;
    static std::int64_t reach(const StencilWindow& window, std::size_t number)
    {
        return window.high[number] - window.low[number];
    }

    void addElements(CodeLines& lines) const;
    void addStores(CodeLines& lines, const StencilOutput& output) const;
    static std::string plus(const std::string& text, std::int64_t amount);
    static std::string operand(const std::string& text);

    const MoveContext& m_context;
    const ParsedSource& m_source;
    const Stencil& m_stencil;
    const GridKernel& m_grid;
    const KernelScope& m_kernel;
    const bool m_isWindow;
    const PatchNames& m_names;
    std::string m_inside;
    std::string m_run;
    std::string m_exists;
    std::string m_ahead;
    std::string m_plane;
    std::string m_chosen;
    std::string m_patchName;
    std::string m_elementName;
    std::string m_allParameters;
    std::string m_allArguments;
    std::string m_parameters;
    std::string m_arguments;
    std::string m_preamble;
    std::vector<std::string> m_first;  ///< names of the patch's first coordinates
    std::vector<std::string> m_step;  ///< names of counters within the patch
    std::vector<std::string> m_near;  ///< names of coordinates that exist
    std::vector<std::size_t> m_patched;  ///< axes, the outermost first
    std::vector<Replacement> m_changes;
};

}  // namespace warploom
