#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far products of split floats are off on a ramp, against a plain loop of float, by how many products tensor cores add up.

split_precision.py [K ...]    needs numpy, no GPU

A replay, not a measurement: factors in two parts of 11 bits, sums of 8 products cut off as tensor cores cut them, then added to
a float, plainly or so that what rounding leaves goes into the next products (as the move tensor-split does it).
"""
import sys

import numpy as np

HIGH = np.uint32(0xffffe000)


def split(values):
    high = ((values.view(np.uint32) + np.uint32(0x1000)) & HIGH).view(np.float32)
    return high, ((values - high).astype(np.float32).view(np.uint32) & HIGH).view(np.float32)


def cut(exact):
    near = exact.astype(np.float32)
    return np.where(np.abs(near.astype(np.float64)) > np.abs(exact), np.nextafter(near, np.float32(0)), near).astype(np.float32)


def product(left, right, deep, carries):
    parts_of_left, parts_of_right = split(left), split(right)
    total = np.zeros((left.shape[0], right.shape[1]), np.float32)
    part = np.zeros_like(total)
    for begin in range(0, left.shape[1], deep):
        for step in range(begin, min(begin + deep, left.shape[1]), 8):
            at = slice(step, min(step + 8, begin + deep))
            for a, b in ((1, 0), (0, 1), (0, 0)):
                part = cut(part.astype(np.float64)
                           + parts_of_left[a][:, at].astype(np.float64) @ parts_of_right[b][at].astype(np.float64))
        more = (total + part).astype(np.float32)
        part = (part - (more - total)).astype(np.float32) if carries else np.zeros_like(part)
        total = more
    return total


def plain(left, right):
    total = np.zeros((left.shape[0], right.shape[1]), np.float32)
    for k in range(left.shape[1]):
        total = (total + np.outer(left[:, k], right[k]).astype(np.float64)).astype(np.float32)
    return total


def main():
    print(f"{'depth':>6} {'plain float':>12} {'16, plainly':>12} {'64, plainly':>12} {'64, carried':>12}   largest error")
    for depth in [int(text) for text in sys.argv[1:]] or [512, 1093, 3001, 5555]:
        left = np.linspace(-1, 1, depth).astype(np.float32)[None, :]
        right = np.repeat(np.linspace(-1, 1, 61).astype(np.float32)[None, :], depth, 0)
        exact = left.astype(np.float64) @ right.astype(np.float64)
        made = [plain(left, right)] + [product(left, right, *how) for how in ((16, False), (64, False), (64, True))]
        print(f"{depth:>6} " + " ".join(f"{np.abs(one - exact).max():>12.2e}" for one in made))


if __name__ == "__main__":
    main()
