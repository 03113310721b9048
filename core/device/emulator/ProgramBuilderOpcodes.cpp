// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "device/emulator/GlobalMemory.h"
#include "device/emulator/ProgramBuilder.h"

namespace warploom::emulator {

namespace {

std::uint32_t bytesOf(char letter) { return letter == 'H' ? 2 : letter == 'W' ? 4 : letter == 'L' ? 8 : 0; }

/// "b32" for every 32-bit type: what moving and choosing need to know.
std::string bitsName(PtxType type) { return fmt::format("b{}", ptxBits(type)); }

bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Arithmetic whose result can be not-a-number though no operand is, all of one type.
NanKind nanKindOf(std::string_view opcode)
{
    static constexpr std::pair<std::string_view, NanKind> kTypes[]{
        {"f32", NanKind::Single},     {"f64", NanKind::Double}, {"f16", NanKind::Half},
        {"f16x2", NanKind::HalfPair}, {"bf16", NanKind::Brain}, {"bf16x2", NanKind::BrainPair},
    };
    if (!isOneOf(opcode.substr(0, opcode.find('.')),
                 {"add", "sub", "mul", "fma", "mad", "div", "sqrt", "rsqrt", "lg2", "sin", "cos"}))
        return NanKind::None;
    const std::string_view type = opcode.substr(opcode.rfind('.') + 1);
    for (const auto& [name, kind] : kTypes)
        if (name == type)
            return kind;
    return NanKind::None;
}

/// Opcodes whose predicates are the carry, which PTX does not write down.
bool usesCarry(std::string_view opcode)
{
    return opcode.find(".cc.") != std::string_view::npos
        || isOneOf(opcode.substr(0, opcode.find('.')), {"addc", "subc", "madc"});
}

/// The name under which the table knows an opcode: default rounding and hints dropped, untyped where types do not
/// matter.
std::string normalForm(const std::vector<std::string_view>& parts)
{
    std::vector<std::string> kept;
    const std::string_view base = parts.front();
    const bool isUntyped = isOneOf(base, {"selp", "and", "or", "xor", "not", "cnot", "shl", "slct"});
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto type = i == 0 ? std::nullopt : ptxTypeFromName(parts[i]);
        if (i > 0 && parts[i] == "rn")
            continue;
        if (type && isUntyped && *type != PtxType::Pred && !(base == "slct" && i == 2))
            kept.push_back(bitsName(*type));
        else
            kept.emplace_back(parts[i]);
    }
    return fmt::format("{}", fmt::join(kept, "."));
}

}  // namespace

