"""Writes statistics.json: what NumPy, SciPy, scikit-learn and statsmodels make of the lists in it.

    pip install numpy scipy scikit-learn statsmodels && python test/goldens/statistics.py

For test/statistics/statistics.test.ts. The bootstraps draw with the same random numbers as Falx, from Mulberry32 and FNV-1a
as published, written here anew; what is measured of each draw, and its percentiles, are scikit-learn's and NumPy's.
"""

import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import optimize, stats
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint


def mulberry32(seed, name):
    """Tommy Ettinger's generator; the state starts as the FNV-1a hash of the name, whose offset basis meets the seed."""
    mask = 0xFFFFFFFF
    state = (0x811C9DC5 ^ seed) & mask
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) & mask
    while True:
        state = (state + 0x6D2B79F5) & mask
        t = ((state ^ (state >> 15)) * (1 | state)) & mask
        t = ((t + (((t ^ (t >> 7)) * (61 | t)) & mask)) & mask) ^ t
        yield (t ^ (t >> 14)) / 2**32


def bootstrap(groups, labels, probabilities, seed, name):
    """Intervals of AUC and balanced accuracy at 0.5, by percentiles and SciPy's BCa; whole groups are drawn."""
    of = {
        "auc": metrics.roc_auc_score,
        "balancedAccuracy": lambda labels, p: metrics.balanced_accuracy_score(labels, p >= 0.5),
    }
    random = mulberry32(seed, name)
    count = groups.max() + 1
    members = [np.flatnonzero(groups == group) for group in range(count)]
    rows_of = lambda units: np.concatenate([members[int(unit)] for unit in units])
    drawn = {key: [] for key in of}
    for _ in range(2000):
        rows = rows_of([next(random) * count for _ in range(count)])
        if len(np.unique(labels[rows])) < 2:
            continue
        for key, measure in of.items():
            drawn[key].append(measure(labels[rows], probabilities[rows]))
    on = lambda measure: lambda units: measure(labels[rows_of(units)], probabilities[rows_of(units)])
    return {
        key: {
            "percentile": [float(end) for end in np.quantile(values, [0.025, 0.975])],
            "accelerated": scipys((np.arange(count),), on(of[key]), np.array(values), "BCa"),
        }
        for key, values in drawn.items()
    }


def bootstraps():
    for name, groups in [("plain", np.arange(60)), ("by group", np.repeat(np.arange(30), [1, 2, 3] * 10))]:
        random = np.random.default_rng(len(groups))
        labels = (groups % 2).astype(int)
        probabilities = np.round(np.clip(random.normal(0.5 + 0.15 * (2 * labels - 1), 0.2), 0, 1), 2)
        yield {
            "name": name,
            "groups": groups.tolist(),
            "labels": labels.tolist(),
            "probabilities": probabilities.tolist(),
            **bootstrap(groups, labels, probabilities, 7, "folds bootstrap"),
        }


def mean_gap(labels, p):
    at = np.minimum(9, np.floor(p * 10).astype(int))
    return sum(abs((labels - p)[at == b].sum()) for b in range(10)) / len(p)


MEASURES = {
    "prAuc": metrics.average_precision_score,
    "brier": metrics.brier_score_loss,
    "mcc": lambda labels, p: metrics.matthews_corrcoef(labels, p >= 0.5),
    "logLoss": metrics.log_loss,
    "ece": mean_gap,
}


class Drawn:
    def __init__(self, distribution):
        self.bootstrap_distribution = distribution


