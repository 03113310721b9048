// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>

#include "agent/Agent.h"
#include "base/Redactor.h"
#include "engine/AgentContexts.h"
#include "engine/AgentDesk.h"
#include "engine/Mailbox.h"
#include "engine/Pipeline.h"
#include "engine/Population.h"
#include "engine/RunPlan.h"
#include "engine/RunValues.h"
#include "search/ModelBandit.h"
#include "store/Workspace.h"

namespace warploom {

/// One run: agents propose, the pipeline evaluates, everything that happens is an event in the workspace. run() works
/// on the caller's thread; post() and progress() may be called from any.
class Engine {
public:
    /// Told of every event after it is in the workspace, and of every change of progress, on the engine's thread.
    struct Listener {
        std::function<void(const EventRecord&)> onEvent;
        std::function<void(const RunProgress&)> onProgress;
    };

    /// \p workspace must outlive the run. Starts a run, or takes the plan's one up again; \p listener hears of it from
    /// the first event on. Nothing is stored before agents, workers and device are there: LibraryMissing,
    /// DeviceMissing, ProcessFailed and the like say what the machine lacks.
    static Result<std::unique_ptr<Engine>> start(Workspace& workspace, RunPlan plan,
                                                 std::vector<std::unique_ptr<Agent>> agents, Listener listener,
                                                 std::stop_token stop);
    ~Engine();

    /// Evolves until the budget is spent, nothing is left to try, or a stop; then confirms the best in a fresh process,
    /// and the next ones if it does not hold. The workspace then says how it ended. Cancelled is not a failure: the
    /// progress says "stopped". Only the progress returned says "finished".
    Result<RunProgress> run(std::stop_token stop);
    /// A stop also cancels what an agent is being asked.
    void post(Command command);
    /// What an agent of this run, or one that is invited, would be sent. Comes once the engine's thread has time; no
    /// answer at all (a broken promise) where the run ends before.
    std::future<Result<AgentRequest>> composeRequest(AskOrder order);
    [[nodiscard]] RunProgress progress() const;
    /// After run(), when nobody posts any more: what was submitted too late for it.
    std::deque<Command> takeLeftOver();

private:
    /// Of a parent's speed: what is nearer to it is noise.
    static constexpr double kImproved = 1.005;

    Engine(Workspace& workspace, RunPlan plan, std::vector<std::unique_ptr<Agent>> agents, Listener listener);

    Result<> prepare(std::stop_token stop);
    Result<> startRig(std::stop_token stop);
    Result<> startAfresh(std::stop_token stop);
    void makePipeline();
    Result<> storeTask();
    Result<> chooseRun();
    Result<> resume(RunRecord run);
    Result<> loadVariants();
    Result<> ensureBaseline();
    Result<> loadEvaluations();
    void queueOldWinners(const Standings& elsewhere);
    Result<> loadProfiles();
    Result<> measureBaseline(std::stop_token stop);
    Result<> remeasureIncumbent(std::stop_token stop);
    Result<> evolve(std::stop_token stop);
    Result<> confirm(std::stop_token stop);
    Result<Confirmation> confirm(EvaluationRecord best, std::stop_token stop);
    [[nodiscard]] const EvaluationRecord* provisionalBest() const;
    Result<> finish(RunState state, std::string reason);

    [[nodiscard]] bool isBestAtLimit();
    [[nodiscard]] std::int64_t searchBudget() const;
    bool fillPipeline(std::stop_token stop);
    void submit(PipelineJob job);
    std::optional<PipelineJob> nextJob(std::stop_token stop);
    std::optional<PipelineJob> chosenJob(std::stop_token stop);
    std::optional<PipelineJob> overtakenJob();
    [[nodiscard]] Prospect prospectOf(const Member& from, double gain) const;
    std::optional<PipelineJob> oldWinnerJob();
    std::optional<PipelineJob> freshJob();
    std::optional<PipelineJob> askedJob();
    std::optional<PipelineJob> firstJobOf(VariantId id);
    std::optional<PipelineJob> structuralJob(std::stop_token stop);
    std::optional<PipelineJob> tuningJob(bool withStragglers);
    bool queueFirst(const Proposal& proposal, const Member& parent);
    bool ask(Agent& agent, Member& parent, const Expansion& expansion, std::stop_token stop);
    [[nodiscard]] AgentContexts contexts();
    Result<VariantId> addVariant(const Proposal& proposal, const Member& parent);
    Result<EvaluationRecord> evaluateNow(PipelineJob job, std::stop_token stop);

