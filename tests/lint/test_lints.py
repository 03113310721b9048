#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants one violation at a time in a small tree and looks whether the lint finds it."""
import contextlib
import io
import pathlib
import shutil
import tempfile
import unittest

import check_format
import check_layers
import check_scripts
import check_sources
import sources

SPDX = "SPDX-FileCopyrightText: The Warploom authors\n{0} SPDX-License-Identifier: GPL-3.0-or-later\n"
CPP = "// " + SPDX.format("//")
SHELL = "#!/usr/bin/env bash\n# " + SPDX.format("#") + "set -euo pipefail\n"


class LintCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="warploom-lint-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text, mode=0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
        path.chmod(mode)

    def problems(self, lint, files):
        for path in self.root.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
        for name, text in files.items():
            self.write(name, text, 0o755 if text.startswith("#!") else 0o644)
        with contextlib.redirect_stdout(io.StringIO()):
            checked, problems = lint.check(self.root)
        self.assertEqual(checked, len(files))
        return problems

    def assert_clean(self, lint, files):
        self.assertEqual(self.problems(lint, files), [])

    def assert_found(self, lint, files, words):
        problems = self.problems(lint, files)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(words, problems[0])


class Layers(LintCase):
    def including(self, path, *headers):
        return {path: CPP + "".join(f"#include {header}\n" for header in headers)}

    def test_what_a_folder_builds_on_may_be_included(self):
        headers = ['"base/Result.h"', '"protocol/Verdict.h"', '"compile/Nvrtc.h"', "<vector>", "<sys/stat.h>",
                   "<nlohmann/json.hpp>", "<fmt/format.h>"]
        self.assert_clean(check_layers, self.including("core/device/Device.h", *headers))
        self.assert_clean(check_layers, self.including("core/device/Device.h", '"device/emulator/Warp.h"'))

    def test_an_arrow_against_the_layers(self):
        self.assert_found(check_layers, self.including("core/base/Result.h", '"task/Task.h"'),
                          "core/base must not use core/task")

    def test_the_engine_side_does_not_see_the_devices(self):
        self.assert_found(check_layers, self.including("core/engine/Loop.cpp", "<vector>", '"device/Device.h"'),
                          "Loop.cpp:4: device/Device.h: core/engine must not use core/device")

    def test_workers_do_not_see_the_store(self):
        self.assert_found(check_layers, self.including("core/measure/Judge.cpp", '"store/Workspace.h"'), "core/store")

    def test_qt_in_core(self):
        for header in ("<QString>", "<QtCore/QString>", "<QtWidgets/QLabel>", "<qglobal.h>"):
            with self.subTest(header):
                self.assert_found(check_layers, self.including("core/search/Policy.h", header), "belongs in widgets")

    def test_third_party_headers_away_from_their_folder(self):
        for header in ("<sqlite3.h>", "<curl/curl.h>", "<clang/AST/Expr.h>", "<llvm/ADT/APInt.h>", "<cuda.h>",
                       "<nvrtc.h>", "<cupti_range_profiler.h>", "<toml++/toml.h>", "<CLI/CLI.hpp>", "<seccomp.h>"):
            with self.subTest(header):
                self.assert_found(check_layers, self.including("core/search/Policy.h", header), "belongs in")
                self.assert_found(check_layers, self.including("core/search/Policy.h", header.replace("<", '"')
                                                               .replace(">", '"')), "belongs in")

    def test_third_party_headers_in_their_folder(self):
        self.assert_clean(check_layers, self.including("core/store/Database.cpp", "<sqlite3.h>"))
        self.assert_clean(check_layers, self.including("core/moves/Rule.cpp", "<clang/AST/Expr.h>"))
        self.assert_clean(check_layers, self.including("core/device/cuda/Driver.cpp", "<cuda.h>"))

    def test_cuda_in_the_emulator(self):
        self.assert_found(check_layers, self.including("core/device/emulator/Warp.cpp", "<cuda.h>"), "core/device/cuda")

    def test_an_unknown_library(self):
        self.assert_found(check_layers, self.including("core/base/Files.cpp", "<boost/asio.hpp>"), "does not know")

    def test_device_code_in_raw_strings_is_not_read(self):
        text = CPP + 'const char* k = R"cuda(\n#include <cuda/std/limits>\n)cuda";\n#include <boost/any.hpp>\n'
        self.assert_found(check_layers, {"core/compile/Headers.cpp": text}, "Headers.cpp:6: boost/any.hpp")

    def test_an_unknown_folder(self):
        self.assert_found(check_layers, {"core/misc/Things.h": CPP}, "no place among the layers")

    def test_a_header_without_its_folder(self):
        self.assert_found(check_layers, self.including("core/base/Files.cpp", '"Files.h"'), "write the folder")

    def test_programs(self):
        self.assert_clean(check_layers, self.including("app/cli/main.cpp", '"engine/Host.h"', '"Table.h"', "<CLI/CLI.hpp>"))
        self.assert_found(check_layers, self.including("app/cli/main.cpp", '"compile/Nvrtc.h"'), "must not use core/compile")

    def test_the_layers_have_no_circle(self):
        for folder in check_layers.BUILDS_ON:
            self.assertNotIn(folder, check_layers.closure(check_layers.BUILDS_ON[folder]))


