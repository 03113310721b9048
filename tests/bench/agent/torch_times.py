#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times what PyTorch does for each task of the library, eager and through torch.compile, at the task's time sizes.

torch_times.py OUT.json [TASK ...]

Cold, as Warploom times: 512 MB are written between any two launches; the median of 12. TF32 is off, as the tasks' tolerances
admit none. torch.compile with its default mode. The operator is the one that a PyTorch user would write.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F

import task_files

DEVICE = "cuda"
FLUSH_BYTES = 512 << 20


def rand(*shape, dtype=torch.float32):
    return torch.rand(*shape, device=DEVICE, dtype=torch.float32).mul_(2).sub_(1).to(dtype)


def integers(low, high, *shape, dtype=torch.int32):
    return torch.randint(low, high, shape, device=DEVICE, dtype=dtype)


def offsets(total, count):
    """count + 1 ascending from 0 to total, near even, as the task's fill."""
    edges = torch.linspace(0, total, count + 1, device=DEVICE, dtype=torch.float64)
    jitter = (torch.rand(count - 1, device=DEVICE, dtype=torch.float64) - 0.5) * total / count if count > 1 else 0
    edges[1:-1] += jitter
    return edges.to(torch.int64).to(torch.int32)


def stencil2d(x, omega):
    inner = x[1:-1, 1:-1]
    out = x.clone()
    out[1:-1, 1:-1] = inner + omega * ((x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:]) / 4 - inner)
    return out


def stencil3d(x, weights):
    out = x.clone()
    total = 0
    depth, height, width = x.shape
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            for c in (-1, 0, 1):
                weight = weights[abs(a) + abs(b) + abs(c)]
                total = total + weight * x[1 + a:depth - 1 + a, 1 + b:height - 1 + b, 1 + c:width - 1 + c]
    out[1:-1, 1:-1, 1:-1] = total
    return out


def jagged_to_dense(values, starts, longest):
    at = starts[:-1, None] + torch.arange(longest, device=DEVICE, dtype=torch.int32)
    inside = at < starts[1:, None]
    return torch.where(inside[..., None], values[at.clamp(max=values.shape[0] - 1).long()], 0)


def batched_truncate(values, starts, keep):
    at = starts[1:, None] - keep + torch.arange(keep, device=DEVICE, dtype=torch.int32)
    return torch.where(at >= starts[:-1, None], values[at.clamp(min=0).long()], 0)


def interaction(x, rows, columns):
    return torch.bmm(x, x.transpose(1, 2))[:, rows, columns]


def rmsnorm(x, w):
    y = x.float()
    return (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-5) * w.float()).to(x.dtype)


def bf16(*shape):
    return rand(*shape, dtype=torch.bfloat16)


def f16(*shape):
    return rand(*shape, dtype=torch.float16)


