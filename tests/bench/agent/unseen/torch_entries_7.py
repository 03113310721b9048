# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PyTorch user would write for the tasks of this folder: for each, (function, its arguments) at a size.

TASKS has the form of the one in ../torch_times.py; SIZES are the time sizes.
"""
import torch
import torch.nn.functional as F

DEVICE = "cuda"


def uniform(low, high, *shape, dtype):
    return torch.rand(*shape, device=DEVICE, dtype=dtype).mul_(high - low).add_(low)


def normal(*shape, dtype, deviation=1.0):
    return torch.randn(*shape, device=DEVICE, dtype=dtype).mul_(deviation)


def integers(low, high, *shape, dtype):
    return torch.randint(low, high, shape, device=DEVICE, dtype=dtype)


def mp2_amplitudes(lov, occ, vir):
    """lov (naux, nocc, nvir), occ (nocc), vir (nvir), all f64"""
    integrals = torch.einsum("Lia,Ljb->ijab", lov, lov)
    return integrals / (occ[:, None, None, None] + occ[:, None, None] - vir[:, None] - vir)


def vtrace_targets(log_rhos, rewards, values, lives):
    """log_rhos, rewards (segments, horizon), values (segments, horizon + 1) in f32, lives (segments, horizon) in u8"""
    rhos = log_rhos.exp()
    rewards = rewards.clamp(-1, 1)
    discounts = 0.995 * (lives > 0).float()
    now, following = values[:, :-1], values[:, 1:]
    deltas = rhos.clamp(max=1.0) * (rewards + discounts * following - now)
    decay = discounts * 0.97 * rhos.clamp(max=1.0)
    acc = torch.zeros_like(deltas[:, 0])
    result = torch.empty_like(deltas)
    for t in reversed(range(deltas.shape[1])):
        acc = deltas[:, t] + decay[:, t] * acc
        result[:, t] = acc
    vs = now + result
    vs_following = torch.cat([vs[:, 1:], values[:, -1:]], dim=1)
    return vs, rhos.clamp(max=1.2) * (rewards + discounts * vs_following - now)


def vocoder_resblock(dilation):
    """x (batch, channels, time), weight (channels, channels, taps), bias (channels), all f16; taps are odd at the time sizes"""
    def block(x, weight, bias):
        padding = (weight.shape[2] - 1) * dilation // 2
        return x + F.conv1d(F.leaky_relu(x, 0.1), weight, bias, dilation=dilation, padding=padding)
    return block


TASKS = {
    "mp2_amplitudes": lambda s: (mp2_amplitudes, [normal(s["naux"], s["nocc"], s["nvir"], dtype=torch.float64, deviation=0.05),
                                                  uniform(-1.5, -0.3, s["nocc"], dtype=torch.float64),
                                                  uniform(0.1, 3, s["nvir"], dtype=torch.float64)]),
    "vtrace_targets": lambda s: (vtrace_targets, [normal(s["segments"], s["horizon"], dtype=torch.float32, deviation=0.1),
                                                  normal(s["segments"], s["horizon"], dtype=torch.float32),
                                                  normal(s["segments"], s["horizon"] + 1, dtype=torch.float32),
                                                  integers(0, 64, s["segments"], s["horizon"], dtype=torch.uint8)]),
    "vocoder_resblock": lambda s: (vocoder_resblock(s["dilation"]), [normal(s["batch"], s["channels"], s["time"], dtype=torch.float16),
                                                                     uniform(-0.06, 0.06, s["channels"], s["channels"],
                                                                             s["taps"], dtype=torch.float16),
                                                                     normal(s["channels"], dtype=torch.float16, deviation=0.5)]),
}

SIZES = {
    "mp2_amplitudes": {"benzene": {"naux": 666, "nocc": 15, "nvir": 243},
                       "water_cluster": {"naux": 672, "nocc": 32, "nvir": 152}},
    "vtrace_targets": {"arcade": {"segments": 262144, "horizon": 128},
                       "replay": {"segments": 16384, "horizon": 2000}},
    "vocoder_resblock": {"training": {"batch": 64, "channels": 128, "time": 2048, "taps": 11, "dilation": 5},
                         "synthesis": {"batch": 8, "channels": 64, "time": 110250, "taps": 7, "dilation": 3}},
}
