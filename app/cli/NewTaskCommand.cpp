// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "Commands.h"
#include "Questions.h"
#include "Terminal.h"
#include "base/Files.h"

namespace warploom {

namespace {

/// With or without the namespaces around it.
bool isNamed(const KernelSketch& sketch, const std::string& name)
{
    return sketch.name == name || sketch.name.ends_with("::" + name);
}

/// From the options to a checked task, asking on the way where somebody can be asked.
class NewTaskDialogue {
public:
    NewTaskDialogue(const NewTaskOptions& options, const Interrupt& interrupt)
        : m_options(options)
        , m_stop(interrupt.token())
        , m_asks(!options.yes && isTerminal())
        , m_screen(options.json ? stderr : stdout)
    {
    }

    Result<TaskCheck> run()
    {
        WARPLOOM_CHECK(readOptions());
        WARPLOOM_TRY(const std::string source, readTextFile(m_options.file));
        WARPLOOM_TRY(const auto sketches, analyseKernels(source, m_options.file, m_stop));
        WARPLOOM_TRY(const KernelSketch* sketch, choose(sketches));
        if (sketch->problem)
            return fail(*sketch->problem);
        m_kernel = sketch->name;
        WARPLOOM_TRY(TaskDraft draft, draftTask(*sketch, m_answers));
        m_folder = m_options.folder.empty() ? draft.name : m_options.folder;
        WARPLOOM_CHECK(checkFolderIsFree(m_folder));
        if (m_asks)
            WARPLOOM_CHECK(askEverything(*sketch, draft));
        WARPLOOM_CHECK(checkComplete(draft));
        ProgressLine line;
        return makeTask(*sketch, m_answers, m_folder, m_options.device, m_stop,
                        [&line](const EvaluationProgress& progress) {
                            line.show(fmt::format("{} {}", progress.stage, progress.size));
                        });
    }

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }
    [[nodiscard]] const std::string& kernel() const { return m_kernel; }

private:
    Result<> readOptions()
    {
        m_answers.name = m_options.name;
        m_answers.launches = m_options.launches;
        const std::tuple<const std::vector<std::string>*, const char*, TaskQuestion::Kind> settings[] = {
            {&m_options.sizes, "--size", TaskQuestion::Kind::Size},
            {&m_options.scalars, "--scalar", TaskQuestion::Kind::Scalar},
            {&m_options.shapes, "--shape", TaskQuestion::Kind::Shape},
            {&m_options.roles, "--role", TaskQuestion::Kind::Role}};
        for (const auto& [texts, option, kind] : settings)
            for (const auto& text : *texts) {
                WARPLOOM_TRY(const auto setting, splitSetting(text, option));
                WARPLOOM_CHECK(answer({kind, setting.first, {}, {}}, setting.second, m_answers));
            }
        return {};
    }

    /// The only kernel, the one named, or the one that is chosen from a list.
    Result<const KernelSketch*> choose(const std::vector<KernelSketch>& sketches)
    {
        std::vector<std::string> names;
        for (const auto& sketch : sketches) {
            if (!m_options.kernel.empty() && isNamed(sketch, m_options.kernel))
                return &sketch;
            names.push_back(sketch.name);
        }
        if (!m_options.kernel.empty())
            return fail(Error{ErrorCode::InvalidArgument,
                              "no such kernel",
                              {m_options.file, 0, 0},
                              fmt::format("{}", fmt::join(names, " or ")),
                              fmt::format("'{}'", m_options.kernel)});
        if (sketches.size() == 1)
            return &sketches.front();
        if (!m_asks)
            return fail(Error{ErrorCode::InvalidArgument,
                              "the file holds several kernels",
                              {m_options.file, 0, 0},
                              "--kernel with one of their names",
                              fmt::format("{}", fmt::join(names, ", "))});
        for (const auto& sketch : sketches)
            fmt::print(m_screen, "  {}  (line {}{})\n", sketch.name, sketch.line,
                       sketch.problem ? ", cannot be used: " + sketch.problem->message : "");
        while (true) {
            WARPLOOM_TRY(const std::string name, ask("kernel", names.front()));
            for (const auto& sketch : sketches)
                if (isNamed(sketch, name))
                    return &sketch;
        }
    }

    /// One line; Enter and the end of input take the guess.
    Result<std::string> ask(const std::string& question, const std::string& guess)
    {
        fmt::print(m_screen, "{}{}: ", question, guess.empty() ? "" : fmt::format(" [{}]", guess));
        std::fflush(m_screen);
        WARPLOOM_TRY(const auto line, readLine(m_stop));
        if (!line) {
            fmt::print(m_screen, "\n");
            m_asks = false;
        }
        return line && !line->empty() ? *line : guess;
    }

