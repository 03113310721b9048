// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "moves/LaunchPair.h"

namespace warploom {

/// A map kernel whose whole work is one value an element, and the kernel launched next, which reads those values: it
/// can work them out where it reads them.
class InlinedMap {
public:
    static std::optional<InlinedMap> make(const MoveContext& context, const LaunchLine& producer,
                                          const LaunchLine& consumer);

    /// False where macros hide part of the kernels, or names cannot be kept apart.
    bool editInto(SourceEdit& edit) const;
    [[nodiscard]] const KernelScope& producer() const { return *m_map.kernel; }
    [[nodiscard]] const KernelScope& consumer() const { return *m_consumer; }
    [[nodiscard]] const std::string& buffer() const { return m_buffer; }
    /// How often the consumer reads it.
    [[nodiscard]] std::size_t reads() const { return m_reads.size(); }

private:
    using Names = std::map<const clang::VarDecl*, std::string>;

    explicit InlinedMap(const MoveContext& context)
        : m_context(&context)
    {
    }
    bool readProducer();
    bool readConsumer();
    [[nodiscard]] bool readsOnce(const Access& access) const;
    [[nodiscard]] bool keepsNames() const;
    [[nodiscard]] std::optional<std::string> readText(const Access& access, const Names& names) const;
    [[nodiscard]] std::string columnText(const clang::Expr* expression, const Access& access, const Names& names) const;
    [[nodiscard]] std::optional<std::string> valueText(const clang::Expr* expression, const std::string& place,
                                                       const Access& access, const Names& names) const;
    [[nodiscard]] std::optional<Names> names(std::vector<const clang::ParmVarDecl*>& added) const;

    const MoveContext* m_context;
    MapLaunch m_map;
    const clang::Expr* m_value = nullptr;
    clang::QualType m_type;  ///< of an element
    std::string m_buffer;
    const KernelScope* m_consumer = nullptr;
    const LaunchLine* m_launch = nullptr;
    const clang::ParmVarDecl* m_parameter = nullptr;  ///< of the consumer, for the buffer
    std::vector<Access> m_reads;
};

}  // namespace warploom
