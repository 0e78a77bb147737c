"""The plan: what is to be done, step by step, as a versioned document that every backend and the runtime read."""
