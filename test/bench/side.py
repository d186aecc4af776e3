"""What every Python side of the benchmark shares: its arguments, its clock, its report."""

import argparse
import json
import os
import resource
import sys
import time

import numpy

THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--size", type=int, required=True, help="side of the square input, pixels")
    parser.add_argument("--warm-up", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--model", help="ONNX file to write or to read")
    return parser.parse_args()


def images(count, size):
    """Seeded float32 noise [count, size, size, 3], mean 0, deviation 1: preprocessed pixels."""
    return numpy.random.default_rng(7).standard_normal((count, size, size, 3), dtype=numpy.float32)


def labels(count):
    """float32 [count, 1], 0 and 1 in turn."""
    return (numpy.arange(count) % 2).astype(numpy.float32)[:, None]


def timed(step, warm_up, steps):
    """Seconds of each call of step: (warm-up calls, counted calls)."""
    seconds = []
    for _ in range(warm_up + steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return seconds[:warm_up], seconds[warm_up:]


def peak_bytes():
    """Largest resident size so far. VmHWM where there is one: ru_maxrss also counts the parent before exec."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def report(warm_up, seconds, parameters, versions, loss=None, note=None):
    print("RESULT " + json.dumps({
        "warmUp": warm_up,
        "seconds": seconds,
        "peakBytes": peak_bytes(),
        "parameters": parameters,
        "versions": versions,
        "threads": THREADS,
        "loss": loss,
        "note": note,
    }), flush=True)
