# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PyTorch user would write for the tasks of this folder: for each, (function, its arguments) at a size.

TASKS has the form of the one in ../torch_times.py; SIZES are the time sizes.
"""
import torch

DEVICE = "cuda"


def uniform(low, high, *shape, dtype):
    return torch.rand(*shape, device=DEVICE, dtype=dtype).mul_(high - low).add_(low)


def normal(*shape, dtype, deviation=1.0):
    return torch.randn(*shape, device=DEVICE, dtype=dtype).mul_(deviation)


def integers(low, high, *shape, dtype):
    return torch.randint(low, high, shape, device=DEVICE, dtype=dtype)


def legendre_analysis(fourier, pct, damp):
    """fourier (fields, nlat, mmax + 1, 2), pct (mmax, lmax, nlat), damp (lmax), all f32; what lies behind the triangle becomes 0"""
    mmax = pct.shape[0]
    real = torch.einsum("fkm,mlk->flm", fourier[:, :, :mmax, 0], pct)
    imaginary = torch.einsum("fkm,mlk->flm", fourier[:, :, :mmax, 1], pct)
    return torch.stack([(damp[:, None] * part).tril() for part in (real, imaginary)], dim=-1)


def panel_zscore(counts, background):
    """counts (cells, genes), background (genes), both of 16 bits without a sign: i16 here, as arithmetic of u16 is scarce"""
    above = (counts - background).clamp(min=0).float()
    totals = above.sum(dim=1, keepdim=True)
    x = torch.log1p(above * (1e4 / totals.clamp(min=1)))
    variance, mean = torch.var_mean(x, dim=0)
    stdev = variance.sqrt()
    return mean, stdev, ((x - mean) / stdev.clamp(min=0.05)).clamp(-10, 10)


def pfb_frontend(volts, proto, gain):
    """volts (antennas, frames + taps - 1, points, 2) in i8, proto (taps, points), gain (antennas, 2) in f32"""
    taps = proto.shape[0]
    frames = volts.shape[1] - taps + 1
    result = proto[0, :, None] * volts[:, :frames]
    for k in range(1, taps):
        result = result + proto[k, :, None] * volts[:, k:k + frames]
    return (result * gain[:, None, None]).permute(0, 3, 1, 2).contiguous()


TASKS = {
    "legendre_analysis": lambda s: (legendre_analysis, [normal(s["fields"], s["nlat"], s["mmax"] + 1, 2, dtype=torch.float32),
                                                        normal(s["mmax"], s["lmax"], s["nlat"], dtype=torch.float32,
                                                               deviation=0.06),
                                                        uniform(0.2, 1, s["lmax"], dtype=torch.float32)]),
    "panel_zscore": lambda s: (panel_zscore, [integers(0, 128, s["cells"], s["genes"], dtype=torch.int16),
                                              integers(96, 128, s["genes"], dtype=torch.int16)]),
    "pfb_frontend": lambda s: (pfb_frontend, [integers(-100, 101, s["antennas"], s["frames"] + s["taps"] - 1, s["points"], 2,
                                                       dtype=torch.int8),
                                              uniform(-0.25, 1, s["taps"], s["points"], dtype=torch.float32),
                                              uniform(0.01, 0.03, s["antennas"], 2, dtype=torch.float32)]),
}

SIZES = {
    "legendre_analysis": {"neural_operator": {"fields": 512, "nlat": 240, "lmax": 240, "mmax": 240},
                          "reanalysis": {"fields": 241, "nlat": 256, "lmax": 256, "mmax": 256}},
    "panel_zscore": {"six_thousand": {"cells": 40000, "genes": 6175},
                     "brain_section": {"cells": 262144, "genes": 500}},
    "pfb_frontend": {"compact_array": {"antennas": 64, "frames": 1024, "points": 2048, "taps": 4},
                     "dishes": {"antennas": 2, "frames": 6000, "points": 8192, "taps": 16}},
}
