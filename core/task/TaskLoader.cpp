// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "task/TaskLoader.h"

#include <cctype>
#include <set>

#include <fmt/format.h>

#include "base/Files.h"
#include "base/Hash.h"
#include "task/TomlTable.h"

namespace warploom {

namespace {

constexpr std::int64_t kFormat = 1;

bool isIdentifier(std::string_view name)
{
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0)
        return false;
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_')
            return false;
    }
    return true;
}

/// Reads one task.toml; every function takes one section.
class TaskReader {
public:
    TaskReader(const TomlTable& root, std::string file)
        : m_root(root)
        , m_file(std::move(file))
    {
    }

    Result<Task> read()
    {
        WARPLOOM_CHECK(m_root.allowOnly({"format", "name", "title", "summary", "tags", "baseline", "reference",
                                         "buffer", "size", "scalar", "verify", "domain", "work"}));
        WARPLOOM_CHECK(readHead());
        WARPLOOM_CHECK(readSizes());
        WARPLOOM_CHECK(readBuffers());
        WARPLOOM_CHECK(readScalars());
        WARPLOOM_CHECK(readVerify());
        WARPLOOM_CHECK(readDomain());
        WARPLOOM_CHECK(readWork());
        WARPLOOM_CHECK(checkWhole());
        return std::move(m_task);
    }

private:
    Result<> readHead()
    {
        WARPLOOM_TRY(const std::int64_t format, m_root.integer("format"));
        if (format != kFormat)
            return m_root.failAt("format", "a format this build does not know", "1", fmt::format("{}", format));
        WARPLOOM_TRY(m_task.name, m_root.text("name"));
        if (!isIdentifier(m_task.name))
            return m_root.failAt("name", "bad name", "letters, digits and _", fmt::format("\"{}\"", m_task.name));
        WARPLOOM_TRY(m_task.title, m_root.textOr("title", m_task.name));
        WARPLOOM_TRY(m_task.summary, m_root.textOr("summary", ""));
        if (m_root.has("tags")) {
            WARPLOOM_TRY(m_task.tags, m_root.texts("tags"));
        }
        WARPLOOM_TRY(m_task.baselineFile, m_root.text("baseline"));
        WARPLOOM_TRY(m_task.referenceFile, m_root.text("reference"));
        for (const auto key : {"baseline", "reference"}) {
            WARPLOOM_TRY(const std::string file, m_root.text(key));
            if (file.empty() || file.find('/') != std::string::npos)
                return m_root.failAt(key, "bad file name", "a file of the task's folder", fmt::format("\"{}\"", file));
        }
        return {};
    }

    Result<> claimName(const TomlTable& table, std::string_view key, const std::string& name)
    {
        if (!isIdentifier(name))
            return table.failAt(key, "bad name", "a C identifier", fmt::format("\"{}\"", name));
        if (!m_names.insert(name).second)
            return table.failAt(key, "name used twice", "a name of its own", fmt::format("'{}'", name));
        return {};
    }

    Result<> readSizes()
    {
        WARPLOOM_TRY(const auto tables, m_root.tables("size"));
        if (tables.empty())
            return m_root.failAt("size", "no sizes", "at least one [[size]]", "none");
        std::set<std::string> titles;
        for (const TomlTable& table : tables) {
            WARPLOOM_TRY(TaskSize size, readSize(table));
            if (!titles.insert(size.name).second)
                return table.failAt("name", "size named twice", "a name of its own", fmt::format("\"{}\"", size.name));
            m_task.sizes.push_back(std::move(size));
        }
        for (const auto& entry : m_task.sizes.front().values)
            WARPLOOM_CHECK(claimName(tables.front(), entry.first, entry.first));
        return {};
    }

    Result<TaskSize> readSize(const TomlTable& table)
    {
        TaskSize size;
        WARPLOOM_TRY(size.name, table.text("name"));
        WARPLOOM_TRY(const auto uses, table.texts("use"));
        for (const std::string& use : uses) {
            if (use == "time")
                size.forTiming = true;
            else if (use == "verify")
                size.forVerifying = true;
            else if (use == "emulator")
                size.forEmulator = true;
            else
                return table.failAt("use", "unknown use", "time, verify or emulator", fmt::format("\"{}\"", use));
        }
        for (const std::string& key : table.keys()) {
            if (key == "name" || key == "use")
                continue;
            WARPLOOM_TRY(const std::int64_t value, table.integer(key));
            if (value < 1)
                return table.failAt(key, "bad size", "1 or more", fmt::format("{}", value));
            size.values[key] = value;
        }
        return sameNamesAsFirst(table, std::move(size));
    }