Result<> ProgramBuilder::decodeOpcode(Frame& frame)
{
    using Decode = Result<> (ProgramBuilder::*)(Frame&);
    static const std::unordered_map<std::string_view, Decode> kSpecialCases{
        {"mov", &ProgramBuilder::decodeMove},          {"setp", &ProgramBuilder::decodeCompare},
        {"set", &ProgramBuilder::decodeSet},           {"cvt", &ProgramBuilder::decodeConvert},
        {"cvta", &ProgramBuilder::decodeWindow},       {"isspacep", &ProgramBuilder::decodeWindow},
        {"ld", &ProgramBuilder::decodeLoadStore},      {"ldu", &ProgramBuilder::decodeLoadStore},
        {"st", &ProgramBuilder::decodeLoadStore},      {"atom", &ProgramBuilder::decodeAtomic},
        {"red", &ProgramBuilder::decodeAtomic},        {"bra", &ProgramBuilder::decodeBranch},
        {"brx", &ProgramBuilder::decodeBranchIndexed}, {"call", &ProgramBuilder::decodeCall},
        {"ret", &ProgramBuilder::decodeReturn},        {"exit", &ProgramBuilder::decodeReturn},
        {"bar", &ProgramBuilder::decodeBarrier},       {"barrier", &ProgramBuilder::decodeBarrier},
        {"shfl", &ProgramBuilder::decodeWarp},         {"vote", &ProgramBuilder::decodeWarp},
        {"match", &ProgramBuilder::decodeWarp},        {"redux", &ProgramBuilder::decodeWarp},
        {"elect", &ProgramBuilder::decodeWarp},        {"ldmatrix", &ProgramBuilder::decodeMatrix},
        {"stmatrix", &ProgramBuilder::decodeMatrix},   {"movmatrix", &ProgramBuilder::decodeMatrix},
        {"mma", &ProgramBuilder::decodeMatrix},        {"wmma", &ProgramBuilder::decodeMatrix},
        {"mbarrier", &ProgramBuilder::decodeMbarrier},
    };
    const std::string_view base = m_current.parts.front();
    if (const auto special = kSpecialCases.find(base); special != kSpecialCases.end())
        return (this->*special->second)(frame);
    if (base == "cp")
        return decodeCopyAsync(frame);
    if (base == "trap" || base == "brkpt")
        return decodeTrap("");
    if (base == "membar" || base == "fence") {
        const bool staysInside = isOneOf(m_current.parts.back(), {"cta"});
        return emitNamed("fence", {}).map([&](std::uint32_t code) {
            m_program.code[code].ordering = Ordering::kFence | (staysInside ? 0 : Ordering::kPublish);
        });
    }
    if (isOneOf(base, {"prefetch", "prefetchu", "discard", "applypriority", "griddepcontrol", "pmevent"}))
        return emitNamed("nop", {}).map([](std::uint32_t) { });
    if (base == "createpolicy") {  // a hint to caches, and nothing else
        if (m_current.instruction->operands.empty())
            return notEmulated();
        WARPLOOM_TRY(const std::uint32_t policy, destination(frame, m_current.instruction->operands[0], 8));
        return emitNamed("mov.b64", {policy, constantOf(0, 8)}).map([](std::uint32_t) { });
    }
    return decodeRow(frame, normalForm(m_current.parts));
}

Result<> ProgramBuilder::decodeRow(Frame& frame, std::string_view opcode)
{
    const OpcodeRow* row = m_handlers.find(opcode);
    if (row == nullptr)
        return notEmulated();
    std::vector<const PtxOperand*> operands;
    for (const PtxOperand& operand : m_current.instruction->operands) {
        operands.push_back(&operand);
        for (const PtxOperand& second : operand.second)
            operands.push_back(&second);
    }
    return decodeWithRow(frame, *row, operands);
}

Result<> ProgramBuilder::decodeWithRow(Frame& frame, const OpcodeRow& row,
                                       const std::vector<const PtxOperand*>& operands)
{
    const auto equals = row.signature.find('=');
    std::vector<std::uint32_t> registers(row.signature.size() - 1, kNoOperand);
    const std::string_view type = m_current.parts.back();
    const bool isSignedResult = type.starts_with('s');
    std::size_t next = 0;
    std::vector<const PtxOperand*> places(registers.size(), nullptr);
    for (std::size_t i = 0; i < registers.size(); ++i) {
        const char letter = row.signature[i < equals ? i : i + 1];
        if (letter == 'P' && usesCarry(row.opcode)) {
            registers[i] = m_carry;
            continue;
        }
        if (next >= operands.size())
            return malformed("operands are missing");
        places[i] = operands[next++];
    }
    if (next != operands.size())
        return malformed("there are too many operands");
    // Sources first: resizing a result must not disturb them.
    for (std::size_t i = registers.size(); i-- > 0;) {
        if (places[i] == nullptr)
            continue;
        const char letter = row.signature[i < equals ? i : i + 1];
        if (i < equals) {
            WARPLOOM_TRY(registers[i], destination(frame, *places[i], bytesOf(letter), isSignedResult));
        } else if (letter == 'P') {
            WARPLOOM_TRY(registers[i], predicateSource(frame, *places[i]));
        } else {
            WARPLOOM_TRY(registers[i], source(frame, *places[i], bytesOf(letter), isSignedResult));
        }
    }
    emitRow(row, registers);
    return {};
}

