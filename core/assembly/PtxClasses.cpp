// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <initializer_list>
#include <vector>

#include "assembly/InstructionClasses.h"
#include "assembly/InstructionText.h"
#include "assembly/OpcodeTable.h"

namespace warploom {

namespace {

using enum InstructionClass;

/// How the class follows from the base opcode: as it is, or by what its modifiers say.
enum class PtxRule { Fixed, Typed, SpecialFloat, Convert, Logic, Load, Store, Copy, Wmma, Wgmma };

struct PtxClass {
    std::string_view name;
    InstructionClass kind;  ///< of Fixed
    PtxRule rule = PtxRule::Fixed;
};

constexpr PtxClass kPtxClasses[] = {
    {"abs", Integer, PtxRule::Typed},
    {"activemask", Shuffle},
    {"add", Integer, PtxRule::Typed},
    {"addc", Integer, PtxRule::Typed},
    {"alloca", Control},
    {"and", Integer, PtxRule::Logic},
    {"applypriority", Other},
    {"atom", Atomic},
    {"bar", Barrier},
    {"barrier", Barrier},
    {"bfe", Integer},
    {"bfi", Integer},
    {"bfind", Integer},
    {"bmsk", Integer},
    {"bra", Control},
    {"brev", Integer},
    {"brkpt", Control},
    {"brx", Control},
    {"call", Control},
    {"clz", Integer},
    {"cnot", Integer},
    {"copysign", Integer, PtxRule::Typed},
    {"cos", Special, PtxRule::SpecialFloat},
    {"cp", AsyncCopy, PtxRule::Copy},
    {"createpolicy", Other},
    {"cvt", Conversion, PtxRule::Convert},
    {"cvta", Integer},
    {"discard", Other},
    {"div", Integer, PtxRule::Typed},
    {"dp2a", Integer},
    {"dp4a", Integer},
    {"elect", Shuffle},
    {"ex2", Special, PtxRule::SpecialFloat},
    {"exit", Control},
    {"fence", Barrier},
    {"fma", Integer, PtxRule::Typed},
    {"fns", Integer},
    {"getctarank", Integer},
    {"griddepcontrol", Barrier},
    {"isspacep", Move},
    {"ld", GlobalLoad, PtxRule::Load},
    {"ldmatrix", SharedLoad},
    {"ldu", GlobalLoad, PtxRule::Load},
    {"lg2", Special, PtxRule::SpecialFloat},
    {"lop3", Integer},
    {"mad", Integer, PtxRule::Typed},
    {"mad24", Integer, PtxRule::Typed},
    {"madc", Integer, PtxRule::Typed},
    {"mapa", Integer},
    {"match", Shuffle},
    {"max", Integer, PtxRule::Typed},
    {"mbarrier", Barrier},
    {"membar", Barrier},
    {"min", Integer, PtxRule::Typed},
    {"mma", Tensor},
    {"mov", Move},
    {"movmatrix", Shuffle},
    {"mul", Integer, PtxRule::Typed},
    {"mul24", Integer, PtxRule::Typed},
    {"multimem", Atomic},
    {"nanosleep", Control},
    {"neg", Integer, PtxRule::Typed},
    {"not", Integer, PtxRule::Logic},
    {"or", Integer, PtxRule::Logic},
    {"pmevent", Other},
    {"popc", Integer},
    {"prefetch", Other},
    {"prefetchu", Other},
    {"prmt", Integer},
    {"rcp", Special, PtxRule::SpecialFloat},
    {"red", Atomic},
    {"redux", Shuffle},
    {"rem", Integer, PtxRule::Typed},
    {"ret", Control},
    {"rsqrt", Special, PtxRule::SpecialFloat},
    {"sad", Integer, PtxRule::Typed},
    {"selp", Move},
    {"set", Integer, PtxRule::Typed},
    {"setmaxnreg", Control},
    {"setp", Integer, PtxRule::Typed},
    {"shf", Integer},
    {"shfl", Shuffle},
    {"shl", Integer},
    {"shr", Integer},
    {"sin", Special, PtxRule::SpecialFloat},
    {"slct", Move},
    {"sqrt", Special, PtxRule::SpecialFloat},
    {"st", GlobalStore, PtxRule::Store},
    {"stackrestore", Control},
    {"stacksave", Control},
    {"stmatrix", SharedStore},
    {"sub", Integer, PtxRule::Typed},
    {"subc", Integer, PtxRule::Typed},
    {"suld", GlobalLoad},
    {"suq", GlobalLoad},
    {"sured", Atomic},
    {"sust", GlobalStore},
    {"szext", Integer},
    {"tanh", Special, PtxRule::SpecialFloat},
    {"tcgen05", Tensor},
    {"tensormap", AsyncCopy},
    {"testp", Integer, PtxRule::Typed},
    {"tex", GlobalLoad},
    {"tld4", GlobalLoad},
    {"trap", Control},
    {"txq", GlobalLoad},
    {"vabsdiff", Integer},
    {"vabsdiff2", Integer},
    {"vabsdiff4", Integer},
    {"vadd", Integer},
    {"vadd2", Integer},
    {"vadd4", Integer},
    {"vavrg2", Integer},
    {"vavrg4", Integer},
    {"vmad", Integer},
    {"vmax", Integer},
    {"vmax2", Integer},
    {"vmax4", Integer},
    {"vmin", Integer},
    {"vmin2", Integer},
    {"vmin4", Integer},
    {"vote", Shuffle},
    {"vset", Integer},
    {"vset2", Integer},
    {"vset4", Integer},
    {"vshl", Integer},
    {"vshr", Integer},
    {"vsub", Integer},
    {"vsub2", Integer},
    {"vsub4", Integer},
    {"wgmma", Tensor, PtxRule::Wgmma},
    {"wmma", Tensor, PtxRule::Wmma},
    {"xor", Integer, PtxRule::Logic},
};
static_assert(isSortedByName(kPtxClasses));

using Modifiers = std::vector<std::string_view>;

bool hasAnyOf(const Modifiers& modifiers, std::initializer_list<std::string_view> wanted)
{
    return std::any_of(modifiers.begin(), modifiers.end(), [wanted](std::string_view each) {
        return std::find(wanted.begin(), wanted.end(), each) != wanted.end();
    });
}

/// The unit that does arithmetic of the type named: the widest counts where there are two.
InstructionClass classOfType(const Modifiers& modifiers)
{
    if (hasAnyOf(modifiers, {"f64"}))
        return Double;
    if (hasAnyOf(modifiers, {"f32", "f32x2", "tf32"}))
        return Single;
    if (hasAnyOf(modifiers, {"f16", "f16x2", "bf16", "bf16x2"}))
        return Half;
    return Integer;
}

/// By the state space; an address without one is taken for a global one.
InstructionClass classOfSpace(const Modifiers& modifiers, bool isLoad)
{
    if (hasAnyOf(modifiers, {"local"}))
        return Local;
    if (hasAnyOf(modifiers, {"const", "param"}) || (!modifiers.empty() && modifiers.front() == "param::entry"))
        return isLoad ? Constant : Move;
    if (hasAnyOf(modifiers, {"shared", "shared::cta", "shared::cluster"}))
        return isLoad ? SharedLoad : SharedStore;
    return isLoad ? GlobalLoad : GlobalStore;
}

InstructionClass classOfWmma(const Modifiers& modifiers)
{
    if (hasAnyOf(modifiers, {"load"}))
        return classOfSpace(modifiers, true);
    return hasAnyOf(modifiers, {"store"}) ? classOfSpace(modifiers, false) : Tensor;
}

/// Divisions of floats take a reciprocal.
InstructionClass classOfArithmetic(std::string_view base, const Modifiers& modifiers)
{
    const InstructionClass kind = classOfType(modifiers);
    return base == "div" && kind == Single ? Special : kind;
}

}  // namespace

InstructionClass classOfPtx(std::string_view instruction)
{
    const std::string_view opcode = opcodeOf(instruction);
    const PtxClass* found = findByName(kPtxClasses, baseOpcode(opcode));
    if (found == nullptr)
        return Other;
    const Modifiers modifiers = modifiersOf(opcode);
    switch (found->rule) {
    case PtxRule::Typed:
        return classOfArithmetic(found->name, modifiers);
    case PtxRule::SpecialFloat:
        return hasAnyOf(modifiers, {"f64"}) ? Double : Special;
    case PtxRule::Convert:
        // Between integers it is an extension or a cut: a move of the integer unit.
        return classOfType(modifiers) == Integer ? Integer : Conversion;
    case PtxRule::Logic:
        return hasAnyOf(modifiers, {"pred"}) ? Move : Integer;
    case PtxRule::Load:
        return classOfSpace(modifiers, true);
    case PtxRule::Store:
        return hasAnyOf(modifiers, {"async"}) ? AsyncCopy : classOfSpace(modifiers, false);
    case PtxRule::Copy:
        return hasAnyOf(modifiers, {"wait_group", "wait_all"}) ? Barrier : AsyncCopy;
    case PtxRule::Wmma:
        return classOfWmma(modifiers);
    case PtxRule::Wgmma:
        return hasAnyOf(modifiers, {"mma_async"}) ? Tensor : Barrier;
    case PtxRule::Fixed:
        break;
    }
    return found->kind;
}

}  // namespace warploom
