"""What TorchIO makes of one picture: motion, bias field, blur, gamma, for src-main/images/alter.ts.

python test/goldens/alter.py > test/goldens/alter.json   (torchio 1.2, CPU)
"""

import json

import numpy as np
import torch
import torchio as tio
from torchio.transforms.augmentation.intensity.random_bias_field import BiasField

SIDE = 24
y, x = np.mgrid[0:SIDE, 0:SIDE]
picture = 200 * np.exp(-(((x - 10) / 6.0) ** 2) - ((y - 13) / 8.0) ** 2) + 40 * ((x + 2 * y) % 7 < 3)
picture = np.round(picture).clip(0, 255)


def subject():
    # [1, x, y, 1]
    return tio.ScalarImage(tensor=torch.tensor(picture.T[None, :, :, None], dtype=torch.float32))


def listed(image):
    # Back to rows.
    return [round(float(v), 4) for v in np.asarray(image.data)[0, :, :, 0].T.ravel()]


coefficients2 = [0.3, -0.2, 0.15, 0.1, 0.25, -0.1, 0.05, -0.3, 0.2, 0.12]
# TorchIO's polynomial has a third axis: terms with z are 0 on a single slice, as the slice lies at z = 0 … of one voxel.
order, terms = 3, []
i = 0
for a in range(order + 1):
    for b in range(order + 1 - a):
        for c in range(order + 1 - a - b):
            terms.append((a, b, c))
flat = [t for t in terms if t[2] == 0]
coefficients3 = [coefficients2[flat.index(t)] if t[2] == 0 else 0.0 for t in terms]

field = BiasField.generate_bias_field(subject().data, order, coefficients3)[:, :, 0].T
motion = tio.Motion(
    degrees=np.array([[0.0, 0.0, 6.0], [0.0, 0.0, -4.0]]),
    translation=np.array([[1.5, -0.5, 0.0], [-1.0, 2.0, 0.0]]),
    times=np.array([0.3, 0.7]),
    image_interpolation="linear",
)

# Motion's lines run along the third axis; here the picture's columns take that place.
turned = tio.ScalarImage(tensor=torch.tensor(picture[None, None, :, :], dtype=torch.float32))

blurred = tio.Blur(std=(1.7, 1.7, 0))(subject())
gamma = tio.Gamma(gamma=1.6)(tio.ScalarImage(tensor=torch.tensor(picture.T[None, :, :, None] / 255, dtype=torch.float32)))

# Rotation about the slice's normal, which is the first axis there.
motion_turned = tio.Motion(
    degrees=np.array([[6.0, 0.0, 0.0], [-4.0, 0.0, 0.0]]),
    translation=np.array([[0.0, 1.5, -0.5], [0.0, -1.0, 2.0]]),
    times=np.array([0.3, 0.7]),
    image_interpolation="linear",
)
moved = np.asarray(motion_turned(turned).data)[0, 0]

print(
    json.dumps(
        {
            "side": SIDE,
            "picture": [int(v) for v in picture.ravel()],
            "coefficients": coefficients2,
            "biasField": [round(float(v), 6) for v in field.ravel()],
            "blur": {"deviation": 1.7, "values": listed(blurred)},
            "gamma": {"exponent": 1.6, "values": [round(255 * v, 4) for v in map(float, np.asarray(gamma.data)[0, :, :, 0].T.ravel())]},
            "motion": {
                "movements": [{"degrees": 6, "row": 1.5, "column": -0.5}, {"degrees": -4, "row": -1.0, "column": 2.0}],
                "times": [0.3, 0.7],
                "values": [round(float(v), 4) for v in moved.ravel()],
            },
        }
    )
)
