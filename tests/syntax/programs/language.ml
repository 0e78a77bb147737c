## Who will leave next month?
pipeline churn {
  owner: "growth-ml"
  schedule: cron("0 3 * * *")
  seed: 42
}

param cutoff: date = @2025-01-01

source customers = csv("data/customers.csv") {
  id:      string  key
  signup:  date
  plan:    enum("basic", "pro", "team")
  gender:  enum("f", "m") sensitive
  tenure:  int
  monthly: float?  from "Monthly Charges"
  churned: bool
}

source orders = parquet("data/orders/*.parquet") {
  customer_id: string
  ts:          datetime
  amount:      float
}

check customers {
  expect rows() >= 1_000
  expect unique(id)
  expect monthly between 0 and 10_000 else quarantine
  expect null_rate(monthly) <= 5%     else warn
}

check orders { expect amount > 0; expect customer_id references customers.id else warn }

transform spend = orders {
  filter ts < cutoff and ts >= cutoff - 90d
  group by customer_id {
    orders = count()
    total  = sum(amount)
    latest = max(ts)
  }
}

transform features = customers {
  left join spend on id == spend.customer_id
  derive total = total ?? 0.0
  derive per_month = total / tenure
  derive is_new = tenure < 6
  drop latest
}

split data = features {
  train: 70%
  test: 30%
  stratify: churned
}

model churn_model = predict churned from data {
  prepare {
    numeric: impute(median) | scale(standard)
    plan:    encode(onehot)
  }
  algorithm gradient_boosting {
    learning_rate: 0.01..0.3 log
    max_depth: 2..8
  }
  algorithm logistic_regression { C: 0.01..10.0 log }
  tune {
    maximize: roc_auc
    trials: 40
    cv: 5
  }
}

evaluate churn_model on data.test {
  expect roc_auc >= 0.80 with confidence 95%
  expect recall >= 0.60
  expect roc_auc >= 0.70 for each plan
  expect max_difference(recall, gender) <= 10%
  report: roc_curve, calibration_curve, confusion_matrix, feature_importance
}

deploy churn_api = churn_model to endpoint("churn") {
  require evaluation
  require roc_auc > champion.roc_auc + 0.005 with confidence 95%
  rollout { 10% for 1h; 50% for 2h; 100% }
  rollback when error_rate > 1% or latency_p99 > 200ms
  replicas: 2..10
  resources { cpu: 2; memory: 4Gi }
}

deploy nightly = churn_model to batch(features) {
  require evaluation
  schedule: cron("0 5 * * *")
  write: parquet("scores/{run_date}.parquet")
  columns: id, churned_probability
}

monitor churn_watch = churn_api {
  every: 1d
  labels: customers
  expect drift(all) <= 0.2
  expect roc_auc over 30d >= 0.75
  on breach { retrain; notify(secret("SLACK_WEBHOOK")) }
}

profile prod {
  artifacts: "s3://ml-prod/churn"
  engine: spark("spark://master:7077")
  source customers = sql(secret("WAREHOUSE_URL"), "select * from dw.customers")
  resources churn_model { cpu: 8; memory: 32Gi; gpu: 1 }
}
