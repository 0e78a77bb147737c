"""The tests. (A package, so that another one called `tests` among the installed ones is not taken for it.)"""
