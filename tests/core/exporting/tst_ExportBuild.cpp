// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QtTest>

#include <QProcess>
#include <QStandardPaths>

#include "ExportSamples.h"
#include "base/Files.h"
#include "exporting/ExportFolder.h"

using namespace warploom;
using namespace warploom::test;

namespace {

/// One variant a task, so that all of them fit into one program: constant and more than 48 KB of shared memory with
/// `when`, scratch, templates, a scalar, zero with min, and macros in pragmas.
const std::vector<std::pair<std::string, std::string>> kVariants{
    {"conv2d", "shared_tile"},         {"softmax", "cached_row"}, {"histogram", "two_phase"},
    {"layernorm", "row_in_registers"}, {"sgemm", "split_k"},      {"transpose", ""},
};

QString findNvcc()
{
    const QString onPath = QStandardPaths::findExecutable("nvcc");
    return onPath.isEmpty() ? QStandardPaths::findExecutable("nvcc", {"/usr/local/cuda/bin"}) : onPath;
}

// Sizes of 0 have to be refused before the CUDA runtime is asked for anything: this runs on any machine.
const char* const kProgram = R"(#include "conv2d.h"
#include "histogram.h"
#include "layernorm.h"
#include "sgemm.h"
#include "softmax.h"
#include "transpose.h"

int main()
{
    const bool refused = conv2d_launch(nullptr, nullptr, nullptr, 0, 1, 1, 1, nullptr) == cudaErrorInvalidValue
        && histogram_launch(nullptr, nullptr, 0, nullptr) == cudaErrorInvalidValue
        && layernorm_launch(nullptr, nullptr, nullptr, nullptr, 1, 0, 1e-5f, nullptr) == cudaErrorInvalidValue
        && sgemm_launch(nullptr, nullptr, nullptr, 1, 1, 0, nullptr) == cudaErrorInvalidValue
        && softmax_launch(nullptr, nullptr, -1, 1, nullptr) == cudaErrorInvalidValue
        && transpose_launch(nullptr, nullptr, 1, 0, nullptr) == cudaErrorInvalidValue;
    return refused ? 0 : 1;
}
)";

Result<> exportInto(const std::filesystem::path& folder)
{
    for (const auto& [task, variant] : kVariants) {
        const auto file = variant.empty() ? unrolledTranspose() : sampleVariant(task + "/" + variant + ".cu");
        WARPLOOM_TRY(const ExportSubject subject, sampleSubject(task, file));
        WARPLOOM_TRY(const auto files, exportCode(subject));
        WARPLOOM_CHECK(writeExport(folder, files));
    }
    return writeFileAtomically(folder / "main.cpp", kProgram);
}

}  // namespace

class tst_ExportBuild : public QObject {
    Q_OBJECT

private slots:
    void compilesLinksAndRuns();
};

void tst_ExportBuild::compilesLinksAndRuns()
{
    const QString nvcc = findNvcc();
    if (nvcc.isEmpty())
        QSKIP("nvcc is not installed: nothing to compile exports with");
    const TemporaryFolder folder;
    QVERIFY(succeeded(exportInto(folder.path())));
    QStringList arguments{"-arch=sm_90", "-std=c++20", "-Xcompiler=-Wall,-Wextra", "--threads=0", "-o",
                          "exports",     "main.cpp"};
    for (const auto& [task, variant] : kVariants)
        arguments << QString::fromStdString(task + ".cu");
    QProcess compiler;
    compiler.setWorkingDirectory(QString::fromStdString(folder.path().string()));
    compiler.setProcessChannelMode(QProcess::MergedChannels);
    compiler.start(nvcc, arguments);
    QVERIFY2(compiler.waitForFinished(280'000), "nvcc did not end");
    const QByteArray output = compiler.readAll();
    QVERIFY2(compiler.exitStatus() == QProcess::NormalExit && compiler.exitCode() == 0, output.constData());
    QVERIFY2(!output.contains("warning"), output.constData());
    QCOMPARE(QProcess::execute(QString::fromStdString((folder.path() / "exports").string()), {}), 0);
}

QTEST_GUILESS_MAIN(tst_ExportBuild)
#include "tst_ExportBuild.moc"
