// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/ParameterTypes.h"

#include "moves/AccessReader.h"

namespace warploom {

using namespace clang;

namespace {

constexpr const char* kWanted = "pointers to numbers, integers and floating-point numbers";

tl::unexpected<Error> unsupported(const std::string& what, const std::string& advice, const QualType& type)
{
    return fail(Error{ErrorCode::InvalidInput, what, {}, advice.empty() ? kWanted : advice, type.getAsString()});
}

/// Enumerations and bool are passed as the integer they are stored in.
std::optional<ElementType> integerOf(std::uint64_t bits, bool isSigned)
{
    switch (bits) {
    case 8:
        return isSigned ? ElementType::I8 : ElementType::U8;
    case 16:
        return isSigned ? ElementType::I16 : ElementType::U16;
    case 32:
        return isSigned ? ElementType::I32 : ElementType::U32;
    case 64:
        return isSigned ? ElementType::I64 : ElementType::U64;
    default:
        return std::nullopt;
    }
}

/// Texture objects are 64-bit integers by another name.
bool isTexture(QualType type)
{
    for (const auto* alias = type->getAs<TypedefType>(); alias != nullptr;
         alias = alias->getDecl()->getUnderlyingType()->getAs<TypedefType>()) {
        const auto name = alias->getDecl()->getName();
        if (name == "cudaTextureObject_t" || name == "cudaSurfaceObject_t")
            return true;
    }
    return false;
}

/// Number of scalars of float4 and the like; 0 for other structures.
std::int64_t lanesOf(QualType type, const ASTContext& context)
{
    const auto* record = type->getAsCXXRecordDecl();
    if (record == nullptr || elementTypeOf(type, context))
        return 1;
    const auto scalar = scalarOf(type);
    if (context.hasSameType(scalar, type) || !elementTypeOf(scalar, context)
        || context.getSourceManager().isInMainFile(record->getLocation()))
        return 0;
    return static_cast<std::int64_t>(context.getTypeSize(type) / context.getTypeSize(scalar));
}

}  // namespace

std::optional<ElementType> elementTypeOf(QualType type, const ASTContext& context)
{
    type = type.getCanonicalType().getUnqualifiedType();
    if (const auto* record = type->getAsCXXRecordDecl()) {
        const auto name = record->getIdentifier() == nullptr ? llvm::StringRef() : record->getName();
        if (name == "__half")
            return ElementType::F16;
        return name == "__nv_bfloat16" ? std::optional(ElementType::BF16) : std::nullopt;
    }
    if (type->isSpecificBuiltinType(BuiltinType::Float))
        return ElementType::F32;
    if (type->isSpecificBuiltinType(BuiltinType::Double))
        return ElementType::F64;
    if (!type->isIntegralOrEnumerationType())
        return std::nullopt;
    return integerOf(context.getTypeSize(type), type->isSignedIntegerOrEnumerationType());
}

Result<ParameterType> parameterType(QualType type, const ASTContext& context)
{
    ParameterType result;
    if (isTexture(type))
        return unsupported("texture and surface objects cannot be passed by a task",
                           "a pointer to the image's elements", type);
    result.isPointer = type->isPointerType();
    const auto scalar = result.isPointer ? type->getPointeeType() : type;
    if (type->isReferenceType() || type->isFunctionPointerType())
        return unsupported("a parameter of this kind cannot be passed by a task", "", type);
    if (result.isPointer && (scalar->isPointerType() || scalar->isArrayType()))
        return unsupported("pointers to pointers cannot be passed by a task",
                           "one pointer for each array, or one array with an index", type);
    if (result.isPointer && scalar->isVoidType())
        return unsupported("a pointer without a type", "a pointer to the type of its elements", type);
    result.isConst = scalar.isConstQualified();
    if (const auto element = elementTypeOf(scalar, context)) {
        result.element = *element;
        return result;
    }
    result.lanes = lanesOf(scalar, context);
    if (result.lanes < 1 || !result.isPointer)
        return unsupported(result.isPointer ? "pointers to structures cannot be passed by a task"
                                            : "structures cannot be passed by a task",
                           result.isPointer ? "a pointer for each field, or float2, float4 and the like"
                                            : "a parameter for each field",
                           type);
    result.element = *elementTypeOf(scalarOf(scalar), context);
    return result;
}

}  // namespace warploom
