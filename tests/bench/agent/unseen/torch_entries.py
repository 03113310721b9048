# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PyTorch user would write for the tasks of this folder: for each, (function, its arguments) at a size.

TASKS has the form of the one in ../torch_times.py; SIZES are the time sizes. torch_times.py beside it runs them.
"""
import torch
import torch.nn.functional as F

DEVICE = "cuda"


def rand(*shape, dtype=torch.float32):
    return torch.rand(*shape, device=DEVICE, dtype=torch.float32).mul_(2).sub_(1).to(dtype)


def normal(mean, deviation, *shape, dtype=torch.float32):
    return torch.randn(*shape, device=DEVICE, dtype=torch.float32).mul_(deviation).add_(mean).to(dtype)


def project_tokens(x, w, bias, pos):
    """x (images, channels, pixels), w (width, channels), bias (width) in f32, pos (pixels, width)"""
    values = torch.matmul(x.transpose(1, 2), w.t()) + bias
    return (F.hardswish(values) + pos).to(torch.bfloat16)


def revin_clip(x, gamma, beta):
    """x (batch, steps, channels) in f16, gamma and beta (channels) in f32"""
    values = x.float()
    variance, mean = torch.var_mean(values, dim=1, keepdim=True, correction=0)
    stdev = torch.sqrt(variance + 1e-5)
    y = ((values - mean) / stdev * gamma + beta).clamp(-3.0, 3.0).half()
    return y, mean.squeeze(1), stdev.squeeze(1)


def flow_warp(x, flow):
    """x (images, height, width, channels) in f16, flow (images, height, width, 2) in f32, pixels"""
    _, height, width, _ = x.shape
    across = torch.arange(width, device=x.device, dtype=torch.float32) + flow[..., 0]
    down = torch.arange(height, device=x.device, dtype=torch.float32)[:, None] + flow[..., 1]
    grid = torch.stack((2 * across / max(width - 1, 1) - 1, 2 * down / max(height - 1, 1) - 1), dim=-1)
    # grid_sample wants one type for both; a grid in half precision would be off by whole pixels
    y = F.grid_sample(x.permute(0, 3, 1, 2).float(), grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    return y.half().permute(0, 2, 3, 1).contiguous()


def expert_glu(x, w13, b13):
    """x (experts, slots, hidden), w13 (experts, 2 * ffn, hidden), b13 (experts, 2 * ffn), all bf16; rows of gate and up alternate"""
    both = torch.baddbmm(b13[:, None, :], x, w13.transpose(1, 2))
    gate, up = both[..., ::2], both[..., 1::2]
    gate = gate.clamp(max=7.0)
    up = up.clamp(min=-7.0, max=7.0)
    return gate * torch.sigmoid(1.702 * gate) * (up + 1)


def distill_kl(student, teacher, loss_mask):
    """student and teacher (tokens, vocab) in bf16, loss_mask (tokens) in u8"""
    log_q = F.log_softmax(student.float() / 2.0, dim=-1)
    log_p = F.log_softmax(teacher.float() / 2.0, dim=-1)
    divergence = F.kl_div(log_q, log_p, reduction="none", log_target=True).sum(dim=-1) * 4.0
    return torch.where(loss_mask != 0, divergence, 0.0)


def underwater(log_ret):
    """log_ret (paths, steps) in f32"""
    equity = torch.cumsum(log_ret, dim=1)
    peak = torch.cummax(equity, dim=1).values.clamp(min=0.0)
    drawdown = 1.0 - torch.exp(equity - peak)
    return drawdown, drawdown.amax(dim=1)


TASKS = {
    "project_tokens": lambda s: (project_tokens, [normal(0.1, 1, s["images"], s["channels"], s["pixels"], dtype=torch.bfloat16),
                                                  (rand(s["width"], s["channels"]) * 0.06).to(torch.bfloat16),
                                                  normal(0, 0.5, s["width"]),
                                                  normal(0, 0.5, s["pixels"], s["width"], dtype=torch.bfloat16)]),
    "revin_clip": lambda s: (revin_clip, [normal(1.5, 2, s["batch"], s["steps"], s["channels"], dtype=torch.float16),
                                          rand(s["channels"]) * 0.75 + 1.25, normal(0, 0.5, s["channels"])]),
    "flow_warp": lambda s: (flow_warp, [rand(s["images"], s["height"], s["width"], s["channels"], dtype=torch.float16),
                                        normal(0.5, 2.5, s["images"], s["height"], s["width"], 2)]),
    "expert_glu": lambda s: (expert_glu, [normal(0, 1, s["experts"], s["slots"], s["hidden"], dtype=torch.bfloat16),
                                          (rand(s["experts"], 2 * s["ffn"], s["hidden"]) * 0.1).to(torch.bfloat16),
                                          normal(0, 3, s["experts"], 2 * s["ffn"], dtype=torch.bfloat16)]),
    "distill_kl": lambda s: (distill_kl, [normal(0, 3, s["tokens"], s["vocab"], dtype=torch.bfloat16),
                                          normal(1, 3, s["tokens"], s["vocab"], dtype=torch.bfloat16),
                                          torch.randint(0, 8, (s["tokens"],), device=DEVICE, dtype=torch.uint8)]),
    "underwater": lambda s: (underwater, [normal(0.0001, 0.01, s["paths"], s["steps"])]),
}

SIZES = {
    "project_tokens": {"square": {"images": 32, "channels": 1024, "pixels": 1024, "width": 1024},
                       "detection": {"images": 64, "channels": 2048, "pixels": 850, "width": 256}},
    "revin_clip": {"wide": {"batch": 128, "steps": 2048, "channels": 512},
                   "electricity": {"batch": 16, "steps": 26304, "channels": 321}},
    "flow_warp": {"full_hd": {"images": 4, "height": 1080, "width": 1920, "channels": 32},
                  "pyramid": {"images": 16, "height": 540, "width": 767, "channels": 36}},
    "expert_glu": {"gpt_oss": {"experts": 32, "slots": 256, "hidden": 2880, "ffn": 2880},
                   "capacity_1000": {"experts": 16, "slots": 1000, "hidden": 2048, "ffn": 1408}},
    "distill_kl": {"llama": {"tokens": 8192, "vocab": 32000},
                   "gpt2": {"tokens": 2048, "vocab": 50257}},
    "underwater": {"monte_carlo": {"paths": 262144, "steps": 252},
                   "minute_bars": {"paths": 3000, "steps": 19500}},
}
