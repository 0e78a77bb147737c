"""A run in which nothing has changed since the last one, told without reading the program again.

A run in which all went well leaves behind, beside its record, what it depended on: the program's files, what was given
for parameters, the state of the data and of the user's code, the versions of libraries, and mldsl itself. Where all of
that is as it was, every step has the key that it had, and the store has what came of it.

Nothing here that is used for that imports what plans and programs are made of: that takes longer than all the rest.
"""
