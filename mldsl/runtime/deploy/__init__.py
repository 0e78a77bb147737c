"""What a deployment does: it holds a model against its requirements, and puts it where it is to go."""
