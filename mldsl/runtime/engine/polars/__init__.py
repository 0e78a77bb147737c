"""The engine Polars: the plan's expressions and verbs as lazy queries of it."""
