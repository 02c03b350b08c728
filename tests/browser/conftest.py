"""What opens a browser is left to the whole check: it takes ten minutes."""


def pytest_itemcollected(item):
    """Mark every test of this folder, installed as its browser may be."""
    item.add_marker("whole")
