// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "moves/Moves.h"

#include <spdlog/spdlog.h>

#include "moves/IdleNames.h"
#include "moves/MoveCatalogue.h"
#include "moves/PlainForm.h"

namespace warploom {

namespace {

KernelFacts factsOf(const KernelScope& kernel)
{
    const auto& declaration = kernel.kernel();
    KernelFacts facts;
    facts.name = kernel.name();
    facts.line = kernel.source().lineOf(kernel.source().offset(declaration.getLocation()).value_or(0));
    for (const auto* parameter : declaration.parameters())
        facts.parameters.push_back(parameter->getNameAsString());
    walk(declaration.getBody(), [&](const clang::Stmt* node) {
        if (llvm::isa<clang::ForStmt, clang::WhileStmt, clang::DoStmt>(node)) {
            int inner = -1;
            walk(node, [&](const clang::Stmt* below) {
                inner += llvm::isa<clang::ForStmt, clang::WhileStmt, clang::DoStmt>(below) ? 1 : 0;
                return true;
            });
            ++facts.loops;
            facts.innermostLoops += inner == 0 ? 1 : 0;
        } else if (const auto* statement = llvm::dyn_cast<clang::DeclStmt>(node)) {
            for (const auto* inner : statement->decls())
                facts.sharedArrays += isSharedArray(llvm::dyn_cast<clang::VarDecl>(inner)) ? 1 : 0;
        } else if (const auto* call = llvm::dyn_cast<clang::CallExpr>(node)) {
            const auto name = calleeName(call);
            facts.barriers += name.rfind("__syncthreads", 0) == 0 ? 1 : 0;
            facts.atomics += name.rfind("atomic", 0) == 0 ? 1 : 0;
        }
        return true;
    });
    return facts;
}

Result<> checkNames(const std::vector<std::string>& only)
{
    const auto moves = listMoves();
    for (const auto& name : only)
        if (std::none_of(moves.begin(), moves.end(), [&](const auto& move) { return move.name == name; }))
            return fail(ErrorCode::InvalidArgument, fmt::format("there is no move '{}'", name));
    return {};
}

/// Moves that suit a text as it stands: no other is wanted for their sake.
constexpr std::array<std::string_view, 9> kNotForPlainForms = {"unroll",      "launch-bounds",   "compiler-flags",
                                                               "whole-waves", "restrict-const",  "literal-tunable",
                                                               "fast-math",   "single-literals", "pad-shared"};

/// Kernels that share work among their threads from which on they are not looked at one by one.
constexpr std::size_t kMostUnshared = 4;

/// What sharing rows out in another way may gain where they are shared already.
constexpr double kGainOfSharingAnew = 1.15;

/// Moves that bring more threads to the work than shared it before.
constexpr std::string_view kMoreThanSharing = "split-sum";

/// The kernel that line \p line of a source with \p kernels is part of; empty before the first.
std::string kernelAt(const std::vector<KernelFacts>& kernels, int line)
{
    std::string name;
    int best = 0;
    for (const auto& kernel : kernels)
        if (kernel.line <= line && kernel.line >= best) {
            best = kernel.line;
            name = kernel.name;
        }
    return name;
}

std::vector<KernelFacts> kernelFacts(const MoveContext& context)
{
    std::vector<KernelFacts> facts;
    for (const auto& kernel : context.kernels())
        facts.push_back(factsOf(kernel));
    return facts;
}

using MoveAndKernel = std::pair<std::string, std::string>;
using KernelChoice = std::function<bool(const std::string&)>;

bool isWanted(const MoveRequest& request, const std::string& move)
{
    return request.only.empty() || std::ranges::find(request.only, move) != request.only.end();
}

/// What every move that is asked for proposes where \p present has no proposal of it, of kernels that \p isMeant says;
/// \p how says where the titles end, empty for the source as it stands. What is new is present then. \p original: the
/// source that was asked about.
void addProposals(const MoveContext& context, const std::string& original, const std::string& how,
                  const KernelChoice& isMeant, std::set<MoveAndKernel>& present, MoveAnswer& answer)
{
    const auto& request = context.request();
    const auto kernels = kernelFacts(context);
    auto found = present;
    for (const auto& move : moveCatalogue()) {
        const auto name = move->description().name;
        const auto has = [&](const std::string& kernel) { return present.count({name, kernel}) > 0; };
        if (!isWanted(request, name) || has({})
            || (!kernels.empty() && std::ranges::all_of(kernels, has, &KernelFacts::name))
            || (!how.empty() && std::ranges::find(kNotForPlainForms, name) != kNotForPlainForms.end()))
            continue;
        for (auto& proposal : move->propose(context)) {
            const auto kernel = kernelAt(kernels, proposal.line);
            if (has(kernel) || !isMeant(kernel))
                continue;
            proposal.source = withoutIdleNames(original, std::move(proposal.source));
            // The last guard: what does not parse would only waste a compile worker's time.
            if (const auto parsed = ParsedSource::parse(proposal.source, request.fileName); !parsed) {
                spdlog::warn("{} made a source that does not parse: {}", name, parsed.error().toString());
                continue;
            }
            proposal.title += how;
            found.emplace(name, kernel);
            answer.proposals.push_back(std::move(proposal));
        }
    }
    present = std::move(found);
}

/// What moves make of \p plain, of the kernels that \p isMeant says, where they see nothing in them as they are.
void addProposalsOf(const MoveContext& context, const PlainForm& plain, const KernelChoice& isMeant,
                    std::set<MoveAndKernel>& present, MoveAnswer& answer)
{
    const auto source = ParsedSource::parse(plain.source, context.request().fileName);
    if (!source)
        return;
    MoveRequest request = context.request();
    request.source = plain.source;
    const auto before = answer.proposals.size();
    addProposals(MoveContext(**source, request), context.request().source,
                 fmt::format(", written with {}", fmt::join(plain.done, ", ")), isMeant, present, answer);
    // What has several places a thread as it stands would only get them again.
    if (std::ranges::find(plain.done, kPlaceAThread) != plain.done.end())
        std::erase_if(answer.proposals, [&](const MoveProposal& proposal) {
            return proposal.move == "coarsen" && proposal.title.find(kPlaceAThread) != std::string::npos;
        });
    for (auto at = before; at < answer.proposals.size(); ++at) {
        auto& proposal = answer.proposals[at];
        proposal.line = 1;
        if (plain.unshared.empty())
            continue;
        if (proposal.move != kMoreThanSharing)
            proposal.predictedGain = std::min(proposal.predictedGain, kGainOfSharingAnew);
        proposal.hypothesis =
            "threads share the work as it stands, which is undone first; from there on: " + proposal.hypothesis;
    }
}

/// What moves make of the same kernels said more plainly. Where several kernels share work among their threads, a move
/// of one of them leaves the others as they are: they would be slow without the sharing that nobody gives back to them.
void addPlainProposals(const MoveContext& context, std::set<MoveAndKernel>& present, MoveAnswer& answer)
{
    const auto& fileName = context.request().fileName;
    const auto plain = plainForm(context.source(), fileName);
    if (!plain)
        return;
    const auto& unshared = plain->unshared;
    const bool areSeveral = context.kernels().size() > 1 && !unshared.empty() && unshared.size() <= kMostUnshared;
    const auto add = [&](const std::set<std::string>& leftAlone, const KernelChoice& isMeant) {
        if (const auto own = plainForm(context.source(), fileName, leftAlone))
            addProposalsOf(context, *own, isMeant, present, answer);
    };
    for (const auto& one : areSeveral ? unshared : std::set<std::string>{}) {
        auto others = unshared;
        others.erase(one);
        add(others, [&](const std::string& kernel) { return kernel == one; });
    }
    if (areSeveral)
        add(unshared, [&](const std::string& kernel) { return !kernel.empty() && unshared.count(kernel) == 0; });
    addProposalsOf(context, *plain, [](const std::string&) { return true; }, present, answer);
}

}  // namespace

std::vector<MoveDescription> listMoves()
{
    std::vector<MoveDescription> descriptions;
    for (const auto& move : moveCatalogue())
        descriptions.push_back(move->description());
    return descriptions;
}

Result<std::string> plainSource(const std::string& source, const std::string& fileName)
{
    WARPLOOM_TRY(const auto parsed, ParsedSource::parse(source, fileName));
    const auto plain = plainForm(*parsed, fileName);
    return plain ? plain->source : source;
}

Result<MoveAnswer> proposeMoves(const MoveRequest& request)
{
    WARPLOOM_CHECK(checkNames(request.only));
    WARPLOOM_TRY(const auto source, ParsedSource::parse(request.source, request.fileName));
    const MoveContext context(*source, request);
    MoveAnswer answer;
    answer.kernels = kernelFacts(context);
    std::set<MoveAndKernel> present;
    addProposals(context, context.request().source, {}, [](const std::string&) { return true; }, present, answer);
    addPlainProposals(context, present, answer);
    return answer;
}

}  // namespace warploom
