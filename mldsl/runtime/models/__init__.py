"""Models: fits what a plan's model step describes, saves it, and predicts with it."""
