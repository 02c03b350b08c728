"""What readers search, and the page that must come first.

FORESEEN was written before the words of ``book/search.toml``. UNSEEN is what
a student types who knows neither those words nor the titles: terms, symptoms,
questions.
"""

FORESEEN = {
    "softmax overflow": "softmax",
    "softmax": "softmax",
    "gradient check": "checking",
    "dimension of W": "shapes",
    "chain rule": "backprop",
    "learning rate": "descent",
    "vanishing gradient": "further/vanishing",
    "one-hot": "outputs",
    "cross-entropy derivative": "losses",
    "transpose missing": "shapes",
    "反向传播": "backprop",
    "momentum": "optimisers",
    "dead relu": "further/vanishing",
    "backpropagation": "backprop",
    "sigmoid": "activations",
    "overfitting": "generalise",
    "mini-batch": "optimisers",
    "he initialization": "rings",
    "pytorch": "pytorch",
    "confusion matrix": "digits",
}
UNSEEN = {
    "nan in loss": "losses",
    "why transpose": "backprop",
    "梯度": "descent",
    "loss not decreasing": "descent",
    "network stuck at 0.693": "rings",
    "how many hidden layers": "tuning",
    "how many parameters": "layers",
    "why divide by m": "backprop",
    "log of zero": "losses",
    "softmax axis": "softmax",
    "shapes not aligned": "shapes",
    "激活函数": "activations",
    "exploding gradients": "further/vanishing",
    "weight initialization": "rings",
    "relu derivative": "activations",
    "handwriting recognition": "digits",
    "multiclass classification": "outputs",
    "adam vs sgd": "optimisers",
    "learning rate too big": "descent",
    "early stopping": "tuning",
}
QUERIES = FORESEEN | UNSEEN
