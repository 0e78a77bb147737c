## A check of every outcome but a failing one.
pipeline checks { retries: 1; retry_delay: 1s }

source customers = csv("data/customers.csv") {
  id:      int     key from "rownames"
  tenure:  int
  monthly: float   from "monthly_charges"
  total:   float?  from "total_charges"
}

source addons = parquet("data/addons.parquet") {
  customer: int
  addon:    string
}

check customers {
  expect rows() >= 5_000
  expect unique(id)
  expect monthly < 118.0       else quarantine
  expect tenure <= 70          else warn
  expect null_rate(total) == 0 else warn
  expect total >= monthly for at least 90%
}

check addons { expect customer references customers.id }

transform kept = customers { derive rest = (total ?? 0.0) - monthly }

check kept { expect rest >= -120.0 }