    void makeDesk();
    Agent* agentCalled(const std::string& key);
    AgentTally* tallyOf(const std::string& key);
    std::vector<std::string> askableAgents();
    [[nodiscard]] std::vector<std::string> quickAgents() const;
    void keepChosenModel(std::vector<std::string>& askable);
    void countAsk(const AgentAnswer& answer);
    bool hasFinished(const Agent& agent);
    void note(std::string_view event, const std::string& agent, const std::string& kind, nlohmann::json data);
    [[nodiscard]] bool awaitsAgents() const;
    [[nodiscard]] Result<std::string> whyNothingIsLeft() const;
    void askAtDesk(Agent& agent, const Member& parent, const Expansion& expansion);
    /// Deadlines, and what waits to be mended.
    void tendDesk();
    int repairsBefore(const VariantRecord& variant);
    void considerRepair(const Member& member, const EvaluationRecord& failure);
    void askToRepair(Agent& agent, const Member& failed);
    Agent* agentOrGuest(const std::string& key);
    Result<Agent*> agentToAsk(const std::string& key);
    Result<AgentRequest> requestFor(const AskOrder& order);
    Result<> askForPerson(const Command& command);
    void takePersonsAnswer(AgentAnswer answer);
    void refuse(const Command& command, const Error& error, nlohmann::json details);
    /// It is tried whatever the budget says, and before everything else.
    void tryFirst(VariantId id);
    [[nodiscard]] std::vector<OpenQuestion> openQuestions() const;
    void takeAnswer(AgentAnswer answer);
    bool takeProposal(const Agent& agent, const AgentQuestion& question, Proposal proposal, const Member& parent);
    void noteFailure(const std::string& key, const Error& error);
    void creditAgent(const VariantRecord& variant, bool right, double gain);
    void storeRequest(std::int64_t number, ExchangeRecord request);
    void storeOutcome(std::int64_t number, ExchangeRecord outcome);
    void countExchange(const ExchangeRecord& exchange);
    Result<> loadTallies();
    void dismissQuestions();

    void handle(PipelineResult result);
    Result<EvaluationRecord> store(PipelineResult& result);
    /// Whether it is the member's new best.
    bool learn(Member& member, const EvaluationRecord& evaluation);
    void creditMove(const Member& member, const EvaluationRecord& evaluation);
    void considerIncumbent(const Member& member, const EvaluationRecord& evaluation, const CandidateSpec& spec);
    void dropIncumbent(const OpponentFault& fault);

    /// A best whose counters are to be read when the device has a moment.
    void wantProfile(const EvaluationRecord& evaluation, const CandidateSpec& spec);
    void profileNext();
    void forgetWaitingProfiles();
    Result<> profileNow(const Member& member, const EvaluationRecord& evaluation, MetricTier tier,
                        std::stop_token stop);
    void handleProfile(const ProfileResult& result);
    void keepProfile(Member& member, const EvaluationRecord& evaluation, MetricTier tier,
                     const Result<VariantProfile>& profile);
    void noteMissing(std::string_view kind, const EvaluationRecord& evaluation, const std::string& reason);
    [[nodiscard]] Seconds deviceTime() const;
    [[nodiscard]] Seconds profilingTime() const;

    void updateOpponents();
    void updateBest();
    Member& baseline() { return *m_population->find(m_baselineId); }

    void execute(const Command& command);
    Result<> steer(const Command& command);
    Result<> take(const Command& command, const Member& parent);
    void applySteering(const Command& command);
    Result<> loadSteering();
    Result<Committed> announce(Result<Committed> committed);
    void publishProgress();
    void failWith(const Error& error);

