## Runs by the clock of Berlin, on data that others write.
pipeline scheduled {
  schedule: cron("0 3 * * 1-5", timezone: "Europe/Berlin")
  artifacts: "s3://ml/scheduled"
  notify: "https://hooks.example.org/ml"
}

source visits = parquet("s3://shop/visits/*.parquet") {
  id:   int key
  page: enum("home", "shop")
  time: float
  buys: bool
}

check visits { expect time >= 0 }

split data = visits { train: 70%; test: 30% }

model buyer = predict buys from data {
  algorithm logistic_regression { C: 0.1..10.0 log }
  tune { maximize: roc_auc; trials: 6 }
}

evaluate buyer on data.test { expect roc_auc >= 0.5 }
