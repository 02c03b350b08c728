"""The network of the rings article in Keras, from ten starts.

Keras needs PyTorch, JAX or TensorFlow below it:
KERAS_BACKEND=jax python book/scripts/keras_rings.py
"""

import keras
from keras.layers import Dense

import mininn as mn


def run(seed):
    """Return the held-out cost and accuracy of one start."""
    keras.utils.set_random_seed(seed)
    X, Y, X_held_out, Y_held_out = mn.split(
        *mn.circles(1000, rng=seed), held_out=0.1, rng=seed
    )
    model = keras.Sequential()
    model.add(keras.Input((2,)))
    for units in (4, 6, 6, 4):
        model.add(Dense(units, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(
        loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"]
    )
    model.fit(X.T, Y.T, epochs=50, verbose=0)  # batches of 32, rate 0.001
    return model.evaluate(X_held_out.T, Y_held_out.T, verbose=0)


if __name__ == "__main__":
    for seed in range(10):
        J, right = run(seed)
        print(f"start {seed}: held-out cost {J:.4f}, right {right:.2f}")
