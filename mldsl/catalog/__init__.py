"""The tables: functions, metrics, algorithms, prepare steps, connectors, options. One entry a thing."""
