"""Class-conditional conformal p-values by crepes, and temperatures by SciPy, for made probabilities.

Writes conformal.json, which test/statistics/conformal.test.ts reads. Needs crepes 0.9, numpy, scipy:
python3 test/goldens/conformal.py
"""

import json
import pathlib

import numpy as np
from crepes import ConformalClassifier
from crepes.extras import hinge
from scipy.optimize import minimize_scalar
from scipy.special import expit

rng = np.random.default_rng(14)
CASES = []
for n, sharpness in ((40, 1.0), (120, 2.5), (25, 0.4)):
    labels = (rng.random(n) < 0.4).astype(int)
    labels[:2] = [0, 1]
    # Rounded, so that some scores are the same.
    probabilities = np.round(expit(sharpness * (2 * labels - 1) + rng.normal(0, 1.5, n)), 2)
    asked = np.round(rng.random(12), 2)
    classes = np.array([0, 1])
    two = lambda p: np.column_stack([1 - p, p])
    crepes = ConformalClassifier()
    crepes.fit(hinge(two(probabilities), classes, labels), bins=labels)
    # Of each scan its p-value as one of class 0 and of class 1, each by that class's scans.
    p_values = [
        crepes.predict_p(hinge(two(asked)), bins=np.full(len(asked), label), all_classes=True, classes=classes, smoothing=False)[:, label]
        for label in (0, 1)
    ]
    sets = {
        str(rate): np.column_stack([p > rate for p in p_values]).astype(int).tolist() for rate in (0.05, 0.1, 0.2)
    }

    logits = rng.normal(0, 4, n) + 1.5 * (2 * labels - 1)
    weights = np.round(rng.random(n) + 0.1, 3)

    def loss(log_temperature):
        x = logits / np.exp(log_temperature)
        each = np.maximum(x, 0) - x * labels + np.log1p(np.exp(-np.abs(x)))
        return np.average(each, weights=weights)

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-12})
    CASES.append(
        {
            "labels": labels.tolist(),
            "probabilities": probabilities.tolist(),
            "asked": asked.tolist(),
            "negative": p_values[0].tolist(),
            "positive": p_values[1].tolist(),
            "sets": sets,
            "logits": np.round(logits, 12).tolist(),
            "weights": weights.tolist(),
            "temperature": float(np.exp(found.x)),
            "loss": float(found.fun),
        }
    )

pathlib.Path(__file__).with_name("conformal.json").write_text(json.dumps(CASES) + "\n")