    Result<TaskSize> sameNamesAsFirst(const TomlTable& table, TaskSize size) const
    {
        if (m_task.sizes.empty())
            return size;
        for (const auto& entry : m_task.sizes.front().values) {
            if (!size.values.contains(entry.first))
                return table.failAt("name", fmt::format("size '{}' lacks '{}'", size.name, entry.first),
                                    "every size to name the same values", "nothing");
        }
        for (const auto& entry : size.values) {
            if (!m_task.sizes.front().values.contains(entry.first))
                return table.failAt(entry.first, "a value that the first size lacks",
                                    "every size to name the same values", fmt::format("'{}'", entry.first));
        }
        return size;
    }

    Result<> readBuffers()
    {
        WARPLOOM_TRY(const auto tables, m_root.tables("buffer"));
        if (tables.empty())
            return m_root.failAt("buffer", "no buffers", "at least one [[buffer]]", "none");
        for (const TomlTable& table : tables) {
            WARPLOOM_CHECK(table.allowOnly({"name", "type", "shape", "role", "fill"}));
            TaskBuffer buffer;
            WARPLOOM_TRY(buffer.name, table.text("name"));
            WARPLOOM_CHECK(claimName(table, "name", buffer.name));
            WARPLOOM_TRY(buffer.type, readType(table));
            WARPLOOM_TRY(buffer.shape, readShape(table));
            WARPLOOM_TRY(buffer.role, readRole(table));
            if (buffer.isInput()) {
                WARPLOOM_TRY(const std::string fill, table.text("fill"));
                WARPLOOM_TRY(buffer.fill, Fill::parse(fill, table.placeOf("fill")));
                WARPLOOM_CHECK(checkFill(table, buffer));
            } else if (table.has("fill")) {
                return table.failAt("fill", "an output has no fill", "no 'fill' where role is out", "one");
            }
            m_task.buffers.push_back(std::move(buffer));
        }
        return {};
    }

    static Result<ElementType> readType(const TomlTable& table)
    {
        WARPLOOM_TRY(const std::string name, table.text("type"));
        if (const auto type = elementTypeFromName(name))
            return *type;
        return table.failAt("type", "unknown type", std::string(elementTypeNames()), fmt::format("\"{}\"", name));
    }

    static Result<BufferRole> readRole(const TomlTable& table)
    {
        WARPLOOM_TRY(const std::string name, table.text("role"));
        for (const BufferRole role : {BufferRole::In, BufferRole::Out, BufferRole::InOut}) {
            if (bufferRoleName(role) == name)
                return role;
        }
        return table.failAt("role", "unknown role", "in, out or inout", fmt::format("\"{}\"", name));
    }

    Result<std::vector<Expression>> readShape(const TomlTable& table) const
    {
        WARPLOOM_TRY(const auto texts, table.texts("shape"));
        std::vector<Expression> shape;
        for (const std::string& text : texts) {
            WARPLOOM_TRY(Expression extent, parseOverSizes(table, "shape", text));
            shape.push_back(std::move(extent));
        }
        return shape;
    }

    /// An expression that may only use the task's sizes, and has a value for each of them.
    Result<Expression> parseOverSizes(const TomlTable& table, std::string_view key, const std::string& text) const
    {
        WARPLOOM_TRY(Expression expression, Expression::parse(text, table.placeOf(key)));
        for (const TaskSize& size : m_task.sizes) {
            if (auto value = expression.evaluate(size.values); !value) {
                Error error = value.error();
                error.message = fmt::format("'{}' at size '{}': {}", text, size.name, error.message);
                return fail(std::move(error));
            }
        }
        return expression;
    }

    Result<> checkFill(const TomlTable& table, const TaskBuffer& buffer) const
    {
        const bool whole = buffer.fill.kind == Fill::Kind::Integers || buffer.fill.kind == Fill::Kind::Permutation
            || buffer.fill.kind == Fill::Kind::Offsets;
        const bool real = buffer.fill.kind == Fill::Kind::Uniform || buffer.fill.kind == Fill::Kind::Normal;
        if (real && !isFloating(buffer.type))
            return table.failAt("fill", "a fill of reals in an integer buffer", "integers(lo, hi)",
                                buffer.fill.toString());
        if (!whole)
            return {};
        WARPLOOM_CHECK(parseOverSizes(table, "fill", buffer.fill.low.text()));
        WARPLOOM_CHECK(parseOverSizes(table, "fill", buffer.fill.high.text()));
        return {};
    }

