# Recipes for working on mldsl; `just` lists them. They use the environment that `just setup` makes.

bin := ".venv/bin"

# List the recipes.
default:
    @just --list

# Make the environment: mldsl, editable, with everything that its tests and checks need.
setup:
    python3 -m venv .venv
    {{bin}}/pip install --editable '.[dev]'

# Run the tests; `just test tests/cli -k explain` runs some of them.
test *arguments='-n auto':
    {{bin}}/python -m pytest {{arguments}}

# Hold the code against the house's rules: style, types, layers.
lint:
    {{bin}}/ruff check
    {{bin}}/ruff format --check
    {{bin}}/mypy
    {{bin}}/lint-imports

# Format the code.
format:
    {{bin}}/ruff check --fix
    {{bin}}/ruff format

# Run an example: `just example penguins`.
example name='churn':
    {{bin}}/mldsl run examples/{{name}}/{{name}}.ml

# Measure how long `mldsl check` takes, and how long an editor waits for the language server.
benchmark:
    {{bin}}/python benchmarks/check_time.py
    {{bin}}/python benchmarks/lsp.py

# What continuous integration runs.
ci:
    .ci/run
