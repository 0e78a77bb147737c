"""The `prepare` block of a model: its steps, which columns they are for, and what becomes of those."""
