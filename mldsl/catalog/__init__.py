"""The catalog: every name that a program can use, as tables of plain rows.

A row is compared by identity (`eq=False`): there is one of each, and the comparison that a dataclass would get costs
more to make at import than all rows together.
"""
