"""The language server: one feature a file, each a plain function over a snapshot of the program."""
