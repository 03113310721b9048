# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PyTorch user would write for the tasks of this folder: for each, (function, its arguments) at a size.

TASKS has the form of the one in ../torch_times.py; SIZES are the time sizes.
"""
import torch

DEVICE = "cuda"


def uniform(low, high, *shape):
    return torch.rand(*shape, device=DEVICE, dtype=torch.float32).mul_(high - low).add_(low)


def integers(low, high, *shape, dtype):
    return torch.randint(low, high, shape, device=DEVICE, dtype=dtype)


def asr_ffn_int8(x, x_scale, w, w_scale, bias, n_frames):
    """x (steps, streams, d_model) and w (d_ff, d_model) in i8, the scales and bias in f32, n_frames (streams) in i32"""
    steps, streams, d_model = x.shape
    sums = torch._int_mm(x.view(steps * streams, d_model), w.t()).view(steps, streams, -1)
    v = sums.float() * x_scale[..., None] * w_scale + bias
    values = torch.logaddexp(torch.zeros_like(v), v - 4.0) - 0.08 * v - 0.035
    padding = torch.arange(steps, device=x.device)[:, None] >= n_frames
    return values.masked_fill(padding[..., None], 0.0).transpose(0, 1).half().contiguous()


def gbdt_level_hist(bins, leaf_id, grad, hess, leaves):
    """bins (rows, features) in u8, leaf_id (rows) in i16, grad (rows) in i8, hess (rows) in u8"""
    features = bins.shape[1]
    hist = torch.zeros(leaves * features * 256, 2, device=bins.device, dtype=torch.int32)
    active = leaf_id >= 0
    leaf = leaf_id[active].int()
    pair = torch.stack((grad[active].int(), hess[active].int()), dim=-1)
    for f in range(features):  # all features at once would need 8 bytes for each bin and feature, and as many for the places
        hist.index_add_(0, (leaf * features + f) * 256 + bins[active, f].int(), pair)
    return hist.view(leaves, features, 256, 2)


def radar_corner_turn(iq, cal, window):
    """iq (channels, pulses, gates, 2) in i16, cal (channels, 2) and window (pulses) in f32"""
    samples = torch.view_as_complex(iq.float())
    weights = torch.view_as_complex(cal)[:, None] * (window * 0.00048828125)
    return torch.view_as_real((samples * weights[:, :, None]).transpose(1, 2).contiguous())


TASKS = {
    "asr_ffn_int8": lambda s: (asr_ffn_int8, [integers(-127, 128, s["steps"], s["streams"], s["d_model"], dtype=torch.int8),
                                              uniform(0.005, 0.03, s["steps"], s["streams"]),
                                              integers(-127, 128, s["d_ff"], s["d_model"], dtype=torch.int8),
                                              uniform(0.0005, 0.0015, s["d_ff"]),
                                              torch.randn(s["d_ff"], device=DEVICE) + 1,
                                              integers(s["steps"] * 3 // 4, s["steps"] + 1, s["streams"], dtype=torch.int32)]),
    "gbdt_level_hist": lambda s: (gbdt_level_hist, [integers(0, 256, s["rows"], s["features"], dtype=torch.uint8),
                                                    integers(-1, s["leaves"], s["rows"], dtype=torch.int16),
                                                    integers(-16, 17, s["rows"], dtype=torch.int8),
                                                    integers(0, 17, s["rows"], dtype=torch.uint8),
                                                    s["leaves"]]),
    "radar_corner_turn": lambda s: (radar_corner_turn, [integers(-2048, 2048, s["channels"], s["pulses"], s["gates"], 2,
                                                                 dtype=torch.int16),
                                                        uniform(-1, 1, s["channels"], 2),
                                                        uniform(0.1, 1, s["pulses"])]),
}

SIZES = {
    "asr_ffn_int8": {"batch_10s": {"streams": 32, "steps": 500, "d_model": 1024, "d_ff": 4096},
                     "batch_15s": {"streams": 16, "steps": 749, "d_model": 1280, "d_ff": 5120}},
    "gbdt_level_hist": {"higgs": {"rows": 22000000, "features": 28, "leaves": 4},
                        "clicks": {"rows": 8388608, "features": 67, "leaves": 16}},
    "radar_corner_turn": {"airborne": {"channels": 16, "pulses": 512, "gates": 8192},
                          "automotive": {"channels": 192, "pulses": 300, "gates": 1000}},
}