class Sources(LintCase):
    def test_clean(self):
        self.assert_clean(check_sources, {
            "core/base/A.h": CPP + "#pragma once\n",
            "packaging/a.sh": SHELL,
            "tests/core/base/tst_A.cpp": CPP + "QVERIFY(true);\nQTEST_APPLESS_MAIN(A)\n",
            "tests/core/base/CMakeLists.txt": "# " + SPDX.format("#") + "warploom_tests(LIBRARIES warploom::base)\n",
        })

    def test_no_licence(self):
        for name in ("core/base/A.cpp", "kernels/a/baseline.cu", "cmake/A.cmake", "core/CMakeLists.txt", "tests/a.py"):
            with self.subTest(name):
                self.assert_found(check_sources, {name: "x = 1\n"}, "SPDX")

    def test_no_pragma_once(self):
        self.assert_found(check_sources, {"core/base/A.h": CPP}, "#pragma once")

    def test_too_long(self):
        self.assert_found(check_sources, {"core/base/A.cpp": CPP + "int a;\n" * 799}, "801 lines")
        self.assert_clean(check_sources, {"core/base/A.cpp": CPP + "int a;\n" * 798})

    def test_constants_of_two_moves(self):
        text = CPP + "namespace {\n\nconstexpr int kMost = 3;\n\n}  // namespace\n"
        self.assert_found(check_sources, {"core/moves/A.cpp": text, "core/moves/B.cpp": text}, "kMost is also what")
        self.assert_clean(check_sources, {"core/moves/C.cpp": text, "core/base/D.cpp": text})

    def test_white_space(self):
        for line, words in (("int a;\t// x\n", ":3: tab"), ("int a; \n", "end of the line"), ("int a;\r\n", "carriage"),
                            ("int a;", "no newline")):
            with self.subTest(words):
                self.assert_found(check_sources, {"core/base/A.cpp": CPP + line}, words)

    def test_not_utf8(self):
        self.write("core/base/A.cpp", CPP)
        (self.root / "core/base/A.cpp").write_bytes(CPP.encode() + b"// \xff\n")
        self.assertIn("not UTF-8", check_sources.check(self.root)[1][0])

    def test_fixtures_may_be_anything(self):
        self.write("tests/fixtures/broken.cu", "\t\r\n")
        self.assertEqual(check_sources.check(self.root), (0, []))

    def test_tests_that_would_not_run(self):
        lists = "# " + SPDX.format("#")
        main = "QVERIFY(true);\nQTEST_APPLESS_MAIN(A)\n"
        test = "tests/core/base/tst_A.cpp"
        self.assert_found(check_sources, {test: CPP + main}, "warploom_tests")
        folder = {"tests/core/base/CMakeLists.txt": lists + "warploom_tests()\n"}
        self.assert_found(check_sources, {**folder, test: CPP + "QVERIFY(true);\n"}, "QTEST_APPLESS_MAIN")
        self.assert_found(check_sources, {**folder, test: CPP + "QTEST_APPLESS_MAIN(A)\n"}, "verifies nothing")
        self.assert_found(check_sources, {**folder, "tests/core/base/A.cpp": CPP + main}, "tst_Name.cpp")


class Format(LintCase):
    def test_format(self):
        self.write(".clang-format", "BasedOnStyle: WebKit\n")
        self.assert_clean(check_format, {"core/base/A.cpp": "int a;\n"})
        self.assert_found(check_format, {"core/base/A.cpp": "int   a;\n"}, "A.cpp:1")


class Scripts(LintCase):
    def test_clean(self):
        self.assert_clean(check_scripts, {"packaging/a.sh": SHELL, "tests/a.py": "x = 1\n", ".ci/run": SHELL})

    def test_syntax(self):
        self.assert_found(check_scripts, {"tests/a.py": "x = = 1\n"}, "a.py:1")
        self.assertIn("syntax error", "\n".join(self.problems(check_scripts, {"packaging/a.sh": SHELL + "if x\n"})))

    def test_strict_mode(self):
        self.assert_found(check_scripts, {"packaging/a.sh": SHELL.replace("-euo", "-eu")}, "set -euo pipefail")

    def test_run_bit(self):
        self.write("packaging/a.sh", SHELL)
        self.assertIn("executable", check_scripts.check(self.root)[1][0])


class Report(LintCase):
    def test_a_lint_that_sees_nothing_fails(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(sources.report("x", 0, []), 1)
            self.assertEqual(sources.report("x", 1, ["a problem"]), 1)
            self.assertEqual(sources.report("x", 1, []), 0)


if __name__ == "__main__":
    unittest.main()
