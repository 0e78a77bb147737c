"""Expressions: from the tree to typed ones, with what is wrong in them."""
