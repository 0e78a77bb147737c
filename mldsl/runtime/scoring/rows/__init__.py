"""The row path: what the reference path does, for one row at a time and without tables.

Expressions become Python functions of a row, joins become dicts, the prepared model works on one NumPy row. What these
do not answer just as the reference path would (`Beyond`), that one answers.
"""
