"""The pipeline that `mldsl new` writes: what the data is like, and a program that fits it."""
