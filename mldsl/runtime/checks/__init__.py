"""Checks: what their expectations come to, and how that is reported."""