def scipys(data, statistic, distribution, method):
    """SciPy's interval from draws of groups that are Falx's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = stats.bootstrap(
            data, statistic, n_resamples=0, vectorized=False, method=method, bootstrap_result=Drawn(distribution)
        ).confidence_interval
    return [float(found.low), float(found.high)]


def accelerated():
    """Two models each, and a second set of scans; by group of the first set's draws (seed 7) and the second's (seed 8)."""
    for name, groups in [("plain", np.arange(60)), ("by group", np.repeat(np.arange(30), [1, 2, 3] * 10))]:
        sets = []
        for seed, shift in [(7, 0.0), (8, 0.05)]:
            rng = np.random.default_rng(100 * seed + len(groups))
            labels = (groups % 2).astype(int)
            models = [
                np.round(np.clip(rng.normal(0.5 + (gap + shift) * (2 * labels - 1), 0.22), 0.01, 0.99), 2)
                for gap in (0.18, 0.1)
            ]
            random = mulberry32(seed, "evidence")
            count = groups.max() + 1
            members = [np.flatnonzero(groups == group) for group in range(count)]
            draws = [[int(next(random) * count) for _ in range(count)] for _ in range(2000)]
            rows = lambda drawn, members=members: np.concatenate([members[int(group)] for group in drawn])
            values = {
                key: np.array([[of(labels[rows(d)], p[rows(d)]) for d in draws] for p in models])
                for key, of in MEASURES.items()
            }
            on = lambda key, p, labels=labels, rows=rows: lambda drawn: MEASURES[key](labels[rows(drawn)], p[rows(drawn)])
            # What chance makes of the calibration error: labels from the probabilities, one draw for each group.
            chance = []
            for _ in range(2000):
                one = np.array([next(random) for _ in range(count)])
                chance.append([mean_gap((one[groups] < p).astype(int), p) for p in models])
            sets.append({
                "labels": labels, "models": models, "values": values, "on": on, "count": count,
                "chance": np.quantile(np.array(chance), 0.975, axis=0),
            })
        here, there = sets
        places = np.arange(here["count"])
        intervals = {
            key: [scipys((places,), here["on"](key, p), here["values"][key][at], "BCa") for at, p in enumerate(here["models"])]
            for key in MEASURES
            if key != "ece"
        }
        basic = [
            scipys((places,), here["on"]("ece", p), here["values"]["ece"][at], "basic") for at, p in enumerate(here["models"])
        ]
        yield {
            "name": name,
            "groups": groups.tolist(),
            "sets": [{"labels": s["labels"].tolist(), "models": [p.tolist() for p in s["models"]]} for s in sets],
            "intervals": intervals,
            "basic": basic,
            "chance": here["chance"].tolist(),
            "paired": {
                key: scipys(
                    (places,),
                    lambda drawn, key=key: here["on"](key, here["models"][0])(drawn) - here["on"](key, here["models"][1])(drawn),
                    here["values"][key][0] - here["values"][key][1],
                    "BCa",
                )
                for key in ("brier", "prAuc")
            },
            "apart": {
                key: scipys(
                    (places, places),
                    lambda a, b, key=key: here["on"](key, here["models"][0])(a) - there["on"](key, there["models"][0])(b),
                    here["values"][key][0] - there["values"][key][0],
                    "BCa",
                )
                for key in ("brier", "prAuc")
            },
        }


def quantiles():
    random = np.random.default_rng(5)
    for n in [1, 2, 3, 10, 101]:
        levels = random.integers(0, 40, n)
        values = np.sort(random.normal(size=n))
        weights = 1 / random.integers(1, 5, n)
        for q in [0, 0.005, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975, 0.99, 1]:
            yield {
                "q": q,
                "values": values.tolist(),
                "levels": levels.tolist(),
                "weights": weights.tolist(),
                "linear": float(np.quantile(values, q)),
                "lower": int(np.quantile(levels, q, method="lower")),
                "invertedCdf": int(np.quantile(levels, q, method="inverted_cdf")),
                "weighted": float(np.quantile(values, q, method="inverted_cdf", weights=weights)),
            }


def auc_intervals():
    """Newcombe's method 5, by Brent's root finding from the variance as Hanley & McNeil print it."""
    z = stats.norm.ppf(0.975)
    for auc, m, n in [(0.8, 27, 27), (0.95, 12, 40), (0.3, 50, 9), (0.991, 27, 27), (0.6, 3, 500)]:
        mean = (m + n) / 2

        def excess(theta):
            q1, q2 = theta / (2 - theta), 2 * theta**2 / (1 + theta)
            variance = (theta * (1 - theta) + (mean - 1) * (q1 - theta**2 + q2 - theta**2)) / (m * n)
            return (theta - auc) ** 2 - z**2 * variance

        low, high = (optimize.brentq(excess, auc, end, xtol=1e-15, rtol=1e-14) for end in (1e-12, 1 - 1e-12))
        yield {"auc": auc, "positives": m, "negatives": n, "low": low, "high": high}


def binomials():
    for count, of in [(0, 1), (1, 1), (0, 12), (12, 12), (7, 10), (1, 40), (39, 40), (480, 1000), (81, 263)]:
        low, high = proportion_confint(count, of, 0.05, method="wilson")
        exact = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
        yield {"count": count, "of": of, "wilson": [float(low), float(high)], "exact": [float(exact.low), float(exact.high)]}


def randoms():
    for seed, name in [(0, ""), (7, "bootstrap"), (2**31, "naïve 무작위"), (-1, "x")]:
        numbers = mulberry32(seed, name)
        yield {"seed": seed, "name": name, "numbers": [next(numbers) for _ in range(5)]}


golden = {
    "made by": f"NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}, "
    f"statsmodels {statsmodels.__version__}",
    "random": list(randoms()),
    "quantiles": list(quantiles()),
    "binomials": list(binomials()),
    "aucIntervals": list(auc_intervals()),
    "bootstraps": list(bootstraps()),
    "accelerated": list(accelerated()),
}
path = pathlib.Path(__file__).with_name("statistics.json")
path.write_text(json.dumps(golden) + "\n")
print(f"{path.name}: {path.stat().st_size} bytes")
