"""mininn: feed-forward networks, derived on paper and said in NumPy.

``import mininn as mn`` loads NumPy and nothing else; pictures and explorers
come with ``import mininn.plot`` and ``import mininn.explore``.
"""

from mininn.activations import (
    LeakyReLU,
    identity,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softplus,
    tanh,
)
from mininn.data import circles
from mininn.gradcheck import (
    check_gradients,
    numerical_gradient,
    relative_error,
)
from mininn.losses import binary_cross_entropy, cross_entropy, euclidean
from mininn.network import (
    Cache,
    Grads,
    Network,
    backward,
    forward,
    init,
    predict,
    step,
)
from mininn.shapes import ShapeError, shape_table
from mininn.train import Step, TrainingError, accuracy, descend, train

__all__ = [
    "Cache",
    "Grads",
    "LeakyReLU",
    "Network",
    "ShapeError",
    "Step",
    "TrainingError",
    "accuracy",
    "backward",
    "binary_cross_entropy",
    "check_gradients",
    "circles",
    "cross_entropy",
    "descend",
    "euclidean",
    "forward",
    "identity",
    "init",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "numerical_gradient",
    "predict",
    "relative_error",
    "relu",
    "shape_table",
    "sigmoid",
    "softmax",
    "softplus",
    "step",
    "tanh",
    "train",
]
