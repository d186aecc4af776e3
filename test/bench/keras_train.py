"""Training steps in Keras: Model.fit on arrays in memory, as it comes. A step's time runs from the end of the one before."""

import time

import keras
import tensorflow

import keras_network
import side


class StepClock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.ends = []
        self.loss = None

    def on_train_begin(self, logs=None):
        self.ends.append(time.perf_counter())

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.perf_counter())
        self.loss = float(logs["loss"])


def main():
    args = side.arguments()
    model = keras_network.build(args.network, args.size)
    model.compile(keras.optimizers.Adam(1e-4), keras.losses.BinaryCrossentropy(from_logits=True))
    count = args.batch * (args.warm_up + args.steps)
    clock = StepClock()
    model.fit(
        side.images(count, args.size), side.labels(count),
        batch_size=args.batch, shuffle=False, verbose=0, callbacks=[clock],
    )
    seconds = [end - start for start, end in zip(clock.ends, clock.ends[1:])]
    versions = {"keras": keras.__version__, "tensorflow": tensorflow.__version__}
    note = "jit_compile " + str(model.jit_compile)
    side.report(seconds[:args.warm_up], seconds[args.warm_up:], model.count_params(), versions, clock.loss, note)


main()