    Workspace& m_workspace;
    Task m_task;
    RunSettings m_settings;
    std::optional<RunRecord> m_resumed;
    std::vector<std::unique_ptr<Agent>> m_agents;
    AgentInvitation m_invite;
    std::shared_ptr<ApprovalGate> m_approvals;
    std::vector<std::unique_ptr<Agent>> m_guests;  ///< whom only people ask
    std::unique_ptr<EvaluationRig> m_rig;
    std::unique_ptr<Population> m_population;
    Mailbox m_mailbox;
    std::unique_ptr<AgentDesk> m_desk;  ///< after the agents, the task and the mailbox it uses
    std::unique_ptr<Pipeline> m_pipeline;  ///< after the mailbox and the rig it uses
    Listener m_listener;
    RandomStream m_random{1};

    TaskRecord m_taskRecord;
    RunRecord m_run;
    EnvironmentId m_environment = 0;
    std::optional<Opponent> m_baseline;
    std::optional<Opponent> m_incumbent;
    VariantId m_incumbentId = 0;
    std::optional<EvaluationRecord> m_baselineRecord;
    std::optional<EvaluationRecord> m_bestRecord;
    VariantId m_baselineId = 0;
    std::deque<VariantId> m_fresh;  ///< variants whose default configuration was not submitted yet
    std::deque<VariantId> m_asked;  ///< of these, what was submitted
    std::set<VariantId> m_awaited;  ///< submitted, and without a result: the run does not end before them
    std::deque<Command> m_leftOver;  ///< submitted too late for this run
    bool m_isOver = false;  ///< nothing is proposed or submitted any more
    std::deque<PipelineJob> m_overtaken;  ///< compiled, and left for when nothing better is there
    std::deque<PipelineJob> m_oldWinners;  ///< the best of other environments, to be measured again
    std::optional<EvaluationRecord> m_lastRecord;  ///< of evaluateNow()
    std::vector<std::string> m_guidance;
    int m_personsQuestions = 0;  ///< without an answer yet: the run does not end before
    std::map<std::int64_t, OpenQuestion> m_openQuestions;  ///< by the numbers that the desk gives
    std::map<std::int64_t, std::chrono::steady_clock::time_point> m_questionsBegan;
    std::deque<VariantId> m_toRepair;  ///< failed variants that their agents have not been asked about yet
    std::map<std::int64_t, ExchangeId> m_exchanges;  ///< ids by the numbers that the desk gives
    std::vector<AgentTally> m_tallies;  ///< in the order of the agents
    std::set<std::pair<std::string, std::string>> m_agentNotes;  ///< agents and kinds of reasons that were said
    std::map<std::string, Error> m_lastFailures;  ///< of agents that take long and have not answered since
    Redactor m_redactor;
    std::optional<ModelBandit> m_models;  ///< where there are several models: who is asked next
    std::string m_nextModel;  ///< its choice, until it has been asked
    std::map<std::string, std::int64_t> m_unsettled;  ///< microdollars by agent, of questions without an answer yet
    std::int64_t m_structural = 0;
    std::int64_t m_tuned = 0;
    std::int64_t m_submitted = 0;  ///< evaluations of this run, in flight included
    bool m_paused = false;
    int m_steps = 0;
    bool m_stopRequested = false;
    std::stop_source m_stopAsked;  ///< a stop is in the mailbox, or has been
    bool m_isDropping = false;  ///< results that come now are of a rig that is gone
    Seconds m_earlierDeviceTime{0};  ///< of pipelines that are gone
    Seconds m_earlierProfilingTime{0};
    std::deque<ProfileJob> m_toProfile;  ///< bests, oldest first
    std::set<std::string> m_profilesMissing;  ///< kinds of reasons that were said
    std::optional<Error> m_failure;
    std::chrono::steady_clock::time_point m_begin;
    mutable std::mutex m_progressMutex;
    RunProgress m_progress;
};

}  // namespace warploom
