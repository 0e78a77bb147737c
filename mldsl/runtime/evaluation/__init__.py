"""Evaluation: judges a model on rows that it has not seen: metrics, expectations with confidence, report data."""
