"""Serving an endpoint over HTTP: its registry's champion, a candidate's share, what is measured and what is logged."""
