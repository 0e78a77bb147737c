"""SQL blocks. What looks into the SQL itself imports sqlglot, and is imported only where there is a block."""
