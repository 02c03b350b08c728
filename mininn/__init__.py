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
from mininn.checks import ShapeError
from mininn.data import (
    circles,
    digits,
    minibatches,
    moons,
    one_hot,
    spirals,
    split,
    standardise,
    xor,
)
from mininn.files import load, save
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
from mininn.optimizers import (
    adam,
    adamw,
    cosine,
    gradient_descent,
    momentum,
    rmsprop,
    step_decay,
)
from mininn.questions import ask, drill
from mininn.shapes import shape_table
from mininn.train import (
    Point,
    Snapshot,
    TrainingError,
    accuracy,
    confusion,
    descend,
    early_stopping,
    sweep,
    train,
    trouble,
)

__all__ = [
    "Cache",
    "Grads",
    "LeakyReLU",
    "Network",
    "Point",
    "ShapeError",
    "Snapshot",
    "TrainingError",
    "accuracy",
    "adam",
    "adamw",
    "ask",
    "backward",
    "binary_cross_entropy",
    "check_gradients",
    "circles",
    "confusion",
    "cosine",
    "cross_entropy",
    "descend",
    "digits",
    "drill",
    "early_stopping",
    "euclidean",
    "forward",
    "gradient_descent",
    "identity",
    "init",
    "leaky_relu",
    "load",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "minibatches",
    "momentum",
    "moons",
    "numerical_gradient",
    "one_hot",
    "predict",
    "relative_error",
    "relu",
    "rmsprop",
    "save",
    "shape_table",
    "sigmoid",
    "softmax",
    "softplus",
    "spirals",
    "split",
    "standardise",
    "step",
    "step_decay",
    "sweep",
    "tanh",
    "train",
    "trouble",
    "xor",
]
