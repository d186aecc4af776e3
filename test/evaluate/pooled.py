"""What scikit-learn and NumPy make of answers over folds.

    python pooled.py IN.json > OUT.json

IN: [{"folds": [...], "groups": [...], "labels": [...], "probabilities": [...]}, ...], an entry a scan.
"""

import json
import sys

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

DRAWS = 800


def measures(y, p):
    called = (p >= 0.5).astype(int)
    return {
        "accuracy": accuracy_score(y, called),
        "balancedAccuracy": balanced_accuracy_score(y, called),
        "sensitivity": recall_score(y, called),
        "specificity": recall_score(y, called, pos_label=0),
        "ppv": precision_score(y, called),
        "npv": precision_score(y, called, pos_label=0),
        "f1": f1_score(y, called),
        "auc": roc_auc_score(y, p),
    }


def answer(case):
    fold, group, y, p = (np.array(case[name]) for name in ("folds", "groups", "labels", "probabilities"))
    each = [measures(y[fold == k], p[fold == k]) for k in np.unique(fold)]
    pooled = measures(y, p)
    random = np.random.default_rng(0)
    members = [np.flatnonzero(group == g) for g in np.unique(group)]
    drawn = []
    while len(drawn) < DRAWS:
        rows = np.concatenate([members[i] for i in random.integers(len(members), size=len(members))])
        if 0 < y[rows].sum() < len(rows):
            drawn.append(measures(y[rows], p[rows]))
    return {
        name: {
            "mean": np.mean([fold[name] for fold in each]),
            "sd": np.std([fold[name] for fold in each], ddof=1),
            "pooled": pooled[name],
            "low": np.quantile([draw[name] for draw in drawn], 0.025),
            "high": np.quantile([draw[name] for draw in drawn], 0.975),
        }
        for name in pooled
    }


json.dump([answer(case) for case in json.load(open(sys.argv[1]))], sys.stdout)
