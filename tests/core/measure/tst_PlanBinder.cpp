// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>

#include "TestSupport.h"
#include "measure/PlanBinder.h"
#include "task/TaskLoader.h"

using namespace warploom;

class tst_PlanBinder : public QObject {
    Q_OBJECT

private:
    Task m_task;
    CompileProduct m_product;
    BoundBuffers m_buffers;

    static LaunchPlan planOf(std::vector<PlanArgument> arguments)
    {
        PlanLaunch launch;
        launch.kernel = "k";
        launch.arguments = std::move(arguments);
        launch.place = {"k.cu", 3, 14};
        LaunchPlan plan;
        plan.steps.emplace_back(std::move(launch));
        return plan;
    }

    static PlanArgument named(PlanArgument::Kind kind, const char* name) { return {kind, name, 0, {}}; }
    static PlanArgument integer(std::int64_t value) { return {PlanArgument::Kind::Integer, "", value, {}}; }

    Result<std::vector<DeviceStep>> bind(std::vector<PlanArgument> arguments) const
    {
        return bindPlan(planOf(std::move(arguments)), m_task, m_product, LoadedModule{1}, m_buffers, {});
    }

private slots:
    void initTestCase()
    {
        auto task = loadTask(test::sourceFolder() / "kernels" / "layernorm");
        QVERIFY_RESULT(task);
        m_task = *task;
        KernelResources kernel;
        kernel.name = "k";
        kernel.loweredName = "_Z1k";
        kernel.parameters = {{8, 8, "u64"}, {4, 4, "u32"}, {4, 4, "f32"}};
        m_product.kernels = {kernel};
        m_buffers["x"] = {0x1000, {64}};
    }

    void packsAddressesSizesAndScalars()
    {
        const auto steps =
            bind({named(PlanArgument::Kind::Buffer, "x"), integer(77), named(PlanArgument::Kind::Scalar, "eps")});
        QVERIFY_RESULT(steps);
        const auto& launch = std::get<LaunchStep>(steps->front());
        QCOMPARE(launch.kernel, std::string("_Z1k"));
        DeviceAddress address = 0;
        std::memcpy(&address, launch.arguments[0].data(), 8);
        QCOMPARE(address, DeviceAddress{0x1000});
        std::int32_t size = 0;
        QCOMPARE(launch.arguments[1].size(), std::size_t{4});
        std::memcpy(&size, launch.arguments[1].data(), 4);
        QCOMPARE(size, 77);
        float eps = 0;
        std::memcpy(&eps, launch.arguments[2].data(), 4);
        QCOMPARE(eps, static_cast<float>(m_task.findScalar("eps")->value));
    }

    void refusesWhatDoesNotFit_data()
    {
        QTest::addColumn<int>("scenario");
        QTest::newRow("too few arguments") << 0;
        QTest::newRow("integer beyond 32 bits") << 1;
        QTest::newRow("integer for a real parameter") << 2;
        QTest::newRow("scalar for a pointer") << 3;
        QTest::newRow("unknown buffer") << 4;
    }

    void refusesWhatDoesNotFit()
    {
        QFETCH(int, scenario);
        const auto x = named(PlanArgument::Kind::Buffer, "x");
        const auto eps = named(PlanArgument::Kind::Scalar, "eps");
        const std::vector<std::vector<PlanArgument>> lists{
            {x},
            {x, integer(std::int64_t{1} << 33), eps},
            {x, integer(1), integer(1)},
            {eps, integer(1), eps},
            {named(PlanArgument::Kind::Buffer, "nothing"), integer(1), eps},
        };
        const auto steps = bind(lists[static_cast<std::size_t>(scenario)]);
        QVERIFY(!steps);
        QCOMPARE(steps.error().code, ErrorCode::InvalidInput);
        QCOMPARE(steps.error().place.line, 3);
    }
};

QTEST_APPLESS_MAIN(tst_PlanBinder)
#include "tst_PlanBinder.moc"
