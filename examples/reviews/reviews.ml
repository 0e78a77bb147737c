## Did the customer think it was great? From what they wrote about food.
pipeline reviews { seed: 3 }

## One row a review of a product.
source reviews = parquet("data/reviews.parquet") {
  product: string  key
  review:  text
  score:   enum("other", "great")  # great: five stars of five
}

check reviews {
  expect unique(product)
  expect length(review) >= 10 for at least 99%
}

## What the words do not say: how long it is, how it is written.
transform features = reviews {
  derive {
    letters  = length(review)
    exclaims = matches(review, "!")
    asks     = matches(review, "\\?")
  }
}

split data = features {
  train: 70%
  test: 30%
  stratify: score
}

model great = predict score from data {
  prepare {
    review:  tfidf(ngrams: 1..2, max_features: 20_000, min_count: 3)
    letters: scale(robust)
  }
  algorithm logistic_regression {
    C: 0.3..10.0 log
    max_iter: 500
  }
  tune {
    maximize: roc_auc
    trials: 4
    cv: 3
  }
  class_weight: balanced
}

evaluate great on data.test {
  expect roc_auc >= 0.80 with confidence 95%
  expect balanced_accuracy >= 0.70 with confidence 95%
  expect accuracy >= 0.70 for each exclaims
  report: roc_curve, calibration_curve, score_histogram, confusion_matrix
}
