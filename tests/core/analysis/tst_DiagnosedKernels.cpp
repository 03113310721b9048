// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "TestSupport.h"
#include "analysis/Diagnosis.h"
#include "analysis/Rule.h"
#include "compile/CachedCompiler.h"
#include "device/emulator/EmulatorDevice.h"
#include "measure/Judge.h"
#include "rules/SampleObservations.h"
#include "task/TaskLoader.h"
#include "variant/LaunchPlan.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// However busy the machine is.
constexpr std::chrono::seconds kPatience{200};

RunLimits patient()
{
    RunLimits limits;
    limits.deadline = kPatience;
    return limits;
}

std::filesystem::path fixtureFolder() { return sourceFolder() / "tests/fixtures/diagnosis"; }

/// What stands behind "// key: " in a fixture.
std::string noteIn(const std::string& source, const std::string& key)
{
    const std::string start = "// " + key + ": ";
    const auto begin = source.find(start);
    if (begin == std::string::npos)
        qFatal("a fixture without %s", key.c_str());
    const auto from = begin + start.size();
    return source.substr(from, source.find('\n', from) - from);
}

double evaluated(const Expression& expression, const TaskSize& size)
{
    return static_cast<double>(expression.evaluate(size.values).value());
}

/// A judge of one task on the emulator, which compiles, verifies, models and observes its kernels.
class DiagnosisBench {
public:
    explicit DiagnosisBench(const std::string& taskName)
    {
        auto compilerOpened = CachedCompiler::open();
        auto deviceMade = makeEmulatorDevice({"h100", 2});
        auto taskLoaded = loadTask(sourceFolder() / "kernels" / taskName);
        if (!compilerOpened || !deviceMade || !taskLoaded)
            qFatal("no compiler, emulator or task");
        m_compiler.emplace(std::move(*compilerOpened));
        m_device = std::move(*deviceMade);
        m_host = std::make_unique<InProcessHost>(*m_device);
        m_judge = std::make_unique<Judge>(*m_device, *m_host, *m_compiler, [] { return SensorReading{}; });
        m_task = std::move(*taskLoaded);
        if (const auto opened = m_judge->openTask(m_task); !opened)
            qFatal("%s", opened.error().toString().c_str());
    }

    Result<CandidateSpec> compiled(const std::string& source)
    {
        WARPLOOM_TRY(const Directives directives, parseDirectives(source, "kernel.cu"));
        CompileRequest request;
        request.source = source;
        request.architecture = m_device->facts().architecture;
        request.tunables = directives.defaultConfiguration();
        request.kernels = kernelNames(directives, request.tunables);
        WARPLOOM_TRY(const CompileOutcome outcome, m_compiler->compile(request));
        if (const auto* failure = std::get_if<CompileFailure>(&outcome))
            return fail(ErrorCode::InvalidInput, failure->log);
        return CandidateSpec{source, "kernel.cu", request.tunables, std::get<CompileProduct>(outcome)};
    }

    Result<CaseReport> verified(const CandidateSpec& candidate)
    {
        CaseOrder order;
        order.size = "emulator_ragged";
        return m_judge->verify(candidate, order, patient());
    }

