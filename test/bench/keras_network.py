"""The Keras Applications network without its top, with the binary head of the benchmark."""

import keras

BACKBONES = {
    "mobilenetv2": keras.applications.MobileNetV2,
    "densenet121": keras.applications.DenseNet121,
    "resnet50": keras.applications.ResNet50,
}


def build(name, size, activation=None):
    """[n, size, size, 3] → logits [n, 1], or probabilities with activation 'sigmoid'."""
    keras.utils.set_random_seed(7)
    backbone = BACKBONES[name](include_top=False, weights=None, input_shape=(size, size, 3), pooling="avg")
    return keras.Model(backbone.input, keras.layers.Dense(1, activation=activation)(backbone.output))
