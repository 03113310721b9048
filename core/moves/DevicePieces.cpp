// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/DevicePieces.h"

#include <clang/AST/DeclTemplate.h>

#include "moves/KernelScope.h"

namespace warploom {

using namespace clang;

namespace {

/// Whether device code can use it.
bool isUsable(const NamedDecl* declaration)
{
    if (const auto* function = functionOf(declaration))
        return !function->hasAttr<CUDAGlobalAttr>() && (function->hasAttr<CUDADeviceAttr>() || function->isConstexpr());
    if (const auto* var = llvm::dyn_cast<VarDecl>(declaration))
        return var->getType().isConstQualified() || var->isConstexpr() || var->hasAttr<CUDAConstantAttr>()
            || var->hasAttr<CUDADeviceAttr>() || var->hasAttr<CUDASharedAttr>();
    return llvm::isa<TypeDecl, ClassTemplateDecl, TypeAliasTemplateDecl, VarTemplateDecl>(declaration);
}

/// Pieces by every name that leads to them.
class PieceIndex {
public:
    explicit PieceIndex(const HostedSource& source)
    {
        for (const auto& piece : source.pieces()) {
            if (!isUsable(piece.declaration))
                continue;
            m_pieces[identifierOf(piece.declaration).str()].push_back(&piece);
            if (const auto* list = llvm::dyn_cast<EnumDecl>(piece.declaration))
                for (const auto* value : list->enumerators())
                    m_pieces[value->getNameAsString()].push_back(&piece);
        }
    }

    [[nodiscard]] const std::vector<const TopLevelPiece*>& find(const std::string& name) const
    {
        static const std::vector<const TopLevelPiece*> kNone;
        const auto found = m_pieces.find(name);
        return found == m_pieces.end() ? kNone : found->second;
    }

private:
    std::map<std::string, std::vector<const TopLevelPiece*>> m_pieces;
};

/// Comments come along, unless they are about the file: licences and directives.
DevicePiece pieceOf(const HostedSource& source, const TopLevelPiece& piece)
{
    const auto* function = functionOf(piece.declaration);
    const auto comment =
        std::string_view(source.text()).substr(piece.withComment.begin, piece.range.begin - piece.withComment.begin);
    const bool keepsComment =
        comment.find("warploom:") == std::string_view::npos && comment.find("SPDX-") == std::string_view::npos;
    return {keepsComment ? piece.withComment : piece.range, piece.scope, false,
            function != nullptr && !function->hasAttr<CUDADeviceAttr>()};
}

}  // namespace

std::vector<DevicePiece> devicePieces(const HostedSource& source, const FunctionDecl& kernel)
{
    const PieceIndex index(source);
    std::map<TextRange, DevicePiece> pieces;
    std::set<std::string> seen;
    std::vector<std::string> waiting;
    const auto take = [&](DevicePiece piece) {
        const auto words = wordsOf(std::string_view(source.text()).substr(piece.range.begin, piece.range.size()));
        waiting.insert(waiting.end(), words.begin(), words.end());
        pieces.emplace(piece.range, std::move(piece));
    };
    for (const auto& piece : source.pieces())
        if (functionOf(piece.declaration) == &kernel) {
            auto own = pieceOf(source, piece);
            own.isKernel = true;
            own.needsDeviceMark = false;
            take(own);
        }
    while (!waiting.empty()) {
        const auto name = waiting.back();
        waiting.pop_back();
        if (!seen.insert(name).second)
            continue;
        if (const auto macro = source.macroDefinition(name))
            take({*macro, {}, false, false});
        for (const auto* piece : index.find(name))
            take(pieceOf(source, *piece));
    }
    std::vector<DevicePiece> ordered;
    for (auto& [range, piece] : pieces)
        if (ordered.empty() || ordered.back().range.end <= range.begin)
            ordered.push_back(std::move(piece));
    return ordered;
}

std::string includesFor(const std::set<std::string>& words)
{
    struct Header {
        const char* name;
        std::vector<const char*> words;
    };
    static const std::vector<Header> kHeaders = {
        {"cuda_fp16.h", {"__half", "half", "__half2", "half2"}},
        {"cuda_bf16.h", {"__nv_bfloat16", "nv_bfloat16", "__nv_bfloat162", "nv_bfloat162"}},
        {"cfloat", {"FLT_MAX", "FLT_MIN", "FLT_EPSILON", "DBL_MAX", "DBL_MIN", "DBL_EPSILON"}},
        {"climits", {"CHAR_BIT", "INT_MAX", "INT_MIN", "UINT_MAX", "LLONG_MAX", "LLONG_MIN", "ULLONG_MAX"}},
        {"cmath", {"INFINITY", "NAN", "HUGE_VALF", "M_PI", "M_SQRT2", "M_SQRT1_2", "std"}},
        {"cstdint",
         {"int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "uintptr_t"}},
        {"math_constants.h",
         {"CUDART_INF_F", "CUDART_NAN_F", "CUDART_MAX_NORMAL_F", "CUDART_PI_F", "CUDART_L2E_F", "CUDART_LN2_F",
          "CUDART_SQRT_TWO_F", "CUDART_INF", "CUDART_NAN", "CUDART_PI"}}};
    std::string text;
    for (const auto& header : kHeaders)
        if (std::any_of(header.words.begin(), header.words.end(),
                        [&](const char* word) { return words.count(word) > 0; }))
            text += fmt::format("#include <{}>\n", header.name);
    return text;
}

}  // namespace warploom
