# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PyTorch user would write for the tasks of this folder: for each, (function, its arguments) at a size.

TASKS has the form of the one in ../torch_times.py; SIZES are the time sizes.
"""
import torch
import torch.nn.functional as F

DEVICE = "cuda"


def uniform(low, high, *shape):
    return torch.rand(*shape, device=DEVICE, dtype=torch.float32).mul_(high - low).add_(low)


def normal(*shape, dtype):
    return torch.randn(*shape, device=DEVICE, dtype=dtype)


def integers(low, high, *shape, dtype):
    return torch.randint(low, high, shape, device=DEVICE, dtype=dtype)


def alibi_gqa_decode(q, kv, slopes, context):
    """q (batch, heads, dim), kv (batch, max_context, 2, kv_heads, dim) in bf16, slopes (heads) in f32, context (batch) in i32"""
    keys, values = kv.transpose(1, 3).unbind(2)  # (batch, kv_heads, max_context, dim)
    place = torch.arange(kv.shape[1], device=q.device)
    last = context[:, None].long() - 1
    bias = slopes[None, :, None] * (place - last)[:, None, :]
    bias = bias.masked_fill((place > last)[:, None, :], float("-inf")).to(q.dtype)
    return F.scaled_dot_product_attention(q[:, :, None], keys, values, attn_mask=bias[:, :, None], enable_gqa=True)[:, :, 0]


def video_max_pool(x):
    """x (clips, channels, frames, height, width) in f16; places come as i64"""
    y, index = F.max_pool3d(x, 3, stride=2, padding=1, ceil_mode=True, return_indices=True)
    return y, index.int()


def lidar_pack(distance, signal, ray, origin):
    """distance (sweeps, beams, azimuths) in i16, since PyTorch does little with u16, signal in u8, ray (beams, azimuths, 3), origin (beams, 3)"""
    valid = (distance >= 100) & (distance <= 10000) & (signal >= 24)
    slot = valid.cumsum(dim=2)
    found = slot[..., -1].int()
    points = (0.008 * distance.float())[..., None] * ray + origin[:, None]
    xyz = points.new_zeros(*valid.shape, 3)
    column = torch.full(valid.shape, -1, device=distance.device, dtype=torch.int16)
    sweep, beam, azimuth = valid.nonzero(as_tuple=True)
    place = slot[sweep, beam, azimuth] - 1
    xyz[sweep, beam, place] = points[sweep, beam, azimuth]
    column[sweep, beam, place] = azimuth.short()
    return xyz, column, found


TASKS = {
    "alibi_gqa_decode": lambda s: (alibi_gqa_decode, [normal(s["batch"], s["kv_heads"] * s["group"], s["head_dim"], dtype=torch.bfloat16),
                                                      normal(s["batch"], s["max_context"], 2, s["kv_heads"], s["head_dim"],
                                                             dtype=torch.bfloat16),
                                                      uniform(0, 0.004, s["kv_heads"] * s["group"]),
                                                      integers((s["max_context"] + 1) // 2, s["max_context"] + 1, s["batch"],
                                                               dtype=torch.int32)]),
    "video_max_pool": lambda s: (video_max_pool, [normal(s["clips"], s["channels"], s["frames"], s["height"], s["width"],
                                                         dtype=torch.float16)]),
    "lidar_pack": lambda s: (lidar_pack, [integers(0, 12000, s["sweeps"], s["beams"], s["azimuths"], dtype=torch.int16),
                                          integers(0, 256, s["sweeps"], s["beams"], s["azimuths"], dtype=torch.uint8),
                                          uniform(-1, 1, s["beams"], s["azimuths"], 3),
                                          uniform(-0.05, 0.05, s["beams"], 3)]),
}

SIZES = {
    "alibi_gqa_decode": {"chat": {"batch": 64, "max_context": 4096, "kv_heads": 8, "group": 4, "head_dim": 128},
                         "documents": {"batch": 160, "max_context": 10240, "kv_heads": 2, "group": 8, "head_dim": 96}},
    "video_max_pool": {"clips": {"clips": 24, "channels": 64, "frames": 16, "height": 112, "width": 112},
                       "scans": {"clips": 1, "channels": 32, "frames": 155, "height": 240, "width": 240}},
    "lidar_pack": {"large_sensor": {"sweeps": 300, "beams": 128, "azimuths": 2048},
                   "small_sensor": {"sweeps": 3600, "beams": 32, "azimuths": 625}},
}