    Result<> readScalars()
    {
        WARPLOOM_TRY(const auto tables, m_root.tables("scalar"));
        for (const TomlTable& table : tables) {
            WARPLOOM_CHECK(table.allowOnly({"name", "type", "value"}));
            TaskScalar scalar;
            WARPLOOM_TRY(scalar.name, table.text("name"));
            WARPLOOM_CHECK(claimName(table, "name", scalar.name));
            WARPLOOM_TRY(scalar.type, readType(table));
            if (isFloating(scalar.type)) {
                WARPLOOM_TRY(scalar.value, table.real("value"));
            } else {
                WARPLOOM_TRY(scalar.integer, table.integer("value"));
                if (!fitsInteger(scalar.type, scalar.integer))
                    return table.failAt("value", "value does not fit the type",
                                        std::string(elementTypeName(scalar.type)), fmt::format("{}", scalar.integer));
            }
            m_task.scalars.push_back(std::move(scalar));
        }
        return {};
    }

    Result<> readVerify()
    {
        WARPLOOM_TRY(const TomlTable table, m_root.table("verify"));
        WARPLOOM_CHECK(table.allowOnly({"rtol", "atol", "error_factor", "error_share"}));
        WARPLOOM_TRY(m_task.relativeTolerance, table.real("rtol"));
        WARPLOOM_TRY(m_task.absoluteTolerance, table.real("atol"));
        for (const auto key : {"rtol", "atol"}) {
            WARPLOOM_TRY(const double value, table.real(key));
            if (!(value >= 0) || value > 1e30)
                return table.failAt(key, "bad tolerance", "0 or more", fmt::format("{}", value));
        }
        return readPrecision(table);
    }

    Result<> readPrecision(const TomlTable& table)
    {
        if (table.has("error_factor")) {
            WARPLOOM_TRY(m_task.errorFactor, table.real("error_factor"));
            if (!(m_task.errorFactor >= 1))
                return table.failAt("error_factor", "bad multiple of the baseline's error", "1 or more",
                                    fmt::format("{}", m_task.errorFactor));
        }
        if (table.has("error_share")) {
            WARPLOOM_TRY(m_task.errorShare, table.real("error_share"));
            if (!(*m_task.errorShare >= 0) || *m_task.errorShare > 1)
                return table.failAt("error_share", "bad share of the tolerance", "0 to 1",
                                    fmt::format("{}", *m_task.errorShare));
        }
        return {};
    }

    Result<> readDomain()
    {
        if (!m_root.has("domain"))
            return {};
        WARPLOOM_TRY(const TomlTable domain, m_root.table("domain"));
        for (const std::string& key : domain.keys()) {
            if (key == "sizes") {
                WARPLOOM_CHECK(readSizeDomains(domain));
                continue;
            }
            const TaskBuffer* buffer = m_task.findBuffer(key);
            if (buffer == nullptr || !buffer->isInput())
                return domain.failAt(key, "unknown name in [domain]", "an input buffer or 'sizes'",
                                     fmt::format("'{}'", key));
            WARPLOOM_TRY(m_task.bufferDomains[key], readBufferDomain(domain, key));
        }
        return {};
    }

    static Result<BufferDomain> readBufferDomain(const TomlTable& domain, const std::string& key)
    {
        WARPLOOM_TRY(const TomlTable table, domain.table(key));
        WARPLOOM_CHECK(table.allowOnly({"range", "special"}));
        BufferDomain result;
        WARPLOOM_TRY(const auto range, table.realPair("range"));
        result.low = range.first;
        result.high = range.second;
        if (table.has("special")) {
            WARPLOOM_TRY(result.special, table.texts("special"));
        }
        for (const std::string& special : result.special) {
            if (special != "nan" && special != "inf" && special != "denormal" && special != "ties")
                return table.failAt("special", "unknown special value", "nan, inf, denormal or ties",
                                    fmt::format("\"{}\"", special));
        }
        return result;
    }

