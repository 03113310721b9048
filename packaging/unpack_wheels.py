#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacks NVIDIA's CUDA wheels into one folder laid out like a toolkit: include/, include/cccl/, lib/.

A wheel of CUDA 13 has nvidia/cu13/{include,lib}/…; one of CUDA 12 has nvidia/cuda_nvrtc/{include,lib}/… and so on.
Headers and shared libraries are taken, with the licence texts; programs, static archives and the second build of NVRTC
(libnvrtc.alt.so, 110 MB) are not.
"""
import pathlib
import re
import shutil
import sys
import zipfile

REQUIRED = [
    "include/nvrtc.h",
    "include/cuda.h",
    "include/cuda_fp16.h",
    "include/cupti.h",
    "include/crt/host_defines.h",
    "include/cccl/cuda/std/cstdint",
    "include/cccl/nv/target",
    "lib/libnvrtc.so.*",
    "lib/libnvrtc-builtins.so.*",
    "lib/libcupti.so.*",
    "lib/libnvperf_host.so",
]


def place(member):
    """Where a member of a wheel belongs, relative to the target; None for what is left out."""
    licence = re.fullmatch(r"(nvidia_[^/]+?)-[^/]*\.dist-info/(?:licenses/)?(License\.txt)", member)
    if licence:
        return f"licences/{licence[1]}.txt"
    match = re.fullmatch(r"nvidia/([^/]+)/(include|lib)/(.+)", member)
    if not match or member.endswith(("/", "__init__.py")):
        return None
    package, kind, rest = match.groups()
    if kind == "lib":
        return f"lib/{rest}" if re.search(r"\.so(\.|$)", rest) and ".alt.so" not in rest else None
    if package == "cuda_cccl":
        return f"include/cccl/{rest}"
    return f"include/{rest}"


def unpack(wheel, target):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            relative = place(member)
            if relative is None:
                continue
            if ".." in pathlib.PurePosixPath(relative).parts:
                raise ValueError(f"{wheel}: {member} points out of the folder")
            path = target / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, open(path, "wb") as copy:
                shutil.copyfileobj(source, copy)


def main(arguments):
    if len(arguments) < 2:
        print("Usage: unpack_wheels.py TARGET WHEEL…", file=sys.stderr)
        return 2
    target = pathlib.Path(arguments[0])
    try:
        for wheel in arguments[1:]:
            unpack(wheel, target)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"unpack_wheels.py: {error}", file=sys.stderr)
        return 3
    missing = [pattern for pattern in REQUIRED if not any(target.glob(pattern))]
    if missing:
        print(f"unpack_wheels.py: the wheels lack {', '.join(missing)}", file=sys.stderr)
        return 3
    names = sorted(pathlib.Path(wheel).name.split("-py3-")[0] for wheel in arguments[1:])
    (target / "VERSIONS").write_text("\n".join(names) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
