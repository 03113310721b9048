// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/PageScan.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace warploom {

namespace {

// Names and numbers of https://sqlite.org/fileformat2.html.
constexpr std::size_t kFileHeader = 100;
constexpr std::size_t kUsualPage = 4096;
constexpr unsigned kIndexLeaf = 10;
constexpr unsigned kTableLeaf = 13;
constexpr unsigned kIndexInterior = 2;
constexpr std::size_t kMostColumns = 64;
constexpr std::size_t kMostPayload = 64u << 20;
/// How many rows may lead over one page: one in a sound file, and some that were left behind.
constexpr std::uint8_t kMostUses = 4;

unsigned byteAt(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

std::uint32_t bigEndian(std::string_view bytes, std::size_t at, std::size_t count)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8 | byteAt(bytes, at + i);
    return value;
}

/// Reads from the front of some bytes; everything is nothing once they have run out.
class Cursor {
public:
    explicit Cursor(std::string_view bytes)
        : m_bytes(bytes)
    {
    }

    std::optional<std::uint64_t> varint()
    {
        std::uint64_t value = 0;
        for (int i = 0; i < 9; ++i) {
            if (m_at >= m_bytes.size())
                return std::nullopt;
            const unsigned byte = byteAt(m_bytes, m_at++);
            if (i == 8)
                return value << 8 | byte;
            value = value << 7 | (byte & 0x7F);
            if ((byte & 0x80) == 0)
                return value;
        }
        return std::nullopt;
    }

    std::optional<std::string_view> take(std::uint64_t count)
    {
        if (count > m_bytes.size() - m_at)
            return std::nullopt;
        const std::string_view taken = m_bytes.substr(m_at, count);
        m_at += count;
        return taken;
    }

    [[nodiscard]] std::size_t position() const { return m_at; }

private:
    std::string_view m_bytes;
    std::size_t m_at = 0;
};

std::int64_t signedNumber(std::string_view bytes)
{
    std::uint64_t value = !bytes.empty() && byteAt(bytes, 0) >= 0x80 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value = value << 8 | byteAt(bytes, i);
    return std::bit_cast<std::int64_t>(value);
}

/// Bytes of a value of a serial type; nothing for a blob or a reserved type.
std::optional<std::uint64_t> sizeOfType(std::uint64_t type)
{
    constexpr std::uint64_t kSizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type < std::size(kSizes))
        return kSizes[type];
    if (type < 13 || type % 2 == 0)
        return std::nullopt;
    return (type - 13) / 2;
}

PageValue valueOf(std::uint64_t type, std::string_view bytes)
{
    if (type == 0)
        return std::monostate();
    if (type == 7)
        return std::bit_cast<double>(signedNumber(bytes));
    if (type == 8 || type == 9)
        return static_cast<std::int64_t>(type - 8);
    if (type < 7)
        return signedNumber(bytes);
    return std::string(bytes);
}

std::optional<std::vector<PageValue>> valuesOf(std::string_view payload)
{
    Cursor start(payload);
    const auto headerBytes = start.varint();
    if (!headerBytes || *headerBytes > payload.size() || *headerBytes < start.position())
        return std::nullopt;
    Cursor types(payload.substr(0, *headerBytes));
    Cursor content(payload.substr(*headerBytes));
    static_cast<void>(types.varint());
    std::vector<PageValue> values;
    while (types.position() < *headerBytes) {
        const auto type = types.varint();
        const auto size = type ? sizeOfType(*type) : std::nullopt;
        const auto bytes = size ? content.take(*size) : std::nullopt;
        if (!bytes || values.size() >= kMostColumns)
            return std::nullopt;
        values.push_back(valueOf(*type, *bytes));
    }
    return values;
}

/// What the header says, where the file bears it out; the usual size otherwise.
std::size_t pageBytesOf(std::string_view file)
{
    if (file.size() < kFileHeader)
        return kUsualPage;
    const std::uint32_t stated = bigEndian(file, 16, 2);
    const std::size_t bytes = stated == 1 ? 65536 : stated;
    const bool isPossible = bytes >= 512 && std::has_single_bit(bytes);
    // Bytes that extensions reserve in each page: no workspace has any.
    const bool isPlain = byteAt(file, 20) == 0;
    return isPossible && isPlain && bytes * bigEndian(file, 28, 4) == file.size() ? bytes : kUsualPage;
}

