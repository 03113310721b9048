// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "device/emulator/GlobalShadow.h"

#include <algorithm>

namespace warploom::emulator {

GlobalShadow::GlobalShadow(std::uint64_t bytes, std::uint32_t unitShift)
    : m_unitShift(unitShift)
    , m_units((bytes >> unitShift) + 1)
    , m_writers(m_units * sizeof(Writer))
    , m_tags(m_units * sizeof(Tag))
    , m_others(m_units * sizeof(Others))
{
    if (m_writers.data() == nullptr || m_tags.data() == nullptr)
        m_others = HostPages();
}

void GlobalShadow::startLaunch()
{
    m_isSuspect = false;
    if (++m_launch != 0)
        return;
    m_tags = HostPages(m_units * sizeof(Tag));  // the numbers start again
    m_others = HostPages(m_units * sizeof(Others));
    m_launch = 1;
}

void GlobalShadow::renew(Tag& tag, std::uint64_t unit)
{
    if (tag.hasOthers != 0)
        m_others.as<Others>()[unit] = {};
    m_writers.as<Writer>()[unit] = {};
    tag = {};
    tag.launch = m_launch;
}

GlobalShadow::Others& GlobalShadow::othersOf(std::uint64_t unit)
{
    m_tags.as<Tag>()[unit].hasOthers = 1;
    return m_others.as<Others>()[unit];
}

void GlobalShadow::noticeReaders(std::uint64_t unit, std::uint32_t block)
{
    const Others& others = m_others.as<Others>()[unit];
    for (const Toucher& reader : {others.reader, others.otherReader})
        if (reader.block != 0 && reader.block != block)
            m_isSuspect = true;
}

/// Another block has written the unit.
void GlobalShadow::meet(std::uint64_t unit, const Writer& written, std::uint32_t publications)
{
    Writer& writer = m_writers.as<Writer>()[unit];
    Tag& tag = m_tags.as<Tag>()[unit];
    Writer higher = written;
    std::uint32_t higherPublications = std::min(publications, kMostPublications);
    if (written.toucher.block < writer.toucher.block) {
        std::swap(writer, higher);
        const std::uint32_t before = tag.publications;
        tag.publications = static_cast<std::uint16_t>(higherPublications);
        higherPublications = before;
    }
    if (writer.value == higher.value)
        return;
    Others& others = othersOf(unit);
    if (others.second.block != 0 && others.second.block < higher.toucher.block)
        return;
    others.second = higher.toucher;
    others.secondPublications = higherPublications;
    m_isSuspect = true;
}

std::optional<Toucher> GlobalShadow::read(std::uint64_t unit, const GlobalVisitor& visitor)
{
    const Guard guard(*this, unit);
    const Toucher& mine = visitor.toucher;
    fresh(unit);
    Others& others = othersOf(unit);
    Toucher later = mine;
    if (others.reader.block == 0 || later.block < others.reader.block)
        std::swap(others.reader, later);
    if (later.block != 0 && later.block != others.reader.block
        && (others.otherReader.block == 0 || later.block < others.otherReader.block))
        others.otherReader = later;
    const Writer& writer = m_writers.as<Writer>()[unit];
    if (writer.toucher.block == 0)
        return std::nullopt;
    if (writer.toucher.block != mine.block) {
        m_isSuspect = true;
        return std::nullopt;
    }
    return isOrdered(writer, visitor) ? std::nullopt : std::optional(writer.toucher);
}

void GlobalShadow::writeStrongly(std::uint64_t unit, std::uint32_t block)
{
    const Guard guard(*this, unit);
    Tag& tag = fresh(unit);
    if (tag.strongBlock == 0 || block < tag.strongBlock)
        tag.strongBlock = block & 0x7fffffffu;
}

std::optional<GlobalShadow::Race> GlobalShadow::findRace(const std::vector<std::uint32_t>& publications) const
{
    std::optional<Race> found;
    if (!m_isSuspect)
        return found;
    const auto isPublished = [&](const Toucher& writer, std::uint32_t then) {
        return then >= kMostPublications || writer.block > publications.size() || then < publications[writer.block - 1];
    };
    const auto consider = [&](std::uint64_t unit, const Toucher& writer, const Toucher& other, bool otherWrote) {
        if (other.block != 0 && other.block != writer.block && (!found || other.block < found->other.block))
            found = {unit, writer, other, otherWrote};
    };
    for (std::uint64_t unit = 0; unit < m_units; ++unit) {
        const Tag& tag = m_tags.as<Tag>()[unit];
        const Toucher& writer = m_writers.as<Writer>()[unit].toucher;
        if (tag.launch != m_launch || tag.hasOthers == 0 || writer.block == 0 || isPublished(writer, tag.publications))
            continue;
        const Others& others = m_others.as<Others>()[unit];
        consider(unit, writer, others.reader, false);
        consider(unit, writer, others.otherReader, false);
        if (others.second.block != 0 && !isPublished(others.second, others.secondPublications))
            consider(unit, writer, others.second, true);
    }
    return found;
}

bool GlobalShadow::isWrittenByOthers(std::uint64_t unit, std::uint32_t block, bool onlyLower) const
{
    const Tag& tag = m_tags.as<Tag>()[unit];
    if (tag.launch != m_launch)
        return false;
    const auto counts = [&](std::uint32_t writer) {
        return writer != 0 && writer != block && (!onlyLower || writer < block);
    };
    return counts(m_writers.as<Writer>()[unit].toucher.block) || counts(tag.strongBlock);
}

}  // namespace warploom::emulator