# Each makes (function, its arguments) at a size.
TASKS = {
    "vector_add": lambda s: (torch.add, [rand(s["n"]), rand(s["n"])]),
    "reduce_sum": lambda s: (torch.sum, [rand(s["n"])]),
    "softmax": lambda s: (lambda x: torch.softmax(x, 1), [rand(s["rows"], s["cols"])]),
    "layernorm": lambda s: (lambda x, g, b: F.layer_norm(x, (s["cols"],), g, b),
                            [rand(s["rows"], s["cols"]), rand(s["cols"]), rand(s["cols"])]),
    "transpose": lambda s: (lambda x: x.t().contiguous(), [rand(s["rows"], s["cols"])]),
    "sgemm": lambda s: (torch.matmul, [rand(s["m"], s["k"]), rand(s["k"], s["n"])]),
    "histogram": lambda s: (lambda x: torch.bincount(x, minlength=256), [integers(0, 256, s["n"])]),
    "conv2d": lambda s: (lambda x, w: F.conv2d(x, w, padding=s["k"] // 2),
                         [rand(s["images"], 1, s["height"], s["width"]), rand(1, 1, s["k"], s["k"])]),
    "argmax": lambda s: (lambda x: torch.argmax(x, 1), [rand(s["rows"], s["cols"])]),
    "attention": lambda s: (F.scaled_dot_product_attention, [f16(1, s["heads"], s["seq"], 64) for _ in range(3)]),
    "batched_gemm": lambda s: (torch.bmm, [rand(s["batch"], s["m"], s["k"]), rand(s["batch"], s["k"], s["n"])]),
    "batched_truncate": lambda s: (lambda v, o: batched_truncate(v, o, s["keep"]),
                                   [integers(1, 1000000, s["batch"] * s["mean_length"]),
                                    offsets(s["batch"] * s["mean_length"], s["batch"])]),
    "bias_gelu_chain": lambda s: (lambda x, b, g: F.gelu(x + b) * g,
                                  [rand(s["rows"], s["cols"]), rand(s["cols"]), rand(s["cols"])]),
    "bgemm": lambda s: (lambda a, b: a @ b.t(), [bf16(s["m"], s["k"]), bf16(s["n"], s["k"])]),
    "bilinear_resize": lambda s: (lambda x: F.interpolate(x, (s["oh"], s["ow"]), mode="bilinear", align_corners=False),
                                  [rand(1, s["planes"], s["h"], s["w"])]),
    "bucketize": lambda s: (lambda v, b: torch.bucketize(v, b, out_int32=True, right=True),
                            [integers(0, s["span"], s["n"]), offsets(s["span"], s["count"] - 1)]),
    "column_sum": lambda s: (lambda x: x.sum(0), [rand(s["rows"], s["cols"])]),
    "cross_entropy": lambda s: (lambda x, t: F.cross_entropy(x, t, reduction="none"),
                                [rand(s["rows"], s["classes"]), integers(0, s["classes"], s["rows"], dtype=torch.int64)]),
    "depthwise_conv": lambda s: (lambda x, w: F.conv2d(x, w, padding=1, groups=s["channels"]),
                                 [rand(s["images"], s["channels"], s["height"], s["width"]), rand(s["channels"], 1, 3, 3)]),
    "embedding_bag": lambda s: (lambda t, i, o: F.embedding_bag(i, t, o, mode="sum", include_last_offset=True),
                                [rand(s["entries"], s["dim"]), integers(0, s["entries"], s["bags"] * s["mean_length"]),
                                 offsets(s["bags"] * s["mean_length"], s["bags"])]),
    "feature_interaction": lambda s: (interaction, [rand(s["batch"], s["features"], s["dim"]),
                                                    *torch.triu_indices(s["features"], s["features"], 1, device=DEVICE)]),
    "gemm_bias_gelu": lambda s: (lambda x, w, b: F.gelu(torch.addmm(b, x, w)),
                                 [rand(s["m"], s["k"]), rand(s["k"], s["n"]), rand(s["n"])]),
    "gemv": lambda s: (torch.mv, [rand(s["rows"], s["cols"]), rand(s["cols"])]),
    "hgemm": lambda s: (torch.matmul, [f16(s["m"], s["k"]), f16(s["k"], s["n"])]),
    "jagged_to_dense": lambda s: (lambda v, o: jagged_to_dense(v, o, s["max_length"]),
                                  [rand(s["batch"] * s["mean_length"], s["dim"]),
                                   offsets(s["batch"] * s["mean_length"], s["batch"])]),
    "prefix_sum": lambda s: (lambda x: torch.cumsum(x, 0, dtype=torch.int32), [integers(0, 16, s["n"])]),
    "rmsnorm": lambda s: (rmsnorm, [bf16(s["rows"], s["cols"]), bf16(s["cols"])]),
    "segmented_reduce": lambda s: (lambda v, o: torch.segment_reduce(v, "sum", offsets=o),
                                   [rand(s["segments"] * s["mean_length"]),
                                    offsets(s["segments"] * s["mean_length"], s["segments"])]),
    "stencil2d": lambda s: (lambda x: stencil2d(x, 0.8), [rand(s["height"], s["width"])]),
    "stencil3d": lambda s: (lambda x: stencil3d(x, (0.4, 0.06, 0.015, 0.0075)), [rand(s["depth"], s["height"], s["width"])]),
    "top_k": lambda s: (lambda x: torch.topk(x, 8, dim=1).values, [rand(s["rows"], s["cols"])]),
}


def median_us(function, arguments, flush):
    for _ in range(3):
        function(*arguments)
    torch.cuda.synchronize()
    times = []
    for _ in range(12):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        flush.zero_()
        begin.record()
        function(*arguments)
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end) * 1000)
    return sorted(times)[len(times) // 2]


def main():
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    results = {}
    flush = torch.empty(FLUSH_BYTES, dtype=torch.int8, device=DEVICE)
    for task in sys.argv[2:] or task_files.all_tasks():
        results[task] = {}
        for name, size in task_files.sizes(task).items():
            began, row = time.monotonic(), {}
            try:
                function, arguments = TASKS[task](size)
                row["eager"] = median_us(function, arguments, flush)
                torch._dynamo.reset()  # pylint: disable=protected-access
                row["compile"] = median_us(torch.compile(function), arguments, flush)
            except Exception as error:  # what one operator cannot do is told, the others go on  # pylint: disable=broad-except
                row["problem"] = f"{type(error).__name__}: {error}"[:200]
            function = arguments = None
            torch.cuda.empty_cache()
            results[task][name] = row
            shown = " ".join(f"{key} {value:.1f} us" if isinstance(value, float) and math.isfinite(value) else f"{key} {value}"
                             for key, value in row.items())
            print(f"{task}/{name}: {shown} ({time.monotonic() - began:.1f} s)", flush=True)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
