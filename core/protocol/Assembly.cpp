// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "protocol/Assembly.h"

#include <algorithm>
#include <array>
#include <utility>

namespace warploom {

namespace {

constexpr std::array<std::pair<InstructionClass, std::string_view>, 20> kClassNames{{
    {InstructionClass::Single, "single"},
    {InstructionClass::Double, "double"},
    {InstructionClass::Half, "half"},
    {InstructionClass::Tensor, "tensor"},
    {InstructionClass::Special, "special"},
    {InstructionClass::Integer, "integer"},
    {InstructionClass::Conversion, "conversion"},
    {InstructionClass::GlobalLoad, "global-load"},
    {InstructionClass::GlobalStore, "global-store"},
    {InstructionClass::SharedLoad, "shared-load"},
    {InstructionClass::SharedStore, "shared-store"},
    {InstructionClass::Local, "local"},
    {InstructionClass::Constant, "constant"},
    {InstructionClass::Atomic, "atomic"},
    {InstructionClass::AsyncCopy, "async-copy"},
    {InstructionClass::Shuffle, "shuffle"},
    {InstructionClass::Barrier, "barrier"},
    {InstructionClass::Control, "control"},
    {InstructionClass::Move, "move"},
    {InstructionClass::Other, "other"},
}};

// What a line takes over from the one before is copied: a short text must not become a large value.
constexpr std::size_t kMostInlinedAt = 256;
constexpr std::size_t kLongestFileName = 4096;

/// Whether the places of two lines are the same, so that the second need not be written.
bool hasSamePlace(const ListingLine& left, const ListingLine& right)
{
    return left.source == right.source && left.inlinedAt == right.inlinedAt && left.file == right.file;
}

/// The keys in which \p line differs from the one before; just its text where that is all.
nlohmann::json differenceOf(const ListingLine& line, const ListingLine& before)
{
    nlohmann::json json = nlohmann::json::object();
    if (!hasSamePlace(line, before)) {
        json["source"] = line.source;
        if (line.inlinedAt != before.inlinedAt)
            json["inlined_at"] = line.inlinedAt;
        if (line.file != before.file)
            json["file"] = line.file;
    }
    if (line.address != before.address)
        json["address"] = line.address ? nlohmann::json(*line.address) : nlohmann::json();
    if (line.ptx != before.ptx)
        json["ptx"] = line.ptx;
    if (line.isInstruction != before.isInstruction)
        json["instruction"] = line.isInstruction;
    if (json.empty())
        return line.text;
    json["text"] = line.text;
    return json;
}

/// Changes \p line, which is the one before, into what \p json tells.
void applyDifference(const nlohmann::json& json, ListingLine& line)
{
    if (json.is_string()) {
        line.text = json.get<std::string>();
        return;
    }
    line.text = json.at("text").get<std::string>();
    line.source = json.value("source", line.source);
    line.inlinedAt = json.value("inlined_at", line.inlinedAt);
    line.file = json.value("file", line.file);
    if (line.inlinedAt.size() > kMostInlinedAt || line.file.size() > kLongestFileName)
        throw nlohmann::json::out_of_range::create(401, "a line of a listing with too long a place", &json);
    line.ptx = json.value("ptx", line.ptx);
    line.isInstruction = json.value("instruction", line.isInstruction);
    const auto address = json.find("address");
    if (address == json.end())
        return;
    line.address.reset();
    if (!address->is_null())
        line.address = address->get<std::uint32_t>();
}

void checkKernel(const nlohmann::json& json, const Listing& listing, const Listing::Kernel& kernel)
{
    if (kernel.firstLine > listing.lines.size() || listing.lines.size() - kernel.firstLine < kernel.lineCount)
        throw nlohmann::json::out_of_range::create(401, "a kernel beyond its listing", &json);
}

}  // namespace

std::string_view instructionClassName(InstructionClass kind)
{
    const auto found =
        std::find_if(kClassNames.begin(), kClassNames.end(), [kind](const auto& each) { return each.first == kind; });
    return found == kClassNames.end() ? "other" : found->second;
}

std::optional<InstructionClass> instructionClassFromName(std::string_view name)
{
    const auto found =
        std::find_if(kClassNames.begin(), kClassNames.end(), [name](const auto& each) { return each.second == name; });
    if (found == kClassNames.end())
        return std::nullopt;
    return found->first;
}

const std::vector<InstructionClass>& allInstructionClasses()
{
    static const std::vector<InstructionClass> all = [] {
        std::vector<InstructionClass> kinds;
        for (const auto& [kind, name] : kClassNames)
            kinds.push_back(kind);
        return kinds;
    }();
    return all;
}

std::uint32_t InstructionMix::total() const
{
    std::uint32_t sum = 0;
    for (const auto& [kind, count] : counts)
        sum += count;
    return sum;
}

void to_json(nlohmann::json& json, const InstructionMix& mix)
{
    auto counts = nlohmann::json::object();
    for (const auto& [kind, count] : mix.counts)
        counts[std::string(instructionClassName(kind))] = count;
    json = {{"kernel", mix.kernel}, {"sass", mix.isSass}, {"counts", std::move(counts)}};
}

void from_json(const nlohmann::json& json, InstructionMix& mix)
{
    mix.kernel = json.value("kernel", "");
    mix.isSass = json.value("sass", false);
    mix.counts.clear();
    // A class that this build does not know is one of the others.
    for (const auto& [name, count] : json.value("counts", std::map<std::string, std::uint32_t>{}))
        mix.counts[instructionClassFromName(name).value_or(InstructionClass::Other)] += count;
}

void to_json(nlohmann::json& json, const Listing& listing)
{
    auto lines = nlohmann::json::array();
    const ListingLine nothing;
    const ListingLine* before = &nothing;
    for (const ListingLine& line : listing.lines) {
        lines.push_back(differenceOf(line, *before));
        before = &line;
    }
    auto kernels = nlohmann::json::array();
    for (const Listing::Kernel& kernel : listing.kernels)
        kernels.push_back({{"name", kernel.name}, {"first_line", kernel.firstLine}, {"line_count", kernel.lineCount}});
    json = {{"lines", std::move(lines)}, {"kernels", std::move(kernels)}};
}

void from_json(const nlohmann::json& json, Listing& listing)
{
    listing = {};
    ListingLine line;
    for (const auto& difference : json.at("lines")) {
        applyDifference(difference, line);
        listing.lines.push_back(line);
    }
    for (const auto& entry : json.at("kernels")) {
        Listing::Kernel kernel{entry.value("name", ""), entry.value("first_line", 0u), entry.value("line_count", 0u)};
        checkKernel(json, listing, kernel);
        listing.kernels.push_back(std::move(kernel));
    }
}

void to_json(nlohmann::json& json, const AssemblyReport& report)
{
    json = {{"ptx", report.ptx},
            {"sass_missing", report.sassMissing},
            {"resources", report.resources},
            {"mixes", report.mixes}};
    if (report.sass)
        json["sass"] = *report.sass;
}

void from_json(const nlohmann::json& json, AssemblyReport& report)
{
    report.ptx = json.value("ptx", Listing{});
    report.sass.reset();
    if (const auto sass = json.find("sass"); sass != json.end())
        report.sass = sass->get<Listing>();
    report.sassMissing = json.value("sass_missing", "");
    report.resources = json.value("resources", std::vector<KernelResources>{});
    report.mixes = json.value("mixes", std::vector<InstructionMix>{});
}

}  // namespace warploom