std::uint32_t ProgramBuilder::emitRow(const OpcodeRow& row, const std::vector<std::uint32_t>& operands,
                                      std::int64_t immediate)
{
    Instruction instruction;
    instruction.run = row.run;
    instruction.immediate = immediate;
    InstructionInfo info;
    info.pipe = row.pipe;
    info.issueSlots = row.issueSlots;
    info.flops32 = row.flops32;
    info.flops64 = row.flops64;
    const auto equals = row.signature.find('=');
    instruction.nan = nanKindOf(row.opcode);
    instruction.nanSources = static_cast<std::uint8_t>(row.signature.size() - equals - 1);
    info.watched = row.watched;
    if (row.opcode == "clock.u64")
        instruction.ordering = Ordering::kClock;
    for (std::size_t i = 0; i < operands.size() && i < kMostOperands; ++i) {
        instruction.operand[i] = operands[i];
        if (operands[i] != kNoOperand)
            (i < equals ? info.writes : info.reads).push_back(operands[i]);
    }
    return append(instruction, std::move(info));
}

Result<std::uint32_t> ProgramBuilder::emitNamed(std::string_view opcode, const std::vector<std::uint32_t>& operands,
                                                std::int64_t immediate)
{
    const OpcodeRow* row = m_handlers.find(opcode);
    if (row == nullptr)
        return notEmulated();
    return emitRow(*row, operands, immediate);
}

Result<> ProgramBuilder::decodeMove(Frame& frame)
{
    const auto& operands = m_current.instruction->operands;
    const auto type = ptxTypeFromName(m_current.parts.back());
    if (!type || operands.size() != 2)
        return notEmulated();
    if (*type == PtxType::Pred)
        return decodeRow(frame, "mov.pred");
    const std::uint32_t bytes = ptxBits(*type) / 8;
    if (bytes < 2 || bytes > 8)
        return notEmulated();
    if (operands[0].kind == PtxOperand::Kind::Vector)
        return decodeUnpack(frame, bytes);
    if (operands[1].kind == PtxOperand::Kind::Vector)
        return decodePack(frame, bytes);
    return decodeRow(frame, "mov." + bitsName(*type));
}

Result<> ProgramBuilder::decodeUnpack(Frame& frame, std::uint32_t bytes)
{
    const auto& operands = m_current.instruction->operands;
    const auto& elements = operands[0].elements;
    const std::uint32_t each = elements.empty() ? 0 : bytes / static_cast<std::uint32_t>(elements.size());
    if (elements.size() < 2 || each < 2 || each * elements.size() != bytes)
        return notEmulated();
    WARPLOOM_TRY(const std::uint32_t whole, source(frame, operands[1], bytes));
    // A part may be the register that is taken apart: go through temporaries.
    std::vector<std::uint32_t> parts;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        parts.push_back(temporary(each));
        WARPLOOM_CHECK(emitNamed(fmt::format("part.u{}.u{}.{}", 8 * each, 8 * bytes, i), {parts.back(), whole}));
    }
    for (std::size_t i = 0; i < elements.size(); ++i) {
        WARPLOOM_TRY(const std::uint32_t to, destination(frame, elements[i], each));
        WARPLOOM_CHECK(emitNamed(fmt::format("mov.b{}", 8 * each), {to, parts[i]}));
    }
    return {};
}

Result<> ProgramBuilder::decodePack(Frame& frame, std::uint32_t bytes)
{
    const auto& operands = m_current.instruction->operands;
    const auto& elements = operands[1].elements;
    std::uint32_t each = elements.empty() ? 0 : bytes / static_cast<std::uint32_t>(elements.size());
    if (elements.size() < 2 || each < 2 || each * elements.size() != bytes)
        return notEmulated();
    std::vector<std::uint32_t> parts;
    for (const PtxOperand& element : elements) {
        WARPLOOM_TRY(const std::uint32_t part, source(frame, element, each));
        parts.push_back(part);
    }
    while (parts.size() > 2) {
        std::vector<std::uint32_t> joined;
        for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
            joined.push_back(temporary(2 * each));
            WARPLOOM_CHECK(
                emitNamed(fmt::format("join.u{}.u{}", 16 * each, 8 * each), {joined.back(), parts[i], parts[i + 1]}));
        }
        parts = std::move(joined);
        each *= 2;
    }
    WARPLOOM_TRY(const std::uint32_t to, destination(frame, operands[0], bytes));
    return emitNamed(fmt::format("join.u{}.u{}", 8 * bytes, 8 * each), {to, parts[0], parts[1]}).map([](std::uint32_t) {
    });
}

