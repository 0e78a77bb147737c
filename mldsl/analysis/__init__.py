"""Tree to typed program: names, types, schemas, roles, options, models. Leakage and policies come on top."""
