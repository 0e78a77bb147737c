"""Monitors: what production gets is held against the training rows, and what a breach causes is done."""
