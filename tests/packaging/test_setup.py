#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the set-up scripts on machines that are made up: programs that answer as asked stand first in PATH."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"

# dpkg-query knows every package but those in $ABSENT; what the others are asked is written down.
DPKG_QUERY = """#!/bin/bash
for name in "${@:4}"; do case " $ABSENT " in *" $name "*) ;; *) echo "installed $name" ;; esac; done
[ -z "$ABSENT" ]
"""
RECORDER = """#!/bin/bash
echo "${0##*/} $*" >>"$RECORD"
exit ${APT_STATUS:-0}
"""
PASS_ON = "#!/bin/bash\nexec \"$@\"\n"

WHEELS_13 = {
    "nvidia_cuda_nvrtc-13.0.88-py3-none-x.whl": [
        "nvidia/cu13/include/nvrtc.h", "nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cu13/lib/libnvrtc.alt.so.13",
        "nvidia/cu13/lib/libnvrtc-builtins.so.13.0", "nvidia_cuda_nvrtc-13.0.88.dist-info/licenses/License.txt"],
    "nvidia_cuda_cupti-13.0.85-py3-none-x.whl": [
        "nvidia/cu13/include/cupti.h", "nvidia/cu13/lib/libcupti.so.13", "nvidia/cu13/lib/libnvperf_host.so"],
    "nvidia_cuda_runtime-13.0.96-py3-none-x.whl": [
        "nvidia/cu13/include/cuda.h", "nvidia/cu13/include/cuda_fp16.h", "nvidia/cu13/lib/libcudart_static.a"],
    "nvidia_cuda_crt-13.0.88-py3-none-x.whl": ["nvidia/cu13/include/crt/host_defines.h"],
    "nvidia_cuda_cccl-13.0.85-py3-none-x.whl": [
        "nvidia/cu13/include/cccl/cuda/std/cstdint", "nvidia/cu13/include/cccl/nv/target"],
}
WHEELS_12 = {
    "nvidia_cuda_nvrtc_cu12-12.9.86-py3-none-x.whl": [
        "nvidia/cuda_nvrtc/include/nvrtc.h", "nvidia/cuda_nvrtc/lib/libnvrtc.so.12", "nvidia/cuda_nvrtc/__init__.py",
        "nvidia/cuda_nvrtc/lib/__init__.py", "nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.9"],
    "nvidia_cuda_cupti_cu12-12.9.79-py3-none-x.whl": [
        "nvidia/cuda_cupti/include/cupti.h", "nvidia/cuda_cupti/lib/libcupti.so.12",
        "nvidia/cuda_cupti/lib/libnvperf_host.so"],
    "nvidia_cuda_runtime_cu12-12.9.79-py3-none-x.whl": [
        "nvidia/cuda_runtime/include/cuda.h", "nvidia/cuda_runtime/include/cuda_fp16.h"],
    "nvidia_cuda_nvcc_cu12-12.9.86-py3-none-x.whl": [
        "nvidia/cuda_nvcc/include/crt/host_defines.h", "nvidia/cuda_nvcc/bin/ptxas"],
    "nvidia_cuda_cccl_cu12-12.9.27-py3-none-x.whl": [
        "nvidia/cuda_cccl/include/cuda/std/cstdint", "nvidia/cuda_cccl/include/nv/target"],
}


class MachineCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="warploom-setup-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.record = self.folder / "record"
        self.environment = {
            "PATH": f"{self.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder / "home"),
            "RECORD": str(self.record),
            "ABSENT": "",
            "WARPLOOM_OS_RELEASE": str(self.folder / "os-release"),
            "CUDA_HOME": str(self.folder / "toolkit"),
            "LC_ALL": "C.UTF-8",
        }
        self.distribution("debian", "12")
        self.program("dpkg-query", DPKG_QUERY)
        self.program("apt-get", RECORDER)
        self.program("sudo", PASS_ON)
        self.toolkit("toolkit", 13000)

    def distribution(self, name, version):
        self.write("os-release", f'ID={name}\nVERSION_ID="{version}"\n')

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def program(self, name, text):
        self.write(f"bin/{name}", text).chmod(0o755)

    def driver(self, version):
        self.program("nvidia-smi", f"#!/bin/bash\necho {version}\n")

    def toolkit(self, name, version):
        self.write(f"{name}/include/cuda.h", f"#define CUDA_VERSION {version}\n")
        self.write(f"{name}/include/nvrtc.h", "")
        self.write(f"{name}/include/cupti.h", "")
        self.write(f"{name}/lib64/libnvrtc.so.{version // 1000}", "")

    def data(self, version):
        self.toolkit("home/.local/share/warploom/cuda", version)
        folder = self.folder / "home/.local/share/warploom/cuda"
        (folder / "lib64").rename(folder / "lib")

    def run_script(self, *command, **environment):
        return subprocess.run(command, env={**self.environment, **environment}, capture_output=True, text=True,
                              check=False, timeout=60)

    def set_up(self, **environment):
        return self.run_script("bash", str(PACKAGING / "setup.sh"), **environment)

    def cuda(self, call, **environment):
        script = f'set -euo pipefail; . "{PACKAGING}/shell/messages.sh"; . "{PACKAGING}/shell/cuda.sh"; {call}'
        return self.run_script("bash", "-c", script, **environment).stdout.strip()

    def recorded(self):
        return self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []


class Packages(MachineCase):
    def test_nothing_missing_asks_nobody(self):
        run = self.set_up()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.recorded(), [])

    def test_a_gap_is_filled_and_only_the_gap(self):
        run = self.set_up(ABSENT="ninja-build mold")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.recorded(), ["apt-get -q update",
                                           "apt-get -q -y install --no-install-recommends ninja-build mold"])

    def test_ubuntu(self):
        self.distribution("ubuntu", "24.04")
        self.assertEqual(self.set_up(ABSENT="mold").returncode, 0)
        self.assertEqual(len(self.recorded()), 2)

    def test_another_distribution_is_told_what_it_lacks(self):
        self.distribution("debian", "13")
        run = self.set_up(ABSENT="mold")
        self.assertEqual(run.returncode, 3)
        self.assertIn("'debian 13'", run.stderr)
        self.assertIn("missing: mold", run.stderr)
        self.assertEqual(self.recorded(), [])

    def test_another_distribution_that_lacks_nothing_is_fine(self):
        self.distribution("debian", "13")
        self.assertEqual(self.set_up().returncode, 0)

    def test_apt_that_fails(self):
        run = self.set_up(ABSENT="mold", APT_STATUS="100")
        self.assertEqual(run.returncode, 3)
        self.assertIn("missing: mold", run.stderr)

    def test_usage(self):
        self.assertEqual(self.run_script("bash", str(PACKAGING / "setup.sh"), "--nonsense").returncode, 2)


class Nvdisasm(MachineCase):
    def set_up_with_it(self, **environment):
        return self.run_script("bash", str(PACKAGING / "setup.sh"), "--nvdisasm", **environment)

    def test_set_up_does_not_ask_for_it_by_itself(self):
        run = self.set_up()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn("nvdisasm", run.stderr)

    def test_one_of_a_toolkit_does(self):
        self.write("toolkit/bin/nvdisasm", "#!/bin/bash\n").chmod(0o755)
        run = self.set_up_with_it()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(f"nvdisasm: {self.folder}/toolkit/bin/nvdisasm", run.stderr)

    def test_what_was_fetched_is_not_fetched_again(self):
        data = self.folder / "data"
        self.write("data/nvdisasm/bin/nvdisasm", "#!/bin/bash\n").chmod(0o755)
        run = self.run_script("bash", str(PACKAGING / "fetch-nvdisasm.sh"), WARPLOOM_DATA=str(data))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(f"nvdisasm is already in {data}/nvdisasm", run.stderr)

    def test_bundles_carry_what_fetches_it(self):
        text = (PACKAGING / "bundle.sh").read_text(encoding="utf-8")
        self.assertIn("fetch-{cuda,nvdisasm}.sh", text)


