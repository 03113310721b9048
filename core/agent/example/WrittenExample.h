// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/example/WrittenAnswer.h"
#include "base/Result.h"

namespace warploom {

/// The written answers for one task, from its baseline to the last kernel.
class WrittenExample {
public:
    /// Those of the task among \p answers. NotFound where there are none for it, or where its baseline is not the one
    /// that they were written for; InvalidInput where one does not fit the text that it is to change.
    static Result<WrittenExample> make(const std::string& task, const std::string& baseline,
                                       std::span<const WrittenAnswer> answers);

    /// The answer to whoever asks for a change of \p source, or has it mended; null where there is none.
    [[nodiscard]] const WrittenAnswer* answerTo(const std::string& source, bool isRepair) const;
    /// Whether it is a text of this example: the baseline or what an answer has made.
    [[nodiscard]] bool knows(const std::string& source) const;
    [[nodiscard]] const std::vector<WrittenAnswer>& answers() const { return m_answers; }
    /// What the answer makes; nothing for an id that none has.
    [[nodiscard]] std::string sourceMadeBy(const std::string& id) const;

private:
    Result<> add(const WrittenAnswer& answer);

    std::vector<WrittenAnswer> m_answers;
    std::map<std::string, std::string> m_sources;  ///< by the id of the answer that makes it; "baseline" too
};

/// The files of resources/examples, which are in the binary.
Result<std::vector<WrittenAnswer>> builtInAnswers();
/// Tasks that there is an example for, by name.
std::vector<std::string> exampleTasks(std::span<const WrittenAnswer> answers);

}  // namespace warploom
