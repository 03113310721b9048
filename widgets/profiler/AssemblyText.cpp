// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "profiler/AssemblyText.h"

#include <algorithm>

#include <QString>

namespace warploom {

namespace {

constexpr int kTabColumns = 8;

bool isBlank(QChar letter) { return letter == QLatin1Char(' '); }

bool isWord(QChar letter)
{
    return letter.isLetterOrNumber() || letter == QLatin1Char('_') || letter == QLatin1Char('.')
        || letter == QLatin1Char('$') || letter == QLatin1Char('%') || letter == QLatin1Char('@')
        || letter == QLatin1Char('!');
}

qsizetype endOfWord(QStringView line, qsizetype begin)
{
    qsizetype end = begin;
    while (end < line.size() && isWord(line[end]))
        ++end;
    return std::max(end, begin + 1);
}

/// Of the comment that begins at \p begin; begin itself where none does.
qsizetype endOfComment(QStringView line, qsizetype begin)
{
    const QStringView rest = line.sliced(begin);
    if (rest.startsWith(QLatin1String("//")))
        return line.size();
    if (!rest.startsWith(QLatin1String("/*")))
        return begin;
    const qsizetype end = rest.indexOf(QLatin1String("*/"));
    return end < 0 ? line.size() : begin + end + 2;
}

AssemblyInk inkOfOperand(QStringView word)
{
    if (word[0].isDigit())
        return AssemblyInk::Number;
    // "$L__BB0_2", and ".L_x_3" in "`(.L_x_3)".
    const bool isLabel = word.startsWith(QLatin1Char('$')) || word.startsWith(QLatin1String(".L"));
    return isLabel ? AssemblyInk::Label : AssemblyInk::Plain;
}

/// Of the first word: an opcode, unless it is a label, a directive or a sign.
AssemblyInk inkOfHead(QStringView line, QStringView word, qsizetype end)
{
    if (end < line.size() && line[end] == QLatin1Char(':'))
        return AssemblyInk::Label;
    if (word[0] == QLatin1Char('.'))
        return AssemblyInk::Directive;
    return word[0].isLetter() ? AssemblyInk::Opcode : AssemblyInk::Plain;
}

}  // namespace

std::vector<AssemblySpan> assemblySpans(QStringView line)
{
    std::vector<AssemblySpan> spans;
    bool isHead = true;
    for (qsizetype at = 0; at < line.size();) {
        if (isBlank(line[at])) {
            ++at;
            continue;
        }
        qsizetype end = endOfComment(line, at);
        AssemblyInk ink = AssemblyInk::Comment;
        if (end == at) {
            end = endOfWord(line, at);
            const QStringView word = line.sliced(at, end - at);
            // A predicate stands in front of the opcode.
            const bool isPredicate = word[0] == QLatin1Char('@');
            ink = isHead && !isPredicate ? inkOfHead(line, word, end) : inkOfOperand(word);
            isHead = isHead && (isPredicate || ink == AssemblyInk::Plain);
        }
        if (!spans.empty() && spans.back().ink == ink && spans.back().begin + spans.back().length == at)
            spans.back().length += end - at;
        else
            spans.push_back({at, end - at, ink});
        at = end;
    }
    return spans;
}

QString shownLine(const std::string& text)
{
    QString line = QString::fromStdString(text);
    for (qsizetype at = line.indexOf(QLatin1Char('\t')); at >= 0; at = line.indexOf(QLatin1Char('\t'), at))
        line.replace(at, 1, QString(kTabColumns - at % kTabColumns, QLatin1Char(' ')));
    return line;
}

int columnsOf(const std::string& text)
{
    int columns = 0;
    for (const char letter : text)
        columns += letter == '\t' ? kTabColumns - columns % kTabColumns : 1;
    return columns;
}

}  // namespace warploom
