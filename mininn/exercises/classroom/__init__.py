"""Grade a class: from what was handed in to the gradebook."""