    /// Asks what is open, one question after the other; an answer may open new ones. Nonsense is asked again.
    Result<> askEverything(const KernelSketch& sketch, TaskDraft& draft)
    {
        std::vector<std::pair<TaskQuestion::Kind, std::string>> asked;
        while (m_asks) {
            const TaskQuestion* next = nullptr;
            for (const auto& question : draft.open)
                if (next == nullptr
                    && std::find(asked.begin(), asked.end(), std::pair(question.kind, question.subject)) == asked.end())
                    next = &question;
            if (next == nullptr)
                return {};
            WARPLOOM_TRY(const std::string text, ask(questionText(*next), next->guess));
            if (text == next->guess) {
                if (!text.empty() || !m_asks)
                    asked.emplace_back(next->kind, next->subject);
                continue;
            }
            auto answers = m_answers;
            auto given = answer(*next, text, answers);
            auto changed = given ? draftTask(sketch, answers) : Result<TaskDraft>(fail(given.error()));
            if (!changed) {
                fmt::print(m_screen, "  {}\n", changed.error().toString());
                continue;
            }
            m_answers = std::move(answers);
            draft = std::move(*changed);
        }
        return {};
    }

    [[nodiscard]] Result<> checkComplete(const TaskDraft& draft) const
    {
        for (const auto& question : draft.open)
            if (question.guess.empty())
                return fail(Error{ErrorCode::InvalidArgument,
                                  fmt::format("the {} of '{}' could not be guessed ({})",
                                              question.kind == TaskQuestion::Kind::Launch ? "launch" : "shape",
                                              question.subject.empty() ? m_kernel : question.subject, question.why),
                                  {m_options.file, 0, 0},
                                  optionFor(question),
                                  "no answer"});
        return {};
    }

    const NewTaskOptions& m_options;
    std::stop_token m_stop;
    bool m_asks;
    std::FILE* m_screen;
    NewTaskAnswers m_answers;
    std::filesystem::path m_folder;
    std::string m_kernel;
};

nlohmann::json checkJson(const TaskCheck& check, const NewTaskDialogue& dialogue)
{
    auto parameters = nlohmann::json::array();
    for (const auto& parameter : check.draft.parameters)
        parameters.push_back({{"name", parameter.name},
                              {"kind", parameterKindName(parameter.kind)},
                              {"role", parameter.role},
                              {"shape", parameter.shape},
                              {"value", parameter.value},
                              {"why", parameter.why}});
    return {{"task", check.task.name},         {"folder", dialogue.folder().string()},
            {"kernel", dialogue.kernel()},     {"verdict", verdictName(check.record.verdict)},
            {"message", check.record.message}, {"trust", check.record.trust},
            {"device", check.device},          {"modelled", check.modelled},
            {"parameters", parameters},        {"notes", check.draft.notes}};
}

void printTable(const TaskCheck& check)
{
    constexpr const char* kRow = "{:<16} {:<7} {:<6} {:<28} {}\n";
    fmt::print(kRow, "parameter", "kind", "role", "shape or value", "why");
    for (const auto& parameter : check.draft.parameters)
        fmt::print(kRow, parameter.name, parameterKindName(parameter.kind), parameter.role,
                   parameter.shape.empty() ? parameter.value : fmt::format("{}", fmt::join(parameter.shape, ", ")),
                   parameter.why);
    for (const auto& size : check.task.sizes) {
        std::string values;
        for (const auto& [name, value] : size.values)
            values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", name, value);
        fmt::print("{:<16} {}{}{}\n", size.name, values, size.forTiming ? "  timed" : "",
                   size.forVerifying ? "  verified" : "");
    }
    for (const auto& note : check.draft.notes)
        fmt::print("note: {}\n", note);
}

void printVerdict(const TaskCheck& check, const std::filesystem::path& folder)
{
    fmt::print("{}: {} (trust {}, {}{})\n", (folder / check.task.baselineFile).string(),
               verdictName(check.record.verdict), check.record.trust, check.device, check.modelled ? ", modelled" : "");
    if (!check.record.message.empty())
        fmt::print("  {}\n", check.record.message);
}

}  // namespace

int runNewTask(const NewTaskOptions& options, const Interrupt& interrupt)
{
    NewTaskDialogue dialogue(options, interrupt);
    const auto check = dialogue.run();
    if (!check)
        return complain(check.error());
    const int code = check->record.verdict == Verdict::Ok ? kFine : kVerdict;
    if (options.json)
        return printJson(checkJson(*check, dialogue), code);
    printTable(*check);
    printVerdict(*check, dialogue.folder());
    return finishOutput(code);
}

}  // namespace warploom
