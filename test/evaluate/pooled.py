"""What scikit-learn and SciPy make of answers over folds.

    python pooled.py IN.json > OUT.json

IN: [{"folds": [...], "groups": [...], "labels": [...], "probabilities": [...]}, ...], an entry a scan.
"""

import json
import sys

import numpy as np
from scipy.stats import bootstrap
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
    members = [np.flatnonzero(group == g) for g in np.unique(group)]
    known = {}

    def of_groups(name):
        def value(drawn):
            drawn = np.sort(drawn.astype(int))
            key = drawn.tobytes()
            if key not in known:
                rows = np.concatenate([members[i] for i in drawn])
                known[key] = measures(y[rows], p[rows])
            return known[key][name]

        return value

    # The same draws for each measure: the generator is reset.
    intervals = {
        name: bootstrap(
            (np.arange(len(members)),), of_groups(name), vectorized=False, n_resamples=DRAWS, method="BCa", rng=np.random.default_rng(0)
        ).confidence_interval
        for name in pooled
    }
    return {
        name: {
            "mean": np.mean([fold[name] for fold in each]),
            "sd": np.std([fold[name] for fold in each], ddof=1),
            "pooled": pooled[name],
            "low": intervals[name].low,
            "high": intervals[name].high,
        }
        for name in pooled
    }


json.dump([answer(case) for case in json.load(open(sys.argv[1]))], sys.stdout)
