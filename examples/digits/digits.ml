## Which digit is it? Small pictures in folders, a folder for each digit.
pipeline digits { seed: 8 }

## One row a picture; its folder's name is its `label`.
source pictures = images("data/*/*.png") {
  path:  string  key
  label: enum("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
  image: image
}

check pictures {
  expect rows() >= 500
  expect unique(path)
}

split data = pictures {
  train: 70%
  test: 30%
  stratify: label
}

model digit = predict label from data { algorithm logistic_regression }

evaluate digit on data.test {
  expect accuracy >= 85% with confidence 95%
  expect f1_macro >= 0.85
  report: confusion_matrix, class_report
}
