"""What the suite of all backends runs, and on what: real engines."""
