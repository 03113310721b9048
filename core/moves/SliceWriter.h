// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/AddedArrays.h"
#include "moves/CodeTemplate.h"
#include "moves/GuardedKernel.h"
#include "moves/Move.h"

namespace warploom {

/// An array that is added to, and what the code calls its parts.
struct SlicedArray {
    AddedArray array;
    std::string type;  ///< of what is added
    std::int64_t bytes = 0;  ///< of that
    CodeValues names;
};

/// Turns a kernel of a thread an item that does nothing but add to arrays into one whose blocks each keep a slice of
/// them in shared memory and go through many items. What a slice is, is for those who derive from it.
class SliceWriter {
public:
    /// \p kernel has one launch, with an argument for each parameter.
    SliceWriter(const MoveContext& context, const KernelScope& kernel, GuardedKernel guarded);
    virtual ~SliceWriter() = default;

    /// False where the arrays, or what is done with them, are not plain enough.
    bool read(const std::vector<AddedArray>& arrays);
    bool write(SourceEdit& edit);

    /// How many slices there are at each size that is timed; empty where no sizes are known.
    [[nodiscard]] const std::vector<std::int64_t>& slices() const { return m_slices; }
    /// What the kernel calls the arrays, for titles.
    [[nodiscard]] std::string arrayNames() const;
    [[nodiscard]] TextRange region() const { return m_region; }

protected:
    /// Reads what only this kind of slice wants to know, before slices are measured.
    virtual bool readOwn() { return true; }
    /// How many slices of at most \p most elements there are under \p sizes, and how many elements they need to have.
    [[nodiscard]] virtual std::optional<std::pair<std::int64_t, std::int64_t>> measure(const ExpressionScope& sizes,
                                                                                       std::int64_t most) const = 0;
    /// Adds names to those that all arrays have, and to each array's own.
    virtual void nameOwn() = 0;
    /// Device code that the kernel calls; marks as names have them, once for each kind of element.
    [[nodiscard]] virtual std::string functions() const = 0;
    /// Declares an array's slice, before the items; behind what all arrays share.
    [[nodiscard]] virtual std::string shared() const = 0;
    [[nodiscard]] virtual std::string slice() const = 0;
    /// Adds an array's slice to it, in the end.
    [[nodiscard]] virtual std::string merge() const = 0;
    /// Arguments of the function that adds, behind those of atomicAdd.
    [[nodiscard]] virtual std::string passed() const = 0;
    /// What the kernel is passed besides: "unsigned count" with the launch's words for it.
    [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> parameters() const = 0;
    /// Directives `let` that stand before the launch; one of them is called @slices@.
    [[nodiscard]] virtual std::string lets() const = 0;
    /// The comment that explains it.
    [[nodiscard]] virtual std::string comment() const = 0;
    /// How many items a slice goes through, as the kernel and as the launch say it; empty where the launch cannot.
    [[nodiscard]] virtual std::string itemsText() const;
    [[nodiscard]] virtual std::string itemsWords() const;
    /// Sets the indices to those of one item.
    [[nodiscard]] virtual std::string indexText() const;
    /// The grid in which \p shares blocks have one slice, and the axis along which they lie.
    [[nodiscard]] virtual std::string gridOf(const std::string& shares) const;
    [[nodiscard]] virtual std::string axisOfShares() const { return "x"; }
    /// How many blocks the tunable offers, for each multiprocessor.
    [[nodiscard]] virtual std::vector<std::int64_t> blocksEach() const { return {1, 2, 4}; }

    /// Factors of the array's extent, from \p from to before \p to, as one product in the words of the launch.
    [[nodiscard]] std::string extent(const SlicedArray& one, std::size_t from, std::size_t to) const;
    [[nodiscard]] const std::vector<std::string>& shapeOf(const SlicedArray& one) const;
    /// Nothing where it is less than 1 or not known.
    [[nodiscard]] static std::optional<std::int64_t> valueOfText(const std::string& text, const ExpressionScope& sizes);

    /// What an index has to stay below.
    [[nodiscard]] const clang::Expr* boundOf(const ThreadIndex& index) const { return m_guarded.bounds.at(index.var); }

    const MoveContext& m_context;
    const KernelScope& m_kernel;
    const ParsedSource& m_source;
    const LaunchLine& m_launch;
    GuardedKernel m_guarded;
    std::vector<SlicedArray> m_arrays;
    std::vector<Replacement> m_changes;  ///< in the body
    CodeValues m_names;

private:
    [[nodiscard]] bool areNamedOnce(const std::vector<AddedArray>& arrays) const;
    bool readArray(const AddedArray& array);
    bool readRegion();
    bool readExits();
    bool readAdditions();
    bool chooseSizes();
    void nameParts();
    [[nodiscard]] std::string all(const std::string& text) const;
    [[nodiscard]] std::string sharedMemory() const;
    [[nodiscard]] bool areCountedInOneLine() const;
    [[nodiscard]] bool isPlaceInLine(const clang::DeclRefExpr* reference, const IndexForm& line) const;
    [[nodiscard]] std::string gridText(const std::string& block) const;
    [[nodiscard]] std::string blockText(SourceEdit& edit) const;
    [[nodiscard]] std::string bodyText() const;
    void writeLaunch(SourceEdit& edit) const;

    std::int64_t m_bytes = 0;  ///< of an element of each
    std::vector<std::int64_t> m_slices;
    std::vector<std::int64_t> m_sizes;  ///< of slices, the tunable's
    TextRange m_region;  ///< from the index to the end: all that is done for an item
    std::vector<TextRange> m_ofAll;  ///< declarations before the guard that all items share
    std::vector<TextRange> m_ofItem;  ///< and the others
};

/// A function that adds to a slice where the address is in it, else to the array itself: it is right wherever additions
/// go.
extern const char* const kAddToRun;

/// Slices that are runs of elements; each goes through all of every item.
std::unique_ptr<SliceWriter> makeRunSlices(const MoveContext& context, const KernelScope& kernel,
                                           GuardedKernel guarded);
/// Slices that are runs of an axis of the arrays, where a loop of each item goes along that axis: each goes through its
/// part of the loop.
std::unique_ptr<SliceWriter> makeLoopSlices(const MoveContext& context, const KernelScope& kernel,
                                            GuardedKernel guarded);
/// Slices that belong to one layer of the work, and to it alone: to blockIdx.z, or to index / pixels. Each goes through
/// its layer's items.
std::unique_ptr<SliceWriter> makeLayerSlices(const MoveContext& context, const KernelScope& kernel,
                                             GuardedKernel guarded);

}  // namespace warploom
