"""Options: the blocks of `name: value` that declarations and some of their parts have."""
