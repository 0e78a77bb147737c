"""Models: what they learn from and predict, how columns are prepared, by which algorithms, how they are tuned."""
