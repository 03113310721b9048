// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include "profiler/EvidenceRows.h"

namespace warploom {

/// Adds the fact that what stands at \p path is not of a form that this build knows.
void addUnreadable(EvidenceRows& rows, std::string path);

/// Calls \p add with every entry of \p list and its path; null is an empty list.
template <typename Add>
void forEachEntry(EvidenceRows& rows, const nlohmann::json& list, const std::string& path, Add add)
{
    if (list.is_null())
        return;
    if (!list.is_array())
        return addUnreadable(rows, path);
    std::size_t number = 0;
    for (const auto& entry : list)
        add(entry, fmt::format("{}[{}]", path, number++));
}

/// Reads the members of one object of the evidence. What is there, but not of the form that is asked for, becomes a
/// fact that names it; null is taken as absent. Rows and object outlive the reader.
class EvidenceReader {
public:
    /// \p path of the object; empty for the evidence itself.
    EvidenceReader(EvidenceRows& rows, const nlohmann::json& object, std::string path);

    [[nodiscard]] std::string text(const char* name) const;
    /// Infinities and not-a-number too, which JSON holds as text.
    [[nodiscard]] std::optional<double> number(const char* name) const;
    [[nodiscard]] std::optional<bool> flag(const char* name) const;
    /// Of [estimate, low, high], or of a number alone.
    [[nodiscard]] std::optional<Interval> interval(const char* name) const;
    /// What has a from_json of its own.
    template <typename T>
    [[nodiscard]] std::optional<T> value(const char* name) const
    {
        const nlohmann::json* found = find(name);
        if (found == nullptr)
            return std::nullopt;
        try {
            return found->get<T>();
        } catch (const nlohmann::json::exception&) {
            cannotRead(name);
            return std::nullopt;
        }
    }
    /// Calls \p add with every entry of the list under \p name and its path.
    template <typename Add>
    void entries(const char* name, Add add) const
    {
        if (const nlohmann::json* found = find(name))
            forEachEntry(m_rows, *found, pathOf(name), add);
    }
    /// Calls \p add with a reader of the object under \p name.
    template <typename Add>
    void object(const char* name, Add add) const
    {
        const nlohmann::json* found = find(name);
        if (found != nullptr && found->is_object())
            add(EvidenceReader(m_rows, *found, pathOf(name)));
        else if (found != nullptr)
            cannotRead(name);
    }
    /// Calls \p add with a reader of every object of the list under \p name.
    template <typename Add>
    void objects(const char* name, Add add) const
    {
        entries(name, [&](const nlohmann::json& entry, const std::string& path) {
            if (entry.is_object())
                add(EvidenceReader(m_rows, entry, path));
            else
                addUnreadable(m_rows, path);
        });
    }

private:
    /// Null where it is absent.
    [[nodiscard]] const nlohmann::json* find(const char* name) const;
    [[nodiscard]] std::string pathOf(const char* name) const;
    void cannotRead(const char* name) const { addUnreadable(m_rows, pathOf(name)); }

    EvidenceRows& m_rows;
    const nlohmann::json& m_object;
    std::string m_path;
};

}  // namespace warploom
