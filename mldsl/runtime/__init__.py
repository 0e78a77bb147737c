"""The runtime: carries out one step of a plan on an artifact store. The only part of mldsl that touches data."""
