"""Judge one answer: call it on the cases of a key, compare, explain."""
