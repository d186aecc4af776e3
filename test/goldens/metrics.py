"""Writes metrics.json: what scikit-learn makes of the lists in it, for test/evaluate/metrics.test.ts.

    pip install scikit-learn && python test/goldens/metrics.py

Probabilities are float32 values, as a network gives them; the lists are small and hold ties on purpose.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics


def measures(labels, probabilities, threshold):
    called = (probabilities >= threshold).astype(int)
    tn, fp, fn, tp = metrics.confusion_matrix(labels, called, labels=[0, 1]).ravel()
    fpr, tpr, thresholds = metrics.roc_curve(labels, probabilities, drop_intermediate=False)
    return {
        "threshold": threshold,
        "confusion": {"tp": int(tp), "fp": int(fp), "tn": int(tn), "fn": int(fn)},
        "accuracy": metrics.accuracy_score(labels, called),
        "sensitivity": metrics.recall_score(labels, called),
        "specificity": metrics.recall_score(labels, called, pos_label=0),
        "ppv": metrics.precision_score(labels, called),
        "npv": metrics.precision_score(labels, called, pos_label=0),
        "f1": metrics.f1_score(labels, called),
        "auc": metrics.roc_auc_score(labels, probabilities),
        # The first threshold is infinite, which JSON can't hold.
        "roc": {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": thresholds[1:].tolist()},
    }


def cases():
    random = np.random.default_rng(20)
    for name, count, share, decimals, threshold in [
        ("no ties", 40, 0.5, None, 0.5),
        ("many ties", 60, 0.4, 1, 0.5),
        ("few positives", 50, 0.1, 2, 0.3),
        ("ties at the threshold", 30, 0.5, 1, 0.7),
        ("worse than chance", 25, 0.6, 1, 0.5),
    ]:
        labels = (random.random(count) < share).astype(int)
        labels[:2] = [0, 1]
        pull = -0.25 if name == "worse than chance" else 0.25
        probabilities = np.clip(random.normal(0.5 + pull * (2 * labels - 1), 0.3), 0, 1)
        if decimals is not None:
            probabilities = np.round(probabilities, decimals)
        # The threshold as float32 too, so that a tie at it is one.
        probabilities = probabilities.astype(np.float32).astype(np.float64)
        threshold = float(np.float32(threshold))
        yield {
            "name": name,
            "labels": labels.tolist(),
            "probabilities": probabilities.tolist(),
            "expected": measures(labels, probabilities, threshold),
        }


golden = {"made by": f"scikit-learn {sklearn.__version__}", "cases": list(cases())}
path = pathlib.Path(__file__).with_name("metrics.json")
path.write_text(json.dumps(golden) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