/// Emits the comparison of the two operands at \p firstSource; for packed types \p second gets the upper half's result.
Result<std::uint32_t> ProgramBuilder::compareInto(Frame& frame, std::size_t firstSource, std::uint32_t& second)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    const bool flushes = std::find(parts.begin(), parts.end(), "ftz") != parts.end() && parts.back() == "f32";
    const OpcodeRow* row = m_handlers.find(fmt::format("setp.{}.{}{}", parts[1], flushes ? "ftz." : "", parts.back()));
    if (row == nullptr || operands.size() < firstSource + 2)
        return notEmulated();
    const std::uint32_t bytes = bytesOf(row->signature.back());
    const bool isSignedType = parts.back().starts_with('s');
    WARPLOOM_TRY(const std::uint32_t a, source(frame, operands[firstSource], bytes, isSignedType));
    WARPLOOM_TRY(const std::uint32_t b, source(frame, operands[firstSource + 1], bytes, isSignedType));
    const std::uint32_t first = temporary(0);
    if (row->signature.starts_with("PP")) {
        second = temporary(0);
        emitRow(*row, {first, second, a, b});
    } else {
        emitRow(*row, {first, a, b});
    }
    return first;
}

/// setp.CmpOp[.BoolOp] p[|q], a, b[, c]: q is the complement of the comparison, each combined with c.
Result<> ProgramBuilder::decodeCompare(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    if (parts.size() < 3 || operands.size() < 3)
        return notEmulated();
    std::uint32_t upper = kNoOperand;
    WARPLOOM_TRY(std::uint32_t first, compareInto(frame, 1, upper));
    std::uint32_t second = upper;
    if (second == kNoOperand && !operands[0].second.empty()) {
        second = temporary(0);
        WARPLOOM_CHECK(emitNamed("not.pred", {second, first}));
    }
    const bool combines = isOneOf(parts[2], {"and", "or", "xor"});
    if (combines && operands.size() == 4) {
        WARPLOOM_TRY(const std::uint32_t c, predicateSource(frame, operands[3]));
        const std::string opcode = std::string(parts[2]) + ".pred";
        for (std::uint32_t* result : {&first, &second}) {
            if (*result == kNoOperand)
                continue;
            const std::uint32_t combined = temporary(0);
            WARPLOOM_CHECK(emitNamed(opcode, {combined, *result, c}));
            m_program.infos.back().issueSlots = 0;  // part of the comparison
            *result = combined;
        }
    }
    WARPLOOM_TRY(const std::uint32_t p, destination(frame, operands[0], 0));
    WARPLOOM_CHECK(emitNamed("mov.pred", {p, first}));
    if (!operands[0].second.empty()) {
        WARPLOOM_TRY(const std::uint32_t q, destination(frame, operands[0].second.front(), 0));
        WARPLOOM_CHECK(emitNamed("mov.pred", {q, second}));
    }
    return {};
}

