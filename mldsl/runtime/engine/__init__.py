"""The data engine: expressions and verbs of a plan, lowered to lazy queries."""
