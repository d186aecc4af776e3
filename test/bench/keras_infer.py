"""Inference in Keras: predict_on_batch and the model as a tf.function; the faster counts."""

import statistics

import keras
import tensorflow

import keras_network
import side


def main():
    args = side.arguments()
    model = keras_network.build(args.network, args.size, activation="sigmoid")
    x = side.images(args.batch, args.size)
    compiled = tensorflow.function(lambda batch: model(batch, training=False))
    ways = {
        "predict_on_batch": lambda: model.predict_on_batch(x),
        "tf.function": lambda: compiled(tensorflow.constant(x)).numpy(),
    }
    half = -(-args.steps // 2)
    first, runs = {}, {name: [] for name in ways}
    for name in [*ways, *ways]:
        warm_up, seconds = side.timed(ways[name], args.warm_up, half)
        first.setdefault(name, warm_up)
        runs[name] += seconds
    best = min(runs, key=lambda name: statistics.median(runs[name]))
    versions = {"keras": keras.__version__, "tensorflow": tensorflow.__version__}
    side.report(first[best], runs[best], model.count_params(), versions, note=best)


main()
