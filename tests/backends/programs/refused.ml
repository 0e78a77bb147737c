## A check that fails, and what must not run then.
pipeline refused { retries: 2; retry_delay: 1s }

source penguins = csv("data/penguins.csv")

check penguins { expect rows() >= 1_000 }

transform heavy = penguins { filter body_mass_g > 4_000 }
