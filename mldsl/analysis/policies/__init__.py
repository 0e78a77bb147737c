"""What policies need to know without running anything: ranges of metrics, sizes of tables, what a request can give."""
