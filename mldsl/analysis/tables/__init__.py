"""Tables: sources, checks, transforms and splits, from the tree to typed declarations with their schemas."""
