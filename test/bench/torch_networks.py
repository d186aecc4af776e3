"""MobileNetV2, DenseNet121 and ResNet50 in PyTorch with the layers Keras Applications gives them.

Widths, biases, epsilons and where the strides lie are Keras's, so the parameter counts are equal; what is
left to PyTorch is what a PyTorch user would write: in-place ReLU, padding inside the convolution. The one
difference: MobileNetV2's stride-2 convolutions pad one pixel on every side, where Keras pads right and below
only: the same number of multiplications, and cheaper for PyTorch than a padding of its own.

Each network takes [n, 3, size, size] and gives one logit an image, [n, 1].
"""

import torch
from torch import nn


def conv_bn(inputs, outputs, kernel, stride=1, groups=1, bias=False, act=None, eps=1e-3, momentum=0.001):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias),
        nn.BatchNorm2d(outputs, eps=eps, momentum=momentum),
    ]
    if act is not None:
        layers.append(act(inplace=True))
    return layers


class Head(nn.Module):
    """Global average pool and one dense logit."""

    def __init__(self, channels):
        super().__init__()
        self.logit = nn.Linear(channels, 1)

    def forward(self, x):
        return self.logit(x.mean((2, 3)))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        expand = [] if expansion == 1 else conv_bn(inputs, hidden, 1, act=nn.ReLU6)
        depthwise = conv_bn(hidden, hidden, 3, stride, groups=hidden, act=nn.ReLU6)
        self.body = nn.Sequential(*expand, *depthwise, *conv_bn(hidden, outputs, 1))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def mobilenetv2():
    """Sandler et al. 2018, width 1.0. Expansion, channels, repeats, stride of each stage: their table 2."""
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    layers, channels = conv_bn(3, 32, 3, 2, act=nn.ReLU6), 32
    for expansion, outputs, repeats, stride in stages:
        for i in range(repeats):
            layers.append(InvertedResidual(channels, outputs, stride if i == 0 else 1, expansion))
            channels = outputs
    return nn.Sequential(*layers, *conv_bn(channels, 1280, 1, act=nn.ReLU6), Head(1280))


DENSENET_BN = {"eps": 1.001e-5, "momentum": 0.01}


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth=32):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs, **DENSENET_BN)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth, **DENSENET_BN)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        new = self.conv1(self.relu1(self.norm1(x)))
        new = self.conv2(self.relu2(self.norm2(new)))
        return torch.cat([x, new], 1)


def densenet121():
    """Huang et al. 2017, growth rate 32, blocks of 6, 12, 24 and 16 layers, compression 0.5."""
    layers, channels = conv_bn(3, 64, 7, 2, act=nn.ReLU, **DENSENET_BN), 64
    layers.append(nn.MaxPool2d(3, 2, 1))
    for block, repeats in enumerate((6, 12, 24, 16)):
        for _ in range(repeats):
            layers.append(DenseLayer(channels))
            channels += 32
        layers += [nn.BatchNorm2d(channels, **DENSENET_BN), nn.ReLU(inplace=True)]
        if block < 3:
            layers += [nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, Head(channels))


RESNET_BN = {"eps": 1.001e-5, "momentum": 0.01}


class Bottleneck(nn.Module):
    """Version 1: the stride lies in the first 1×1 convolution; every convolution has a bias."""

    def __init__(self, inputs, width, stride, project):
        super().__init__()
        outputs = 4 * width
        self.body = nn.Sequential(
            *conv_bn(inputs, width, 1, stride, bias=True, act=nn.ReLU, **RESNET_BN),
            *conv_bn(width, width, 3, bias=True, act=nn.ReLU, **RESNET_BN),
            *conv_bn(width, outputs, 1, bias=True, **RESNET_BN),
        )
        self.shortcut = nn.Sequential(*conv_bn(inputs, outputs, 1, stride, bias=True, **RESNET_BN)) if project else None
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return self.relu(self.body(x).add_(shortcut))


def resnet50():
    """He et al. 2016, blocks of 3, 4, 6 and 3 bottlenecks."""
    layers, channels = conv_bn(3, 64, 7, 2, bias=True, act=nn.ReLU, **RESNET_BN), 64
    layers.append(nn.MaxPool2d(3, 2, 1))
    for width, repeats, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(repeats):
            layers.append(Bottleneck(channels, width, stride if i == 0 else 1, project=i == 0))
            channels = 4 * width
    return nn.Sequential(*layers, Head(channels))


NETWORKS = {"mobilenetv2": mobilenetv2, "densenet121": densenet121, "resnet50": resnet50}


def build(name):
    """The named network with Glorot-uniform kernels, as Keras starts it, in channels-last layout."""
    torch.manual_seed(7)
    model = NETWORKS[name]()
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model.to(memory_format=torch.channels_last)


def parameter_count(model):
    """Trained numbers and running statistics, as Keras's count_params counts them."""
    numbers = [*model.parameters(), *(b for b in model.buffers() if b.is_floating_point())]
    return sum(t.numel() for t in numbers)
