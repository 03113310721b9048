# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PyTorch user would write for the tasks of this folder: for each, (function, its arguments) at a size.

TASKS has the form of the one in ../torch_times.py; SIZES are the time sizes.
"""
import math

import torch
import torch.nn.functional as F

DEVICE = "cuda"


def uniform(low, high, *shape):
    return torch.rand(*shape, device=DEVICE, dtype=torch.float32).mul_(high - low).add_(low)


def normal(mean, deviation, *shape):
    return torch.randn(*shape, device=DEVICE, dtype=torch.float32).mul_(deviation).add_(mean)


def integers(low, high, *shape, dtype):
    return torch.randint(low, high, shape, device=DEVICE, dtype=dtype)


def ocean_zonal(packed):
    """packed (steps, levels, lat, lon) in i16"""
    valid = packed >= -12000
    values = torch.where(valid, packed * 0.000732444226741791 + 21.0, math.nan)
    mean = values.nanmean(dim=(0, 3))
    stdev = (values - mean[..., None]).square().nanmean(dim=(0, 3)).sqrt()
    n_valid = valid.sum(dim=(0, 3), dtype=torch.int32)
    return torch.nan_to_num(mean, nan=1e20), torch.nan_to_num(stdev, nan=1e20), n_valid


def depth_bilateral(depth):
    """depth (frames, height, width) in i16, since PyTorch does little with u16; millimetres"""
    height, width = depth.shape[1:]
    center = depth.float()
    padded = F.pad(center, (6, 6, 6, 6))  # with holes
    total = torch.zeros_like(center)
    weights = torch.zeros_like(center)
    for p in range(13):
        for q in range(13):  # all places at once would need 24 GB
            d = padded[:, p:p + height, q:q + width]
            weight = torch.exp(-((p - 6) ** 2 + (q - 6) ** 2) / (2 * 4.5 ** 2) - (d - center).square() / (2 * 30.0 ** 2))
            weight = weight * (d >= 800)
            total += weight * d
            weights += weight
    return torch.where(center >= 800, 0.001 * total / weights, 0.0)


def gptq_down_proj(x, qweight, scales, zeros, residual, group_words):
    """x (tokens, 8 * words) in f16, qweight (words, features) in i32, scales in f16 and zeros in u8 (groups, features), residual (tokens, features)"""
    count = x.shape[1]
    shifts = torch.arange(0, 32, 4, device=x.device, dtype=torch.int32)[:, None]
    levels = ((qweight[:, None, :] >> shifts) & 15).reshape(count, -1).half()
    zero = zeros.half().repeat_interleave(8 * group_words, dim=0)[:count]
    scale = scales.repeat_interleave(8 * group_words, dim=0)[:count]
    return torch.addmm(residual, x, (levels - zero) * scale)


def groups(s):
    return -(-s["words"] // s["group_words"])


TASKS = {
    "ocean_zonal": lambda s: (ocean_zonal, [integers(-20000, 20000, s["steps"], s["levels"], s["lat"], s["lon"], dtype=torch.int16)]),
    "depth_bilateral": lambda s: (depth_bilateral, [integers(780, 920, s["frames"], s["height"], s["width"], dtype=torch.int16)]),
    "gptq_down_proj": lambda s: (gptq_down_proj, [normal(0, 1, s["tokens"], 8 * s["words"]).half(),
                                                  integers(-2**31, 2**31 - 1, s["words"], s["features"], dtype=torch.int32),
                                                  uniform(0.002, 0.01, groups(s), s["features"]).half(),
                                                  integers(6, 11, groups(s), s["features"], dtype=torch.uint8),
                                                  normal(0, 3, s["tokens"], s["features"]).half(),
                                                  s["group_words"]]),
}

SIZES = {
    "ocean_zonal": {"quarter_degree": {"steps": 6, "levels": 75, "lat": 681, "lon": 1440},
                    "one_degree": {"steps": 600, "levels": 8, "lat": 180, "lon": 360}},
    "depth_bilateral": {"time_of_flight": {"frames": 100, "height": 576, "width": 640},
                        "stereo": {"frames": 96, "height": 480, "width": 848}},
    "gptq_down_proj": {"llama3": {"tokens": 512, "words": 1792, "group_words": 16, "features": 4096},
                       "qwen25": {"tokens": 400, "words": 2368, "group_words": 16, "features": 3584}},
}
