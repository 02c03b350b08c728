"""The chapters run in surroundings that are the same on every machine."""

import surroundings

surroundings.settle()
surroundings.list_fonts()
