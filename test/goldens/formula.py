"""Weights and images that need no file: Python and TypeScript (formula.ts) compute the same ones from a formula.

A number is `u(stream, i)`, uniform in [-1, 1) in steps of 2^-23: the upper 24 bits of a 32-bit integer hash of the
stream's number and the index (two rounds of multiply and xor-shift). Indices run over the array in row-major order.

    kernel            u * gain * sqrt(6 / fan_in), fan_in = rows * columns (* input channels, unless depthwise)
    bias              0.1 u          gamma            1 + 0.1 u
    moving_mean       0.1 u          moving_variance  1 + 0.2 u
    beta              shift + spread * u, but spread * u in channels 0, kinks, 2 kinks, … and in the
                      network's first normalisation (stream 2 or 3)

each computed in double precision and rounded to float32; the stream is the weight's number in Keras's order
(`model.weights`, the head's kernel and bias last). Image n of a batch is made of squares of 2^(n mod 4) pixels, each
channel of a square the upper 8 bits of the hash of stream 1,000,000 + 1,000 * seed + n.
"""

import numpy as np

PROJECTIONS = 4
SAMPLES = 8


def hash32(stream, count):
    h = np.arange(count, dtype=np.uint32) * np.uint32(0x85EBCA6B)
    h += np.uint32((stream * 0x9E3779B1 + 0x7F4A7C15) & 0xFFFFFFFF)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    return h ^ (h >> np.uint32(16))


def uniform(stream, count):
    return (hash32(stream, count) >> np.uint32(8)) / 2.0**23 - 1


def weight(stream, kind, shape, gain=1.0, shift=0.0, spread=0.1, kinks=1):
    """float32 array; `kind` is a Keras weight name, `depthwise_kernel` included."""
    u = uniform(stream, int(np.prod(shape)))
    if kind.endswith("kernel"):
        fan_in = np.prod(shape[:2] if kind == "depthwise_kernel" else shape[:-1])
        values = u * (gain * np.sqrt(6 / fan_in))
    elif kind == "gamma":
        values = 1 + 0.1 * u
    elif kind == "beta":
        values = np.where((np.arange(u.size) % kinks == 0) | (stream <= 3), 0.0, shift) + spread * u
    elif kind == "moving_variance":
        values = 1 + 0.2 * u
    else:
        values = 0.1 * u
    return values.astype(np.float32).reshape(shape)


def images(seed, count, size):
    """uint8 [count, size, size, 3]."""
    batch = np.empty((count, size, size, 3), np.uint8)
    for n in range(count):
        side = 1 << (n % 4)
        squares = -(-size // side)
        values = hash32(1_000_000 + 1_000 * seed + n, squares * squares * 3) >> np.uint32(24)
        grid = values.astype(np.uint8).reshape(squares, squares, 3)
        batch[n] = grid.repeat(side, 0).repeat(side, 1)[:size, :size]
    return batch


def summary(array):
    """float32 [1 + PROJECTIONS + SAMPLES]: the norm, the dot products with u(2,000,000 + j, ·), and entries
    floor(j * length / SAMPLES) of the flat array. An error e in the array shows in a dot product as about
    |e| / sqrt(3), so few numbers tell how far two long arrays are apart."""
    flat = np.asarray(array, np.float64).ravel()
    dots = [np.dot(flat, uniform(2_000_000 + j, flat.size)) for j in range(PROJECTIONS)]
    samples = [flat[j * flat.size // SAMPLES] for j in range(SAMPLES)]
    return np.array([np.linalg.norm(flat), *dots, *samples], np.float32)
