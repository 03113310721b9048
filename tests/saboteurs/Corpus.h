// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "TestSupport.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "evaluate/EvaluationRig.h"
#include "task/TaskLoader.h"

namespace warploom::test {

/// A kernel that attacks the verdicts, or an honest one that must not be taken for such, with what its head says of it.
struct CorpusKernel {
    std::filesystem::path path;
    std::string task;
    bool honest = false;
    std::map<std::string, std::string> head;

    [[nodiscard]] std::string name() const { return path.stem().string(); }
    /// The words before the first bracket of a field: verdicts. An honest kernel that says nothing must be `ok`.
    [[nodiscard]] std::vector<std::string> expected(const std::string& field) const
    {
        const auto found = head.find(field);
        std::istringstream text(found == head.end() ? "ok" : found->second.substr(0, found->second.find('(')));
        std::vector<std::string> words;
        for (std::string word; text >> word;)
            words.push_back(word);
        return words;
    }
};

/// Fields of the comment that a file begins with. A line that starts with five blanks goes on with the one before.
inline std::map<std::string, std::string> headOf(const std::string& text)
{
    static const std::regex field("// ([a-z-]+): (.*)");
    std::map<std::string, std::string> head;
    std::string last;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && line.starts_with("//");) {
        std::smatch match;
        const bool continues = line.starts_with("//     ") && !last.empty();
        if (continues) {
            head[last] += line.substr(6);
        } else if (std::regex_match(line, match, field) && match[1] != "warploom") {
            last = match[1];
            head[last] = match[2];
        } else {
            last.clear();
        }
    }
    return head;
}

inline void addKernels(std::vector<CorpusKernel>& kernels, const std::filesystem::path& folder, bool honest)
{
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".cu")
            continue;
        CorpusKernel kernel{entry.path(), {}, honest, headOf(readFile(entry.path()))};
        kernel.task = honest ? entry.path().parent_path().filename().string() : kernel.head["task"];
        kernels.push_back(std::move(kernel));
    }
}

/// All of both kinds, by task and name.
inline const std::vector<CorpusKernel>& corpus()
{
    static const std::vector<CorpusKernel> all = [] {
        std::vector<CorpusKernel> kernels;
        addKernels(kernels, sourceFolder() / "tests/saboteurs", false);
        addKernels(kernels, sourceFolder() / "tests/fixtures/variants", true);
        std::sort(kernels.begin(), kernels.end(), [](const CorpusKernel& a, const CorpusKernel& b) {
            return std::tie(a.task, a.honest, a.path) < std::tie(b.task, b.honest, b.path);
        });
        return kernels;
    }();
    return all;
}

/// Evaluates kernels on the emulator.
class CorpusJudge {
public:
    /// A row for each kernel of the task.
    static void addRows(const std::string& task, bool honest)
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < corpus().size(); ++i)
            if (corpus()[i].task == task && corpus()[i].honest == honest)
                QTest::newRow(corpus()[i].name().c_str()) << static_cast<int>(i);
    }

    /// A row for each kernel of some tasks, those of one task together.
    static void addRowsOf(const std::set<std::string>& tasks, bool honest)
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < corpus().size(); ++i)
            if (tasks.contains(corpus()[i].task) && corpus()[i].honest == honest)
                QTest::newRow((corpus()[i].task + "/" + corpus()[i].name()).c_str()) << static_cast<int>(i);
    }

    /// The verdict with its message; the rig of a task is started when it is first asked for, and kept until the next.
    Result<EvaluationRecord> judge(const CorpusKernel& kernel)
    {
        if (!m_rig || m_task != kernel.task) {
            m_rig.reset();
            WARPLOOM_TRY(const Task task, loadTask(sourceFolder() / "kernels" / kernel.task));
            WARPLOOM_TRY(m_rig, EvaluationRig::start(task, "emulator", {}));
            m_task = kernel.task;
        }
        const std::string source = readFile(kernel.path);
        return m_rig->evaluate(source, kernel.path.filename().string(), configurationOf(kernel, source), std::nullopt,
                               true, {});
    }

    /// What is wrong with the verdict on the kernel of a row; empty where it is as its head says.
    std::string objectionAt(int index);

private:
    /// The default configuration with what the head sets.
    static Configuration configurationOf(const CorpusKernel& kernel, const std::string& source)
    {
        const auto directives = parseDirectives(source, kernel.name());
        Configuration configuration = directives ? directives->defaultConfiguration() : Configuration{};
        if (const auto set = kernel.head.find("set"); set != kernel.head.end()) {
            const auto equals = set->second.find('=');
            configuration.at(set->second.substr(0, equals)) = std::stoi(set->second.substr(equals + 1));
        }
        return configuration;
    }

    std::string m_task;  ///< of the rig
    std::unique_ptr<EvaluationRig> m_rig;
};

/// What is wrong with a verdict, or nothing.
inline std::string objectionTo(const EvaluationRecord& record, const CorpusKernel& kernel)
{
    const auto expected = kernel.expected("emulator");
    const std::string got(verdictName(record.verdict));
    if (std::find(expected.begin(), expected.end(), got) != expected.end())
        return {};
    std::string text = got + ", expected";
    for (const std::string& verdict : expected)
        text += " " + verdict;
    if (!kernel.honest)
        text += "; to be caught by " + kernel.head.at("caught-by");
    return text + ". " + record.message;
}

inline std::string CorpusJudge::objectionAt(int index)
{
    const CorpusKernel& kernel = corpus()[static_cast<std::size_t>(index)];
    const auto record = judge(kernel);
    return record ? objectionTo(*record, kernel) : record.error().toString();
}

}  // namespace warploom::test
