"""Label errors planted in made-up answers, and what cleanlab 2.9.0 (its `confident_learning` filter) finds of them:
python labels.py > labels.json"""

import json
import sys

import numpy as np
from cleanlab.filter import find_label_issues


def case(name, labels, probabilities):
    labels = np.asarray(labels, dtype=int)
    p = np.asarray(probabilities, dtype=float)
    found = find_label_issues(
        labels,
        np.stack([1 - p, p], axis=1),
        filter_by="confident_learning",
        return_indices_ranked_by="normalized_margin",
        n_jobs=1,
    )
    return {"name": name, "labels": labels.tolist(), "probabilities": p.tolist(), "issues": found.tolist()}


def planted(seed, n, share, skill, noise):
    """`share` of n are positive; `skill` parts the classes; `noise` of the labels are turned."""
    random = np.random.default_rng(seed)
    truth = (random.random(n) < share).astype(int)
    logit = skill * (2 * truth - 1) + random.normal(0, 1.2, n)
    p = np.round(1 / (1 + np.exp(-logit)), 6)
    turned = random.random(n) < noise
    return np.where(turned, 1 - truth, truth), p


cases = [
    case("sure networks, one label in twenty turned", *planted(1, 200, 0.5, 3, 0.05)),
    case("unsure networks", *planted(2, 300, 0.5, 0.6, 0.1)),
    case("one class rare", *planted(3, 400, 0.08, 2, 0.04)),
    case("few scans", *planted(4, 14, 0.5, 2, 0.2)),
    case("no errors", *planted(5, 100, 0.5, 6, 0)),
    case("networks that lean one way", [1, 1, 1, 1, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.55, 0.65, 0.45, 0.5]),
]
json.dump(cases, sys.stdout)