/// set.CmpOp[.BoolOp].dtype.stype: all ones or 1.0 where the comparison holds.
Result<> ProgramBuilder::decodeSet(Frame& frame)
{
    const auto& parts = m_current.parts;
    const auto& operands = m_current.instruction->operands;
    const auto to = parts.size() < 4 ? std::nullopt : ptxTypeFromName(parts[parts.size() - 2]);
    const bool combines = parts.size() > 2 && isOneOf(parts[2], {"and", "or", "xor"});
    if (!to || combines || operands.size() != 3 || ptxBits(*to) > 32)
        return notEmulated();
    std::uint32_t upper = kNoOperand;
    WARPLOOM_TRY(const std::uint32_t lower, compareInto(frame, 1, upper));
    const bool isPacked = upper != kNoOperand;
    const std::uint32_t bytes = isPacked ? 2 : ptxBits(*to) / 8;
    const std::uint64_t yes = *to == PtxType::F32        ? 0x3f800000u
        : *to == PtxType::F16 || *to == PtxType::F16x2   ? 0x3c00u
        : *to == PtxType::Bf16 || *to == PtxType::Bf16x2 ? 0x3f80u
                                                         : ~std::uint64_t{0};
    const std::string select = fmt::format("selp.b{}", 8 * bytes);
    const std::uint32_t ones = constantOf(yes, bytes);
    const std::uint32_t zeros = constantOf(0, bytes);
    WARPLOOM_TRY(const std::uint32_t result, destination(frame, operands[0], isPacked ? 4 : bytes));
    if (!isPacked)
        return emitNamed(select, {result, ones, zeros, lower}).map([](std::uint32_t) { });
    const std::uint32_t low = temporary(2);
    const std::uint32_t high = temporary(2);
    WARPLOOM_CHECK(emitNamed(select, {low, ones, zeros, lower}));
    WARPLOOM_CHECK(emitNamed(select, {high, ones, zeros, upper}));
    return emitNamed("join.u32.u16", {result, low, high}).map([](std::uint32_t) { });
}

/// cvta[.to].space and isspacep.space.
Result<> ProgramBuilder::decodeWindow(Frame& frame)
{
    const auto& parts = m_current.parts;
    const bool isTest = parts.front() == "isspacep";
    const bool isTo = parts.size() > 1 && parts[1] == "to";
    if (parts.size() < (isTo ? 3u : 2u) || m_current.instruction->operands.size() != 2)
        return notEmulated();
    const std::string_view space = parts[isTo ? 2 : 1];
    std::uint64_t window = 0;
    if (isOneOf(space, {"shared", "shared::cta"}))
        window = kSharedWindow;
    else if (space == "local")
        window = kLocalWindow;
    else if (isOneOf(space, {"param", "param::entry"}))
        window = kParameterWindow;
    else if (!isOneOf(space, {"global", "const"}))
        return notEmulated();
    const auto& operands = m_current.instruction->operands;
    WARPLOOM_TRY(const std::uint32_t from, source(frame, operands[1], 8));
    if (isTest) {
        WARPLOOM_TRY(const std::uint32_t to, destination(frame, operands[0], 0));
        return emitNamed("isspacep", {to, from}, static_cast<std::int64_t>(window)).map([](std::uint32_t) { });
    }
    WARPLOOM_TRY(const std::uint32_t to, destination(frame, operands[0], 8));
    const std::uint64_t shift = isTo ? std::uint64_t{0} - window : window;
    return emitNamed("window.u64.u64", {to, from}, static_cast<std::int64_t>(shift)).map([](std::uint32_t) { });
}

/// shfl, vote, match, redux, elect: every lane that the member mask names must be there.
Result<> ProgramBuilder::decodeWarp(Frame& frame)
{
    const auto& instruction = *m_current.instruction;
    const OpcodeRow* row = m_handlers.find(instruction.opcode);
    if (row == nullptr)
        return notEmulated();
    std::vector<const PtxOperand*> operands;
    static const PtxOperand kSink{PtxOperand::Kind::Sink, "_", false, 0, 0, {}, {}};
    for (const PtxOperand& operand : instruction.operands) {
        operands.push_back(&operand);
        if (&operand == &instruction.operands.front() && row->signature.find('=') == 2)
            operands.push_back(operand.second.empty() ? &kSink : &operand.second.front());
    }
    WARPLOOM_CHECK(decodeWithRow(frame, *row, operands));
    Instruction& emitted = m_program.code.back();
    emitted.syncMask = emitted.operand[row->signature.size() - 2];
    emitted.ordering = Ordering::kMeeting;
    return {};
}

}  // namespace warploom::emulator