class Scanner {
public:
    Scanner(std::string_view file, const std::function<void(PageRow)>& onRow)
        : m_file(file)
        , m_onRow(onRow)
        , m_page(pageBytesOf(file))
    {
        m_result.pages = file.size() / m_page;
        m_uses.resize(m_result.pages + 1);
    }

    PageScanResult scan()
    {
        for (std::uint64_t number = 1; number <= m_result.pages; ++number)
            scanPage(number);
        return m_result;
    }

private:
    [[nodiscard]] std::string_view pageAt(std::uint64_t number) const
    {
        return m_file.substr((number - 1) * m_page, m_page);
    }

    void scanPage(std::uint64_t number)
    {
        const std::string_view page = pageAt(number);
        const std::size_t header = number == 1 ? kFileHeader : 0;
        const unsigned type = byteAt(page, header);
        if (type != kTableLeaf && type != kIndexLeaf && type != kIndexInterior)
            return;
        const std::size_t cells = bigEndian(page, header + 3, 2);
        const std::size_t pointers = header + (type == kIndexInterior ? 12 : 8);
        if (pointers + 2 * cells > page.size())
            return;
        // Cells share no bytes: without this, all pointers could lead to one large cell.
        std::size_t taken = 0;
        for (std::size_t i = 0; i < cells; ++i) {
            if (taken > page.size()) {
                m_result.unreadable += cells - i;
                return;
            }
            taken += scanCell(page, type, bigEndian(page, pointers + 2 * i, 2));
        }
    }

    /// How many bytes of the page it takes.
    std::size_t scanCell(std::string_view page, unsigned type, std::size_t at)
    {
        if (at >= page.size())
            return 0;
        if (type == kIndexInterior)
            at = std::min(at + 4, page.size());
        Cursor cell(page.substr(at));
        PageRow row;
        row.isIndexed = type != kTableLeaf;
        const auto payloadBytes = cell.varint();
        const auto id = row.isIndexed ? std::optional<std::uint64_t>(0) : cell.varint();
        if (!payloadBytes || !id)
            return 0;
        row.id = std::bit_cast<std::int64_t>(*id);
        const std::string_view rest = page.substr(at + cell.position());
        const std::size_t local = localBytes(*payloadBytes, row.isIndexed);
        const auto payload = payloadOf(rest, *payloadBytes, local);
        auto values = payload ? valuesOf(*payload) : std::nullopt;
        if (values) {
            row.values = std::move(*values);
            m_onRow(std::move(row));
        } else {
            ++m_result.unreadable;
        }
        return cell.position() + std::min(local, rest.size());
    }

    /// How much of a payload lies in the page itself.
    [[nodiscard]] std::size_t localBytes(std::uint64_t payloadBytes, bool isIndexed) const
    {
        const std::size_t most = isIndexed ? (m_page - 12) * 64 / 255 - 23 : m_page - 35;
        if (payloadBytes <= most)
            return payloadBytes;
        const std::size_t least = (m_page - 12) * 32 / 255 - 23;
        const std::size_t wanted = least + (payloadBytes - least) % (m_page - 4);
        return wanted <= most ? wanted : least;
    }

    /// What lies in the page, and what a chain of further pages holds.
    std::optional<std::string> payloadOf(std::string_view rest, std::uint64_t bytes, std::size_t local)
    {
        if (bytes > kMostPayload || bytes > m_file.size() || rest.size() < local)
            return std::nullopt;
        std::string payload(rest.substr(0, local));
        if (local == bytes)
            return payload;
        if (rest.size() < local + 4)
            return std::nullopt;
        std::uint64_t next = bigEndian(rest, local, 4);
        while (payload.size() < bytes) {
            if (next < 2 || next > m_result.pages || m_uses[next] >= kMostUses)
                return std::nullopt;
            ++m_uses[next];
            const std::string_view page = pageAt(next);
            payload += page.substr(4, std::min<std::uint64_t>(bytes - payload.size(), m_page - 4));
            next = bigEndian(page, 0, 4);
        }
        return payload;
    }

    std::string_view m_file;
    const std::function<void(PageRow)>& m_onRow;
    std::size_t m_page;
    PageScanResult m_result;
    std::vector<std::uint8_t> m_uses;  ///< by page, of those that continue rows
};

}  // namespace

PageScanResult scanPages(std::string_view file, const std::function<void(PageRow)>& onRow)
{
    return Scanner(file, onRow).scan();
}

}  // namespace warploom
