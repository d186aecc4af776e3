"""Writes roc.json: what scikit-learn and SciPy make of the lists in it, for test/renderer/threshold-measures.test.ts.

    pip install scikit-learn scipy && python test/goldens/roc.py

The window judges at thresholds that a person drags, so each list is judged at several, ties at a threshold among them.
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics


def at(labels, probabilities, threshold):
    called = (probabilities >= threshold).astype(int)
    tn, fp, fn, tp = (int(n) for n in metrics.confusion_matrix(labels, called, labels=[0, 1]).ravel())
    # Not a number, in JSON null, where nothing is to be shared.
    quiet = {"zero_division": np.nan}
    values = {
        "accuracy": metrics.accuracy_score(labels, called),
        "sensitivity": metrics.recall_score(labels, called, **quiet),
        "specificity": metrics.recall_score(labels, called, pos_label=0, **quiet),
        "ppv": metrics.precision_score(labels, called, **quiet),
        "npv": metrics.precision_score(labels, called, pos_label=0, **quiet),
        "f1": metrics.f1_score(labels, called, **quiet),
    }
    return {
        "threshold": threshold,
        "confusion": {"tp": tp, "fp": fp, "tn": tn, "fn": fn},
        **{name: None if np.isnan(value) else float(value) for name, value in values.items()},
    }


def curve(labels, probabilities):
    fpr, tpr, thresholds = metrics.roc_curve(labels, probabilities, drop_intermediate=False)
    # The first threshold is infinite, which JSON can't hold.
    return {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": thresholds[1:].tolist()}


def cases():
    random = np.random.default_rng(41)
    for name, count, share, decimals in [
        ("no ties", 60, 0.5, None),
        ("many ties", 80, 0.4, 1),
        ("few positives", 70, 0.08, 2),
        ("two probabilities only", 30, 0.5, 0),
    ]:
        labels = (random.random(count) < share).astype(int)
        labels[:2] = [0, 1]
        probabilities = np.clip(random.normal(0.5 + 0.2 * (2 * labels - 1), 0.3), 0, 1)
        if decimals is not None:
            probabilities = np.round(probabilities, decimals)
        probabilities = probabilities.astype(np.float32).astype(np.float64)
        on_one = float(probabilities[count // 2])
        yield {
            "name": name,
            "labels": labels.tolist(),
            "probabilities": probabilities.tolist(),
            "auc": float(metrics.roc_auc_score(labels, probabilities)),
            "roc": curve(labels, probabilities),
            "at": [at(labels, probabilities, threshold) for threshold in [0.0, 0.25, 0.5, on_one, 1.0, 1.01]],
        }


def intervals():
    for count, of in [(0, 1), (1, 1), (0, 12), (12, 12), (7, 10), (1, 40), (39, 40), (480, 1000), (99_999, 100_000)]:
        low, high = stats.binomtest(count, of).proportion_ci(0.95, method="wilson")
        yield {"count": count, "of": of, "low": float(low), "high": float(high)}


golden = {
    "made by": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}",
    "cases": list(cases()),
    "wilson": list(intervals()),
}
path = pathlib.Path(__file__).with_name("roc.json")
path.write_text(json.dumps(golden) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
