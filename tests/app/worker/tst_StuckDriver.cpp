// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "TestSupport.h"

#include "task/TaskLoader.h"
#include "workers/WorkerClient.h"
#include "workers/WorkerLocations.h"

using namespace warploom;
using namespace warploom::test;
using namespace std::chrono_literals;

class TestStuckDriver : public QObject {
    Q_OBJECT

private slots:
    void judgeThatHangsInTheDriverEnds();
};

void TestStuckDriver::judgeThatHangsInTheDriverEnds()
{
    const TemporaryFolder folder;
    // Workers open the driver by its own name.
    std::filesystem::create_symlink(WARPLOOM_STUCK_CUDA_LIBRARY, folder.path() / "libcuda.so.1");
    WorkerCommand command;
    command.program = locateProgram("warploom-worker").value().string();
    command.arguments = {"device", "cuda:0"};
    command.kind = "device";
    command.environment = {{"LD_LIBRARY_PATH", folder.path().string()}};
    const auto judge = WorkerClient::start(command, 60s);
    QVERIFY_RESULT(judge);
    const nlohmann::json& capabilities = (*judge)->identity().capabilities;
    QVERIFY2(!capabilities.contains("failure"), capabilities.dump().c_str());
    const auto task = loadTask(sourceFolder() / "kernels/vector_add");
    QVERIFY_RESULT(task);
    CallOptions options = WorkerClient::defaultOptions();
    options.deadline = 100s;
    const auto answer = (*judge)->call("judge/openTask", {{"files", task->files()}}, options);
    QVERIFY(!answer);
    QVERIFY2(answer.error().code == ErrorCode::ProcessFailed, answer.error().toString().c_str());
    QVERIFY2(answer.error().toString().find("has not returned from 'load' in time") != std::string::npos,
             answer.error().toString().c_str());
}

QTEST_APPLESS_MAIN(TestStuckDriver)
#include "tst_StuckDriver.moc"
