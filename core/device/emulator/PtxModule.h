// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/emulator/PtxTypes.h"

namespace warploom::emulator {

/// An address of another variable inside an initialiser.
struct PtxRelocation {
    std::uint64_t offset = 0;  ///< into the initialised variable
    std::string_view symbol;
    std::int64_t addend = 0;
};

/// A declared variable or parameter. Views point into the module's text.
struct PtxVariable {
    std::string_view name;
    PtxSpace space = PtxSpace::Global;
    PtxType type = PtxType::B8;
    std::uint64_t alignment = 1;
    std::uint64_t bytes = 0;  ///< 0 for an unsized array
    std::uint64_t elements = 0;  ///< 0 for a scalar
    bool isExtern = false;
    int scope = 0;  ///< of the function's scopes
    std::vector<std::byte> initial;  ///< empty means zeros
    std::vector<PtxRelocation> relocations;
};

/// Registers declared by ".reg .b32 %r<5>" (prefix %r, count 5) or ".reg .b32 x" (count 0).
struct PtxRegisters {
    std::string_view name;
    PtxType type = PtxType::B32;
    std::uint64_t count = 0;
    int scope = 0;
};

struct PtxOperand {
    enum class Kind { Register, Integer, Float32, Float64, Address, Vector, Sink };

    Kind kind = Kind::Register;
    std::string_view text;  ///< register, symbol or label; base of an address, empty when it has none
    bool negated = false;  ///< !%p1
    std::int64_t offset = 0;  ///< of an address or symbol
    std::uint64_t bits = 0;  ///< of a literal
    std::vector<PtxOperand> elements;  ///< of a vector or a list; what follows a comma inside an address
    std::vector<PtxOperand> second;  ///< the part behind | ("%r1|%p1"), at most one
};

/// Where code came from; line 0 is unknown.
struct PtxLocation {
    int file = 0;
    int line = 0;
    int column = 0;

    friend bool operator==(const PtxLocation&, const PtxLocation&) = default;
};

struct PtxInstruction {
    std::string_view opcode;  ///< with all its modifiers
    std::string_view guard;  ///< predicate register, empty for none
    bool guardNegated = false;
    std::vector<PtxOperand> operands;
    std::string_view text;  ///< from guard to semicolon
    PtxLocation location;  ///< in the file of the kernel where the line table allows
    int ptxLine = 0;
    int scope = 0;
};

struct PtxFunction {
    std::string_view name;
    bool isEntry = false;
    bool isDeclaration = false;
    bool needsCluster = false;  ///< compiled for clusters of a given size
    std::uint64_t mostThreads = 0;  ///< of a block: .maxntid or .reqntid; 0 for no bound
    std::vector<PtxVariable> parameters;
    std::vector<PtxVariable> results;
    std::vector<PtxRegisters> registers;
    std::vector<PtxVariable> variables;  ///< .shared, .local, .param and others declared in the body
    std::vector<PtxInstruction> body;
    std::map<std::pair<int, std::string_view>, std::uint32_t> labels;  ///< by scope; index into body, may be its size
    std::vector<int> scopeParents{-1};  ///< { } nests, and names in it hide those around it
    std::map<std::string_view, std::vector<std::string_view>> branchTargets;

    /// Index into body of a label seen from \p scope.
    [[nodiscard]] std::optional<std::uint32_t> findLabel(std::string_view name, int scope) const;
};

/// A parsed PTX text. Everything refers into `text`, which never moves.
struct PtxModule {
    std::shared_ptr<const std::string> text;
    std::string_view target;
    std::map<int, std::string> files;  ///< by number of .file; last path component only
    std::vector<PtxVariable> variables;
    std::vector<PtxFunction> functions;

    [[nodiscard]] const PtxFunction* findFunction(std::string_view name) const;
    [[nodiscard]] const PtxVariable* findVariable(std::string_view name) const;
};

}  // namespace warploom::emulator
