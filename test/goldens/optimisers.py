"""Writes optimisers.json: what Keras's optimisers make of six weights in five steps, for test/graph/optimisers.test.ts.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0 && python test/goldens/optimisers.py

In float64. Gradients differ by magnitudes, and one is 0, so that epsilon and momentum show.
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np

import formula

START = formula.uniform(1, 6).astype(np.float32)
SCALES = np.array([1, 1e-2, 1e-4, 1e-6, 0, 10], np.float32)
GRADIENTS = [(formula.uniform(2 + step, 6).astype(np.float32) * SCALES) for step in range(5)]
CASES = {
    "sgd": ({"kind": "sgd", "momentum": 0.0, "weightDecay": 0}, 0.1, lambda: keras.optimizers.SGD(0.1)),
    "sgd with momentum": (
        {"kind": "sgd", "momentum": 0.9, "weightDecay": 0},
        0.1,
        lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    ),
    "adam": ({"kind": "adam", "momentum": 0, "weightDecay": 0}, 1e-3, lambda: keras.optimizers.Adam(1e-3)),
    "adamw": (
        {"kind": "adamw", "momentum": 0, "weightDecay": 0.05},
        1e-3,
        lambda: keras.optimizers.AdamW(1e-3, weight_decay=0.05),
    ),
}


def steps(make):
    optimiser = make()
    variable = keras.Variable(START.astype(np.float64), dtype="float64")
    for gradient in GRADIENTS:
        optimiser.apply([keras.ops.convert_to_tensor(gradient.astype(np.float64))], [variable])
        yield variable.numpy().tolist()


def main():
    keras.config.set_floatx("float64")
    record = {
        "keras": keras.__version__,
        "start": START.tolist(),
        "gradients": [gradient.tolist() for gradient in GRADIENTS],
        "cases": [
            {"name": name, "settings": settings, "rate": rate, "weights": list(steps(make))}
            for name, (settings, rate, make) in CASES.items()
        ],
    }
    path = pathlib.Path(__file__).with_name("optimisers.json")
    path.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