class CudaSearch(MachineCase):
    def test_the_toolkit_comes_before_the_data_folder(self):
        self.data(13000)
        self.assertEqual(self.cuda("cuda_include"), f"{self.folder}/toolkit/include")

    def test_fetch_hides_the_toolkit(self):
        self.data(13000)
        self.assertEqual(self.cuda("cuda_include", WARPLOOM_CUDA="fetch"),
                         f"{self.folder}/home/.local/share/warploom/cuda/include")

    def test_a_toolkit_newer_than_the_driver_is_passed_over(self):
        self.data(12090)
        self.driver("570.86.15")
        self.assertEqual(self.cuda("cuda_include"),
                         f"{self.folder}/home/.local/share/warploom/cuda/include")

    def test_a_toolkit_that_is_too_old_is_passed_over(self):
        self.toolkit("toolkit", 11080)
        self.assertNotIn(str(self.folder / "toolkit"), self.cuda("cuda_include || true"))

    def test_headers_without_the_library_are_no_toolkit(self):
        (self.folder / "toolkit/lib64/libnvrtc.so.13").unlink()
        self.assertNotIn(str(self.folder / "toolkit"), self.cuda("cuda_include || true"))

    def test_a_root_that_is_named_stands_alone(self):
        self.toolkit("own", 13000)
        own = str(self.folder / "own")
        self.assertEqual(self.cuda("cuda_include", WARPLOOM_CUDA_ROOT=own), f"{own}/include")
        run = self.set_up(WARPLOOM_CUDA_ROOT="/nowhere")
        self.assertEqual(run.returncode, 3)
        self.assertIn("/nowhere", run.stderr)

    def test_the_release_follows_the_driver(self):
        self.assertEqual(self.cuda("cuda_wanted_release"), "13.0")
        for driver, release in (("580.65.06", "13.0"), ("610.1", "13.0"), ("575.51.03", "12.9"), ("garbage", "13.0")):
            with self.subTest(driver):
                self.driver(driver)
                self.assertEqual(self.cuda("cuda_wanted_release"), release)

    def test_the_data_folder(self):
        self.assertEqual(self.cuda("cuda_data_folder", XDG_DATA_HOME="/x"), "/x/warploom/cuda")
        self.assertEqual(self.cuda("cuda_data_folder", XDG_DATA_HOME="/x", WARPLOOM_DATA="/y"), "/y/cuda")


class Wheels(MachineCase):
    def unpack(self, wheels):
        paths = []
        for name, members in wheels.items():
            paths.append(self.folder / name)
            with zipfile.ZipFile(paths[-1], "w") as archive:
                for member in members:
                    archive.writestr(member, member)
        return self.run_script("python3", "-B", str(PACKAGING / "unpack_wheels.py"), str(self.folder / "cuda"),
                               *map(str, paths))

    def unpacked(self):
        folder = self.folder / "cuda"
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())

    def test_cuda_13(self):
        run = self.unpack(WHEELS_13)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.unpacked(), [
            "VERSIONS", "include/cccl/cuda/std/cstdint", "include/cccl/nv/target", "include/crt/host_defines.h",
            "include/cuda.h", "include/cuda_fp16.h", "include/cupti.h", "include/nvrtc.h", "lib/libcupti.so.13",
            "lib/libnvperf_host.so", "lib/libnvrtc-builtins.so.13.0", "lib/libnvrtc.so.13",
            "licences/nvidia_cuda_nvrtc.txt"])

    def test_cuda_12_ends_in_the_same_layout(self):
        run = self.unpack(WHEELS_12)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.unpacked(), [
            "VERSIONS", "include/cccl/cuda/std/cstdint", "include/cccl/nv/target", "include/crt/host_defines.h",
            "include/cuda.h", "include/cuda_fp16.h", "include/cupti.h", "include/nvrtc.h", "lib/libcupti.so.12",
            "lib/libnvperf_host.so", "lib/libnvrtc-builtins.so.12.9", "lib/libnvrtc.so.12"])

    def test_a_missing_part_is_named(self):
        wheels = {name: members for name, members in WHEELS_13.items() if "crt" not in name}
        run = self.unpack(wheels)
        self.assertEqual(run.returncode, 3)
        self.assertIn("crt/host_defines.h", run.stderr)

    def test_what_is_not_a_wheel(self):
        self.write("broken.whl", "no zip")
        run = self.run_script("python3", "-B", str(PACKAGING / "unpack_wheels.py"), str(self.folder / "cuda"),
                              str(self.folder / "broken.whl"))
        self.assertEqual(run.returncode, 3)

    def test_a_member_that_leaves_the_folder(self):
        run = self.unpack({**WHEELS_13, "evil.whl": ["nvidia/cu13/include/../../../evil.h"]})
        self.assertEqual(run.returncode, 3)
        self.assertFalse(list(self.folder.rglob("evil.h")))


