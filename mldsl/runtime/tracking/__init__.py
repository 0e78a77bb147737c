"""Telling another system of a run. MLflow is the one that the language knows."""
