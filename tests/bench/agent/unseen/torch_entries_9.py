# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PyTorch user would write for the tasks of this folder: for each, (function, its arguments) at a size.

TASKS has the form of the one in tests/bench/agent/torch_times.py; SIZES are the time sizes.
"""
import torch
import torch.nn.functional as F

DEVICE = "cuda"


def uniform(low, high, *shape, dtype):
    return torch.rand(*shape, device=DEVICE, dtype=dtype).mul_(high - low).add_(low)


def normal(*shape, dtype, deviation=1.0):
    return torch.randn(*shape, device=DEVICE, dtype=dtype).mul_(deviation)


def tokens_mixed(act, weight, bias, gain, residual):
    """act (steps, batch, channels), weight (features, channels), residual (batch, steps, features) in bf16, the rest in f32"""
    mixed = gain * F.hardswish(F.linear(act, weight).float() + bias)
    return (residual.float() + mixed.transpose(0, 1)).to(residual.dtype).contiguous()


def frame_flatness(spectra, bin_hz, eps):
    """spectra (frames, bins, 2) in f32"""
    power = spectra.square().sum(dim=-1)
    total = power.sum(dim=1)
    flatness = torch.log(power + eps).mean(dim=1).exp() / (total / power.shape[1] + eps)
    bins = torch.arange(power.shape[1], device=power.device, dtype=power.dtype)
    return flatness, bin_hz * (power * bins).sum(dim=1) / (total + eps)


def edge_diffusion(src, width, step, kappa):
    """src (images, height, pitch) in f16"""
    image = src[:, :, :width].float()
    wide = F.pad(image, (1, 1, 1, 1), mode="replicate")
    flow = 0
    for neighbour in (wide[:, :-2, 1:-1], wide[:, 2:, 1:-1], wide[:, 1:-1, :-2], wide[:, 1:-1, 2:]):
        gradient = neighbour - image
        flow = flow + torch.exp(-(gradient / kappa).square()) * gradient
    return F.pad((image + step * flow).to(src.dtype), (0, src.shape[2] - width))


TASKS = {
    "tokens_mixed": lambda s: (tokens_mixed, [normal(s["steps"], s["batch"], s["channels"], dtype=torch.bfloat16),
                                              uniform(-0.1, 0.1, s["features"], s["channels"], dtype=torch.bfloat16),
                                              normal(s["features"], dtype=torch.float32),
                                              uniform(0.5, 1.5, s["features"], dtype=torch.float32),
                                              normal(s["batch"], s["steps"], s["features"], dtype=torch.bfloat16,
                                                     deviation=2.0)]),
    "frame_flatness": lambda s: (frame_flatness, [normal(s["frames"], s["bins"], 2, dtype=torch.float32),
                                                  21.533203125, 1e-8]),
    "edge_diffusion": lambda s: (edge_diffusion, [uniform(0, 1, s["images"], s["height"], s["width"] + s["pad"],
                                                          dtype=torch.float16),
                                                  s["width"], 0.2, 0.3]),
}

SIZES = {
    "tokens_mixed": {"base": {"steps": 512, "batch": 16, "channels": 1024, "features": 1024},
                     "speech": {"steps": 749, "batch": 12, "channels": 1400, "features": 1400}},
    "frame_flatness": {"album": {"frames": 81920, "bins": 1024},
                       "podcast": {"frames": 150001, "bins": 513}},
    "edge_diffusion": {"frames": {"images": 64, "height": 1080, "width": 1920, "pad": 128},
                       "microscope": {"images": 105, "height": 1023, "width": 1367, "pad": 25}},
}