    Result<> readSizeDomains(const TomlTable& domain)
    {
        WARPLOOM_TRY(const TomlTable table, domain.table("sizes"));
        for (const std::string& name : table.keys()) {
            WARPLOOM_TRY(const auto range, table.integerPair(name));
            if (!m_task.sizes.front().values.contains(name))
                return table.failAt(name, "unknown size in [domain]", "a name of the sizes", fmt::format("'{}'", name));
            if (range.first < 1)
                return table.failAt(name, "bad range", "1 or more", fmt::format("{}", range.first));
            m_task.sizeDomains[name] = {range.first, range.second};
            for (const TaskSize& size : m_task.sizes) {
                const std::int64_t value = size.values.find(name)->second;
                if (value < range.first || value > range.second)
                    return table.failAt(name, fmt::format("size '{}' lies outside the domain", size.name),
                                        fmt::format("{} to {}", range.first, range.second), fmt::format("{}", value));
            }
        }
        return {};
    }

    Result<> readWork()
    {
        if (!m_root.has("work"))
            return {};
        WARPLOOM_TRY(const TomlTable table, m_root.table("work"));
        WARPLOOM_CHECK(table.allowOnly({"reads", "writes", "flops"}));
        const std::pair<std::string_view, Expression*> entries[] = {
            {"reads", &m_task.workReads}, {"writes", &m_task.workWrites}, {"flops", &m_task.workFlops}};
        for (const auto& [key, target] : entries) {
            if (!table.has(key))
                continue;
            WARPLOOM_TRY(const std::string text, table.text(key));
            WARPLOOM_TRY(*target, parseOverSizes(table, key, text));
        }
        return {};
    }

    Result<> checkWhole()
    {
        bool hasOutput = false;
        for (const TaskBuffer& buffer : m_task.buffers) {
            hasOutput = hasOutput || buffer.isOutput();
            for (const TaskSize& size : m_task.sizes) {
                if (auto bytes = bufferBytes(buffer, size.values); !bytes) {
                    Error error = bytes.error();
                    error.place = m_root.placeOf("buffer");
                    error.message = fmt::format("buffer '{}' at size '{}': {}", buffer.name, size.name, error.message);
                    return fail(std::move(error));
                }
            }
        }
        if (!hasOutput)
            return m_root.failAt("buffer", "nothing is computed", "at least one buffer with role out or inout", "none");
        if (m_task.timeSizes().empty())
            return m_root.failAt("size", "nothing to time", "a [[size]] with use = [\"time\"]", "none");
        if (m_task.verifySizes().empty())
            return m_root.failAt("size", "nothing to verify", "a [[size]] with use = [\"verify\"]", "none");
        return {};
    }

    TomlTable m_root;
    std::string m_file;
    Task m_task;
    std::set<std::string> m_names;
};

std::string revisionOf(const Task& task)
{
    HashBuilder hash;
    for (const auto& [name, content] : task.files())
        hash.add(name).add(content);
    return hash.hex();
}

}  // namespace

Result<Task> parseTask(const std::string& tomlText, const std::string& fileName, const TaskFileReader& readFile)
{
    WARPLOOM_TRY(const toml::table parsed, parseToml(tomlText, fileName));
    const TomlTable root(parsed, fileName, "the task");
    WARPLOOM_TRY(Task task, TaskReader(root, fileName).read());
    task.tomlText = tomlText;
    const std::pair<std::string_view, std::pair<const std::string*, std::string*>> kernels[] = {
        {"baseline", {&task.baselineFile, &task.baselineSource}},
        {"reference", {&task.referenceFile, &task.referenceSource}}};
    for (const auto& [key, file] : kernels) {
        auto source = readFile(*file.first);
        if (!source)
            return root.failAt(key, fmt::format("the {} cannot be read", key), "a readable file",
                               source.error().message);
        *file.second = std::move(*source);
    }
    task.revision = revisionOf(task);
    return task;
}

Result<Task> loadTask(const std::filesystem::path& folderOrFile)
{
    std::error_code ignored;
    const auto file = std::filesystem::is_directory(folderOrFile, ignored) ? folderOrFile / "task.toml" : folderOrFile;
    WARPLOOM_TRY(const std::string text, readTextFile(file));
    const auto folder = file.parent_path();
    return parseTask(text, file.string(), [&folder](const std::string& name) { return readTextFile(folder / name); });
}

Result<Task> taskFromFiles(const std::map<std::string, std::string>& files)
{
    const auto reader = [&files](const std::string& name) -> Result<std::string> {
        const auto found = files.find(name);
        if (found == files.end())
            return fail(ErrorCode::NotFound, fmt::format("the workspace has no file '{}'", name));
        return found->second;
    };
    WARPLOOM_TRY(const std::string text, reader("task.toml"));
    return parseTask(text, "task.toml", reader);
}

}  // namespace warploom
