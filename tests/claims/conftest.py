"""What the prose claims is measured by the whole check: it trains for long.

The nine that train longest, two fifths of the time, are marked weekly.
That the words stand in the chapters is tested here at every run.
"""

import os

if not os.environ.get("MININN_WHOLE"):
    collect_ignore_glob = ["test_[!w]*.py"]  # but for those asked for by name


def pytest_itemcollected(item):
    """Leave the measurements to the whole check, asked for by name or not."""
    if item.path.name != "test_words.py":
        item.add_marker("whole")
