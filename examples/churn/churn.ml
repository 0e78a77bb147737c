## Which customers will leave? From raw files to a nightly list, with every gate on the way written down.
pipeline churn {
  owner: "growth-ml"
  schedule: cron("0 3 * * *", timezone: "Europe/Berlin")
  seed: 42
  retries: 2
  tags: "customers", "example"
}

## For how many months a customer counts as new.
param new_months: int = 6

## One row a customer.
source customers = csv("data/customers.csv") {
  id:         int     key from "rownames"
  female:     bool    sensitive
  senior:     bool    sensitive from "senior_citizen"
  partner:    bool
  dependents: bool
  tenure:     int  # in months
  lines:      enum("No phone service", "No", "Yes") from "multiple_lines"
  internet:   enum("No", "DSL", "Fiber optic") from "internet_service"
  contract:   enum("Month-to-month", "One year", "Two year")
  paperless:  bool    from "paperless_billing"
  payment:    enum(
    "Mailed check",
    "Electronic check",
    "Bank transfer (automatic)",
    "Credit card (automatic)"
  ) from "payment_method"
  monthly:    float   from "monthly_charges"
  total:      float?  from "total_charges"
  churned:    bool    from "churn"
}

## One row for each add-on that a customer has booked.
source addons = parquet("data/addons.parquet") {
  customer: int
  addon:    enum(
    "online_security",
    "online_backup",
    "device_protection",
    "tech_support",
    "streaming_tv",
    "streaming_movies"
  )
}

check customers {
  expect rows() >= 5_000
  expect unique(id)
  expect tenure >= 0 and monthly > 0
  expect total between 0.9 * tenure * monthly and 1.1 * tenure * monthly for at least 80%
  expect total between 0.6 * tenure * monthly and 1.4 * tenure * monthly else quarantine
  expect null_rate(total) <= 0.1% else warn
}

check addons {
  expect unique(customer, addon)
  expect customer references customers.id
}

## How many add-ons of each sort a customer has; customers without any have no row here.
transform booked = addons {
  derive {
    streams  = addon in ("streaming_tv", "streaming_movies")
    protects = addon in ("online_security", "device_protection", "tech_support")
  }
  group by customer {
    booked     = count()
    streaming  = sum(if streams then 1 else 0)
    protection = sum(if protects then 1 else 0)
  }
}

transform features = customers {
  left join booked on id == booked.customer
  derive {
    booked     = booked ?? 0
    streaming  = streaming ?? 0
    protection = protection ?? 0
    per_month  = total / tenure  # null in the first month
    is_new     = tenure < new_months
    automatic  = payment in ("Bank transfer (automatic)", "Credit card (automatic)")
    household  = partner or dependents
  }
  derive rise = monthly - per_month
  drop per_month
}

split data = features {
  train: 70%
  test: 30%
  stratify: churned
}

## The positive class is `true`: the customer leaves.
model churn_model = predict churned from data {
  prepare {
    numeric:     impute(median) | scale(standard)
    contract:    encode(ordinal)
    categorical: encode(onehot)
  }
  algorithm gradient_boosting {
    learning_rate: 0.02..0.3 log
    max_leaf_nodes: 4..16
    max_iter: 80
  }
  algorithm logistic_regression { C: 0.01..10.0 log }
  tune {
    maximize: roc_auc
    trials: 8
    cv: 3
  }
  threshold: maximize(f1)
}

evaluate churn_model on data.test {
  expect roc_auc >= 0.80 with confidence 95%
  expect recall >= 60%
  expect roc_auc >= 0.70 for each internet
  expect max_difference(recall, female) <= 10%
  report: roc_curve, calibration_curve, confusion_matrix, feature_importance
}

deploy nightly = churn_model to batch(features) {
  require evaluation
  require roc_auc >= champion.roc_auc - 0.01
  schedule: cron("0 5 * * *", timezone: "Europe/Berlin")
  write: parquet("scores/{run_date}.parquet")
  columns: id, churned_probability
}

monitor churn_watch = nightly {
  every: 1d
  labels: customers
  expect drift(numeric) <= 0.2
  expect roc_auc over 30d >= 0.75
  on breach {
    retrain
    notify(secret("CHURN_WEBHOOK"))
  }
}

## The same pipeline on the warehouse: `mldsl run --profile prod …`.
profile prod {
  artifacts: "s3://ml-prod/churn"
  param new_months = 3
  source customers = sql(secret("WAREHOUSE_URL"), "select * from crm.customers")
  source addons = sql(secret("WAREHOUSE_URL"), "select customer, addon from crm.addons")
  resources churn_model {
    cpu: 4
    memory: 8Gi
  }
  resources nightly { volumes: "churn:/data" }
}
