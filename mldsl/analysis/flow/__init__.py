"""Leakage as information flow: which rows a table holds, and what each of its values was computed from."""
