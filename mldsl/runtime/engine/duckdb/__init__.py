"""The engine DuckDB: expressions and verbs become SQL, in which names are made up and values are quoted."""
