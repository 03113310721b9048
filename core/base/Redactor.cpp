// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Redactor.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace warploom {

namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string inJson(std::string_view text, bool asciiOnly)
{
    // A secret that is no UTF-8 cannot stand in JSON as it is.
    std::string quoted =
        nlohmann::json(std::string(text)).dump(-1, ' ', asciiOnly, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

std::string withEscapedSlashes(std::string_view text)
{
    std::string escaped;
    for (const char c : text)
        escaped += c == '/' ? std::string("\\/") : std::string(1, c);
    return escaped;
}

std::string inAddress(std::string_view text, bool upperCase)
{
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos)
            encoded += c;
        else
            encoded += upperCase ? fmt::format("%{:02X}", byte) : fmt::format("%{:02x}", byte);
    }
    return encoded;
}

/// The characters that the text alone decides when it is encoded after \p before other bytes (0 to 2, modulo 3) and
/// before any others.
std::string inBase64(std::string_view text, std::size_t before, std::string_view alphabet)
{
    const std::string bytes = std::string(before, '\0') + std::string(text);
    const std::size_t first = (before * 8 + 5) / 6;
    const std::size_t end = bytes.size() * 8 / 6;
    std::string encoded;
    for (std::size_t digit = first; digit < end; ++digit) {
        const std::size_t bit = digit * 6;
        const auto high = static_cast<std::uint8_t>(bytes[bit / 8]);
        const auto low = bit / 8 + 1 < bytes.size() ? static_cast<std::uint8_t>(bytes[bit / 8 + 1]) : std::uint8_t{0};
        const unsigned pair = (unsigned{high} << 8) | low;
        encoded += alphabet[(pair >> (10 - bit % 8)) & 63];
    }
    return encoded;
}

}  // namespace

void Redactor::addForm(std::string form)
{
    m_begins[static_cast<unsigned char>(form.front())] = true;
    Secret kept(std::move(form));
    if (std::find(m_forms.begin(), m_forms.end(), kept) != m_forms.end())
        return;
    const auto place = std::find_if(m_forms.begin(), m_forms.end(),
                                    [&](const Secret& other) { return other.reveal().size() < kept.reveal().size(); });
    m_forms.insert(place, std::move(kept));
}

void Redactor::add(const Secret& secret)
{
    const std::string_view text = secret.reveal();
    if (text.size() < kShortest)
        return;
    addForm(std::string(text));
    for (const bool asciiOnly : {false, true}) {
        const std::string once = inJson(text, asciiOnly);
        addForm(once);
        addForm(withEscapedSlashes(once));
        addForm(inJson(once, asciiOnly));
    }
    for (const bool upperCase : {false, true})
        addForm(inAddress(text, upperCase));
    for (const std::string_view alphabet : {kBase64, kBase64Url})
        for (const std::size_t before : {0, 1, 2})
            addForm(inBase64(text, before, alphabet));
}

void Redactor::add(const Redactor& other)
{
    for (const Secret& form : other.m_forms)
        addForm(std::string(form.reveal()));
}

std::size_t Redactor::formAt(std::string_view text, std::size_t place) const
{
    if (!m_begins[static_cast<unsigned char>(text[place])])
        return 0;
    const std::string_view rest = text.substr(place);
    for (const Secret& form : m_forms)
        if (rest.starts_with(form.reveal()))
            return form.reveal().size();
    return 0;
}

std::string Redactor::redact(std::string_view text) const
{
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t place = 0; place < text.size();) {
        const std::size_t length = formAt(text, place);
        if (length > 0)
            clean += kMark;
        else
            clean += text[place];
        place += std::max<std::size_t>(length, 1);
    }
    return clean;
}

bool Redactor::finds(std::string_view text) const
{
    for (std::size_t place = 0; place < text.size(); ++place)
        if (formAt(text, place) > 0)
            return true;
    return false;
}

}  // namespace warploom
