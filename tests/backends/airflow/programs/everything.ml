## What sells, and "why".
##
## A second paragraph, with a \ and a `code`.
pipeline everything {
  owner: "shop"
  description: "Sales \"and\" more"
  every: 1d12h
  seed: 7
  retries: 3
  retry_delay: 90s
  timeout: 10m
  tags: "sales", "ml"
  artifacts: secret("STORE")
  notify: secret("HOOK")
}

## The first day.
param since: date = @2025-01-31
param at: datetime = @2025-01-31T10:00:00
param many: int = 3
param share: float? = 0.5
param exact: bool = true
param word: string = "it's \"so\""
param plan: enum("basic", "pro") = "pro"
param wait: duration = 1w2h

source orders = sql(secret("DB"), "select * from orders") {
  id:     int key
  day:    date
  amount: float
  good:   bool
}

source shops = table(secret("DB"), "dw.shops") {
  shop: int key
}

check orders {
  expect amount > 0
  expect id references shops.shop else warn
}

check shops { expect shop > 0 }

transform recent = orders {
  filter day >= since
}

## Large ones.
transform large = recent {
  filter amount > 10.0
}

transform cleaned = python("clean.py:clean", large) {
  id:     int key
  amount: float
  good:   bool
}

split data = cleaned {
  train: 70%
  test: 30%
}

## Is it good?
model judge = predict good from data {
  algorithm logistic_regression { C: 0.1..10.0 log }
  tune {
    maximize: roc_auc
    trials: 20
    sampler: random
    parallel: 3
  }
  resources { cpu: 2.5 }
}

evaluate judge on data.test {
  expect roc_auc >= 0.5
}
