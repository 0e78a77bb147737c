"""Text to tree with spans and comments, and tree back to canonical text."""
