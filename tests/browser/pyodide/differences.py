"""What Python does otherwise in a browser: each function is one case.

    python tests/browser/pyodide/differences.py

prints what they return, as JSON. ``test_parity.py`` holds both answers.
"""

import concurrent.futures
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np


def default_integer():
    return str(np.arange(3).dtype)


def integers_wrap():
    return (np.arange(3) * 2**30).tolist()


def product_of_integers():
    return int(np.prod(np.arange(1, 20)))


def overflow_warns():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        e = np.exp(np.array([1010.0, 1000.0, 990.0]))
        e / e.sum()
    return [str(w.message).split(" encountered")[0] for w in caught]


def errstate_raises():
    raised = []
    with np.errstate(all="raise"):
        for z in (np.exp, np.log, lambda x: x / 0):
            try:
                z(np.array([1010.0]) if z is np.exp else np.zeros(1))
            except FloatingPointError:
                raised.append(True)
            else:
                raised.append(False)
    return raised


def thread():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(str, "ran").result()
        except RuntimeError as error:
            return str(error)


def process():
    try:
        subprocess.run([sys.executable, "-c", ""], check=True)
    except OSError as error:
        return error.strerror
    return "ran"


def no_such_file():
    try:
        Path("no-such-file").read_text("utf-8")
    except OSError as error:
        return error.errno


def size_of_a_float():
    return sys.getsizeof(0.5)


def size_of_a_pointer():
    return sys.getsizeof([None]) - sys.getsizeof([])


CASES = [
    default_integer,
    integers_wrap,
    product_of_integers,
    overflow_warns,
    errstate_raises,
    thread,
    process,
    no_such_file,
    size_of_a_float,
    size_of_a_pointer,
]

if __name__ == "__main__":
    print(json.dumps({case.__name__: case() for case in CASES}))
