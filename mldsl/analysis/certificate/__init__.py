"""The certificate of a program: what was proved about it, what a run checks, and what is taken for granted."""
