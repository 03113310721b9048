// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <clang/AST/DeclTemplate.h>

#include "moves/InlinedCall.h"

namespace warploom {

using namespace clang;

/// What the kernel names from now on has to be open to it.
void InlinedCall::openMembers(SourceEdit& edit) const
{
    const auto& source = m_callee.source();
    const auto* record = llvm::dyn_cast<CXXRecordDecl>(m_callee.kernel().getParent());
    if (record == nullptr)
        return;
    if (const auto* instance = llvm::dyn_cast<ClassTemplateSpecializationDecl>(record);
        instance != nullptr && !instance->isExplicitSpecialization())
        record = instance->getSpecializedTemplate()->getTemplatedDecl()->getDefinition();
    const auto brace = source.offset(record->getBraceRange().getBegin());
    const auto explicitly = [](const Decl* one) { return !one->isImplicit(); };
    const auto first = std::find_if(record->decls_begin(), record->decls_end(), explicitly);
    if (record->isClass() && brace && first != record->decls_end() && !llvm::isa<AccessSpecDecl>(*first))
        edit.insert(*brace + 1, "\npublic:");
    for (const Decl* one : record->decls()) {
        const auto* access = llvm::dyn_cast<AccessSpecDecl>(one);
        if (access == nullptr || access->getAccess() == AS_public)
            continue;
        const auto begin = source.offset(access->getAccessSpecifierLoc());
        const auto colon = source.offset(access->getColonLoc());
        if (begin && colon)
            edit.replace({*begin, *colon}, "public");
    }
}

}  // namespace warploom
