"""What Narwhals lacks, by each engine's own means; a module an engine."""
