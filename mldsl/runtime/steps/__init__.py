"""What carries out each kind of step that handles data: `run(work) -> StepResult`, a module a kind."""
