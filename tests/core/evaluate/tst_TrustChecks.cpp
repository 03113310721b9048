// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"
#include "evaluate/PhysicsFloor.h"
#include "evaluate/PrecisionLimit.h"
#include "evaluate/TaskAudit.h"
#include "evaluate/TrustChecks.h"
#include "task/TaskLoader.h"

using namespace warploom;

namespace {

Task taskNamed(const char* name)
{
    auto task = loadTask(test::sourceFolder() / "kernels" / name);
    if (!task)
        qFatal("%s", task.error().toString().c_str());
    return std::move(*task);
}

DeviceFacts h100()
{
    DeviceFacts facts;
    facts.dramBytesPerSecond = 3.352e12;
    facts.fp32FlopsPerSecond = 66.9e12;
    facts.fp64FlopsPerSecond = 33.5e12;
    facts.tensorFlopsPerSecond = 989.4e12;
    facts.l2Size = Bytes{50u << 20};
    return facts;
}

AuditedCase auditedCase(bool hidden, std::vector<TrivialReport> trivial)
{
    AuditedCase audited;
    audited.isHidden = hidden;
    audited.outcome.trivial = std::move(trivial);
    audited.outcome.sensitive = {{"x", true}};
    ComparisonReport output;
    output.buffer = "y";
    output.elements = 100;
    output.leastExpected = 0;
    output.mostExpected = 1;
    output.meanExpected = 0.3;
    audited.outcome.baseline.comparisons = {output};
    return audited;
}

bool finds(const std::vector<AuditFinding>& findings, const std::string& code, bool serious)
{
    return std::any_of(findings.begin(), findings.end(), [&](const AuditFinding& finding) {
        return finding.code == code && finding.isSerious == serious;
    });
}

}  // namespace

class tst_TrustChecks : public QObject {
    Q_OBJECT

private slots:
    void trustHasNoGaps()
    {
        EvaluationRecord record;
        addCheck(record, 0, trustCheck::kCompiled, CheckState::Passed);
        QCOMPARE(record.trust, 0);
        addCheck(record, 1, trustCheck::kRan, CheckState::Passed);
        addCheck(record, 3, trustCheck::kHiddenCases, CheckState::Passed);
        QCOMPARE(record.trust, 1);
        addCheck(record, 2, trustCheck::kKnownFills, CheckState::Passed);
        QCOMPARE(record.trust, 3);
        addCheck(record, 3, trustCheck::kTrivial, CheckState::Pending);
        QCOMPARE(record.trust, 2);
        setCheck(record, 3, trustCheck::kTrivial, CheckState::Passed);
        QCOMPARE(record.trust, 3);
        QCOMPARE(record.checks.size(), std::size_t{5});
    }

    void whatDoesNotApplyDoesNotCount()
    {
        EvaluationRecord record;
        addCheck(record, 0, trustCheck::kCompiled, CheckState::NotApplicable);
        QCOMPARE(trustOf(record.checks), -1);
        QCOMPARE(record.trust, 0);
    }

    void memoryFloorLeavesOutWhatStaysInL2()
    {
        const Task task = taskNamed("transpose");
        TaskSize size = task.sizes.front();
        size.values = {{"rows", 1024}, {"cols", 1024}};
        const auto small = physicsFloor(task, size, h100(), true);
        QVERIFY_RESULT(small);
        QCOMPARE(small->memory.count(), 4.0 * 1024 * 1024 / 3.352e12 * 1e6);
        QCOMPARE(small->floor().count(), 0.95 * small->memory.count());
        size.values = {{"rows", 32768}, {"cols", 32768}};
        const auto large = physicsFloor(task, size, h100(), true);
        QCOMPARE(large->memory.count(), (2 * 4.0 * 32768 * 32768 - (50 << 20)) / 3.352e12 * 1e6);
        QCOMPARE(physicsFloor(task, size, h100(), false)->floor().count(), 0.0);
    }

    void arithmeticFloorAdmitsTensorCores()
    {
        const Task task = taskNamed("sgemm");
        TaskSize size = task.sizes.front();
        size.values = {{"m", 4096}, {"n", 4096}, {"k", 4096}};
        const double flops = 2.0 * 4096 * 4096 * 4096;
        const auto strict = physicsFloor(task, size, h100(), true);
        QVERIFY_RESULT(strict);
        QCOMPARE(strict->arithmetic.count(), flops / (989.4e12 / 3) * 1e6);
        Task loose = task;
        loose.relativeTolerance = 1e-3;
        QCOMPARE(physicsFloor(loose, size, h100(), true)->arithmetic.count(), flops / 989.4e12 * 1e6);
        // Halves need no splitting, whatever their products are added to.
        Task halves = task;
        for (TaskBuffer& buffer : halves.buffers)
            buffer.type = buffer.role == BufferRole::In ? ElementType::F16 : ElementType::F32;
        QCOMPARE(physicsFloor(halves, size, h100(), true)->arithmetic.count(), flops / 989.4e12 * 1e6);
        DeviceFacts old = h100();
        old.tensorFlopsPerSecond = 0;
        QCOMPARE(physicsFloor(task, size, old, true)->arithmetic.count(), flops / 66.9e12 * 1e6);
    }

    void precisionIsMeasuredAgainstTheBaseline()
    {
        Task task = taskNamed("softmax");
        ComparisonReport baseline;
        baseline.meanSquareRatio = 0.04 * 0.04;
        QCOMPARE(precisionLimit(task, "y", baseline).allowed, 16 * 0.04);
        baseline.meanSquareRatio = 0;
        baseline.meanExpected = 3e-3;
        baseline.expectedDeviation = 4e-3;
        QCOMPARE(precisionLimit(task, "y", baseline).allowed, 8 * 0x1p-23 * 5e-3 / (1e-9 + 3e-5 * 5e-3));
        task.errorShare = 0.5;
        QCOMPARE(precisionLimit(task, "y", baseline).allowed, 0.5);
    }

    void auditTellsSeriousFromNot()
    {
        const Task task = taskNamed("softmax");
        const TrivialReport passing{"zeros", true, 0, 100};
        const TrivialReport failing{"zeros", false, 5, 100};
        QVERIFY(finds(findingsOf(task, {auditedCase(false, {passing}), auditedCase(true, {passing})}), "trivial-passes",
                      true));
        const auto knownOnly = findingsOf(task, {auditedCase(false, {passing}), auditedCase(true, {failing})});
        QVERIFY(finds(knownOnly, "trivial-passes-known", false));
        QVERIFY(!finds(knownOnly, "trivial-passes", true));
        QVERIFY(findingsOf(task, {auditedCase(false, {failing}), auditedCase(true, {failing})}).empty());
    }

    void auditFindsIgnoredInputsAndFlatOutputs()
    {
        const Task task = taskNamed("softmax");
        AuditedCase audited = auditedCase(true, {});
        audited.outcome.sensitive["x"] = false;
        audited.outcome.baseline.comparisons.front().leastExpected = 0.9999;
        audited.outcome.baseline.comparisons.front().meanExpected = 1;
        const auto findings = findingsOf(task, {audited});
        QVERIFY(finds(findings, "input-ignored", true));
        QVERIFY(finds(findings, "flat-output", true));
        audited.outcome.baseline.voidReason = "the baseline fails";
        QVERIFY(finds(findingsOf(task, {audited}), "no-hidden-case", true));
    }
};

QTEST_APPLESS_MAIN(tst_TrustChecks)
#include "tst_TrustChecks.moc"