    /// At the task's time size.
    Result<Observation> observed(const CandidateSpec& candidate)
    {
        const TaskSize& size = *m_task.timeSizes().front();
        WARPLOOM_TRY(const ModelReport report, m_judge->model(candidate, size.name, patient()));
        if (report.fault)
            return fail(ErrorCode::InvalidInput, report.fault->message);
        WARPLOOM_TRY(const Directives directives, parseDirectives(candidate.source, "kernel.cu"));
        WARPLOOM_TRY(const LaunchPlan plan, resolvePlan(directives, m_task, candidate.configuration, size.values));
        Observation observation;
        observation.facts = m_device->facts();
        observation.work = {evaluated(m_task.workReads, size), evaluated(m_task.workWrites, size),
                            evaluated(m_task.workFlops, size)};
        observation.time = report.modelled.time;
        observation.usesDouble = std::any_of(m_task.buffers.begin(), m_task.buffers.end(),
                                             [](const TaskBuffer& buffer) { return buffer.type == ElementType::F64; });
        for (const PlanScratch& scratch : plan.scratches)
            observation.scratchBytes += scratch.size.value;
        addLaunches(plan, candidate.product, report.modelled.counters, observation);
        return observation;
    }

private:
    static void addLaunches(const LaunchPlan& plan, const CompileProduct& product,
                            const std::vector<LaunchCounters>& counters, Observation& observation)
    {
        std::size_t index = 0;
        for (const PlanStep& step : plan.steps) {
            const auto* launch = std::get_if<PlanLaunch>(&step);
            if (launch == nullptr || index >= counters.size())
                continue;
            ObservedLaunch observed;
            observed.counts = counters[index++];
            observed.shape = {observed.counts->kernel, launch->grid.count(),
                              static_cast<std::uint32_t>(launch->block.count()), launch->dynamicShared};
            if (const KernelResources* resources = product.findKernel(launch->kernel))
                observed.resources = *resources;
            observation.launches.push_back(std::move(observed));
        }
    }

    std::optional<CachedCompiler> m_compiler;
    std::unique_ptr<Device> m_device;
    std::unique_ptr<InProcessHost> m_host;
    std::unique_ptr<Judge> m_judge;
    Task m_task;
};

}  // namespace

class TestDiagnosedKernels : public QObject {
    Q_OBJECT

private slots:
    void fixtures_data();
    void fixtures();

private:
    DiagnosisBench& bench(const std::string& task);
    /// Verifies and diagnoses one fixture.
    Result<Diagnosis> diagnosisOf(const std::string& file);

    std::map<std::string, std::unique_ptr<DiagnosisBench>> m_benches;
};

DiagnosisBench& TestDiagnosedKernels::bench(const std::string& task)
{
    auto& bench = m_benches[task];
    if (!bench)
        bench = std::make_unique<DiagnosisBench>(task);
    return *bench;
}

Result<Diagnosis> TestDiagnosedKernels::diagnosisOf(const std::string& file)
{
    const std::string source = readFile(fixtureFolder() / file);
    DiagnosisBench& own = bench(noteIn(source, "task"));
    WARPLOOM_TRY(const CandidateSpec candidate, own.compiled(source));
    WARPLOOM_TRY(const CaseReport report, own.verified(candidate));
    if (report.verdict != Verdict::Ok)
        return fail(ErrorCode::InvalidInput, file + " is not right");
    WARPLOOM_TRY(const Observation observation, own.observed(candidate));
    Diagnosis diagnosis = diagnose(observation);
    for (const Finding& finding : diagnosis.findings)
        qInfo("%s, %.0f us: %.2f to %.2f, %s: %s", file.c_str(), observation.time.count(), finding.leastGain,
              finding.mostGain, finding.rule.c_str(), sentenceOf(finding).c_str());
    return diagnosis;
}

void TestDiagnosedKernels::fixtures_data()
{
    QTest::addColumn<QString>("name");
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(fixtureFolder()))
        if (entry.path().extension() == ".cu" && !entry.path().stem().string().ends_with("_cured"))
            names.insert(entry.path().stem().string());
    QVERIFY(names.size() >= 12);
    for (const std::string& name : names)
        QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

void TestDiagnosedKernels::fixtures()
{
    QFETCH(const QString, name);
    const std::string file = name.toStdString();
    std::string rule = file;
    std::replace(rule.begin(), rule.end(), '_', '-');
    const auto has = diagnosisOf(file + ".cu");
    QVERIFY_RESULT(has);
    QVERIFY(findingOf(*has, rule).has_value());
    const auto cured = diagnosisOf(file + "_cured.cu");
    QVERIFY_RESULT(cured);
    QVERIFY(!findingOf(*cured, rule).has_value());
}

QTEST_GUILESS_MAIN(TestDiagnosedKernels)
#include "tst_DiagnosedKernels.moc"