class Run(MachineCase):
    """run.sh in a checkout whose warploom-cli writes down what it is asked."""

    def setUp(self):
        super().setUp()
        shutil.copytree(PACKAGING, self.folder / "checkout/packaging")
        self.program("cmake", RECORDER)
        self.write("checkout/build/release/bin/warploom-cli",
                   RECORDER.replace("APT_STATUS", "CLI_STATUS")).chmod(0o755)

    def run_sh(self, *arguments, **environment):
        run = self.run_script("bash", str(self.folder / "checkout/packaging/run.sh"), *arguments, **environment)
        calls = [line for line in self.recorded() if line.startswith("warploom")]
        return run, [line.replace(str(self.folder / "checkout"), "ROOT") for line in calls]

    def test_the_main_job(self):
        run, calls = self.run_sh()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(calls, ["warploom-cli evolve ROOT/kernels/softmax --device auto --evaluations 60"])
        self.assertIn(f"-DWARPLOOM_CUDA_INCLUDE={self.folder}/toolkit/include", "".join(self.recorded()))

    def test_arguments_are_passed_on(self):
        _, calls = self.run_sh("kernels/transpose", "--evaluations=7", "--seed", "3")
        self.assertEqual(calls, ["warploom-cli evolve --device auto kernels/transpose --evaluations=7 --seed 3"])

    def test_a_resumed_run_knows_what_it_does(self):
        _, calls = self.run_sh("--resume", "night.warploom")
        self.assertEqual(calls, ["warploom-cli evolve --resume night.warploom"])

    def test_the_exit_code_is_the_programs(self):
        self.assertEqual(self.run_sh(CLI_STATUS="4")[0].returncode, 4)

    def test_where_there_is_a_display_the_window_opens(self):
        self.write("checkout/build/release/bin/warploom", RECORDER).chmod(0o755)
        _, calls = self.run_sh("kernels/transpose", "--evaluations=7", DISPLAY=":0")
        self.assertEqual(len(calls), 2, calls)
        workspace = calls[0].split("--workspace ")[1]
        self.assertRegex(workspace, r"^transpose-[0-9-]+\.warploom$")
        self.assertEqual(calls[1], f"warploom {workspace}")
        _, calls = self.run_sh("--resume", "night.warploom", WAYLAND_DISPLAY="wayland-0")
        self.assertEqual(calls[-2:], ["warploom-cli evolve --resume night.warploom", "warploom night.warploom"])

    def test_what_failed_opens_no_window(self):
        self.write("checkout/build/release/bin/warploom", RECORDER).chmod(0o755)
        run, calls = self.run_sh("--workspace=w.warploom", DISPLAY=":0", CLI_STATUS="2")
        self.assertEqual((run.returncode, len(calls)), (2, 1), calls)

    def test_a_build_that_fails_runs_nothing(self):
        run, calls = self.run_sh(APT_STATUS="1")
        self.assertEqual((run.returncode, calls), (1, []))


if __name__ == "__main__":
    os.umask(0o022)
    unittest.main()
