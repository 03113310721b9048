#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times what PyTorch does for the tasks beside this file, as ../torch_times.py does for the library's.

torch_times.py OUT.json [TASK ...]
"""
import functools
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import torch  # noqa: E402  pylint: disable=wrong-import-position
import torch.nn.functional as F  # noqa: E402  pylint: disable=wrong-import-position
import torch_entries  # noqa: E402  pylint: disable=wrong-import-position
import torch_entries_4  # noqa: E402  pylint: disable=wrong-import-position
import torch_entries_5  # noqa: E402  pylint: disable=wrong-import-position
import torch_entries_6  # noqa: E402  pylint: disable=wrong-import-position
import torch_entries_7  # noqa: E402  pylint: disable=wrong-import-position
import torch_entries_8  # noqa: E402  pylint: disable=wrong-import-position
import torch_entries_9  # noqa: E402  pylint: disable=wrong-import-position
import torch_times  # noqa: E402  pylint: disable=wrong-import-position


def group_norm_silu():
    data = torch_times.rand(32, 320, 128, 128, dtype=torch.float16)
    weights = torch_times.rand(320), torch_times.rand(320)
    return (lambda x, gamma, beta: F.silu(F.group_norm(x.float(), 32, gamma, beta)).half()), (data, *weights)


def gemm_tn_relu():
    left = torch_times.rand(2048, 3072, dtype=torch.float16)
    right = torch_times.rand(2048, 4096, dtype=torch.float16)
    return (lambda a, b, c: F.relu(1.5 * (a.t() @ b).float() + c)), (left, right, torch_times.rand(3072, 4096))


def interleaved_blur():
    frames = torch.randint(0, 256, (12, 3, 2160, 3840), device=torch_times.DEVICE, dtype=torch.uint8)
    taps = torch.tensor([1.0, 4, 6, 4, 1], device=torch_times.DEVICE)
    kernel = (taps[:, None] * taps[None, :] / 256).expand(3, 1, 5, 5).contiguous().half()

    def blur(x, k):
        return F.conv2d(F.pad(x.half(), (2, 2, 2, 2), mode="replicate"), k, groups=3).round().to(torch.uint8)
    return blur, (frames.contiguous(memory_format=torch.channels_last), kernel)


def channel_softmax():
    return (lambda score: torch.softmax(score, dim=1)), (torch_times.rand(16, 256, 128, 128),)


def csr_product():
    rows, columns, per_row = 1048576, 1572864, 64
    matrix = torch.sparse_csr_tensor(torch_times.offsets(rows * per_row, rows),
                                     torch_times.integers(0, columns, rows * per_row),
                                     torch_times.rand(rows * per_row), size=(rows, columns))
    return (lambda q, a, p: torch.addmv(q, a, p, beta=0.75)), (torch_times.rand(rows), matrix, torch_times.rand(columns))


def wave_step():
    now, before = (torch_times.rand(384, 512, 512, dtype=torch.float64) for _ in range(2))

    def step(u, u_old):
        new = torch.zeros_like(u)
        middle = u[1:-1, 1:-1, 1:-1]
        around = (u[:-2, 1:-1, 1:-1] + u[2:, 1:-1, 1:-1] + u[1:-1, :-2, 1:-1] + u[1:-1, 2:, 1:-1]
                  + u[1:-1, 1:-1, :-2] + u[1:-1, 1:-1, 2:])
        new[1:-1, 1:-1, 1:-1] = 2 * middle - u_old[1:-1, 1:-1, 1:-1] + 0.2 * (around - 6 * middle)
        return new
    return step, (now, before)


TASKS = {"group_norm_silu": ("large", group_norm_silu), "gemm_tn_relu": ("large", gemm_tn_relu),
         "interleaved_blur": ("frames", interleaved_blur), "channel_softmax": ("large", channel_softmax),
         "csr_product": ("large", csr_product), "wave_step": ("large", wave_step)}


def main():
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    flush = torch.empty(torch_times.FLUSH_BYTES, dtype=torch.int8, device=torch_times.DEVICE)
    results = {}
    cases = [(task, size, make) for task, (size, make) in TASKS.items()]
    for entries in (torch_entries, torch_entries_4, torch_entries_5, torch_entries_6, torch_entries_7,
                    torch_entries_8, torch_entries_9):
        cases += [(task, size, functools.partial(make, entries.SIZES[task][size]))
                  for task, make in entries.TASKS.items() for size in entries.SIZES[task]]
    wanted = set(sys.argv[2:])
    for task, size, make in cases:
        if wanted and task not in wanted:
            continue
        function, arguments = make()
        row = {"eager": torch_times.median_us(function, arguments, flush)}
        torch._dynamo.reset()  # pylint: disable=protected-access
        try:
            row["compile"] = torch_times.median_us(torch.compile(function), arguments, flush)
        except Exception as error:  # of sparse matrices, perhaps: the others go on  # pylint: disable=broad-except
            row["problem"] = f"{type(error).__name__}: {error}"[:200]
        results.setdefault(task, {})[size] = row
        shown = f"{row['compile']:.1f} us" if "compile" in row else row["problem"]
        print(f"{task}/{size}: eager {row['eager']:.1f} us compile {shown}", flush=True)
    pathlib.Path(sys.argv[1]).write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
