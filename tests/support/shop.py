"""A small pipeline with its data, for tests of commands that run something."""

from __future__ import annotations

from pathlib import Path

SHOP = """## What sells?
pipeline shop {}

## The least amount that counts.
param least: float = 1.0

source orders = csv("orders.csv") {
  id:     int     key
  day:    date
  amount: float?
}

check orders {
  expect rows() >= 3
  expect amount > 0 else warn
}

transform big = orders {
  filter amount >= least
}

profile strict {
  param least = 5.0
}
"""
ORDERS = "id,day,amount\n1,2026-01-01,2.5\n2,2026-01-02,\n3,2026-01-03,7\n4,2026-01-04,-1\n"


def write_shop(folder: Path, program: str = SHOP, orders: str = ORDERS) -> Path:
    """Put program and data into `folder`; the program's path."""
    (folder / "orders.csv").write_text(orders, encoding="utf-8")
    path = folder / "shop.ml"
    path.write_text(program, encoding="utf-8")
    return path
