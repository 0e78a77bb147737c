"""Diagnostics: codes, the model, suggestions and rendering."""
