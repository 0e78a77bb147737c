## Splits of every kind, and models that look at a validation part.
pipeline splits { seed: 6 }

source world = csv("data/gapminder.csv") {
  country:   string  key
  continent: enum("Africa", "Americas", "Asia", "Europe", "Oceania")
  year:      int     key
  life:      float   from "lifeExp"
  people:    int     from "pop"
  income:    float   from "gdpPercap"
}

split by_time = world {
  train: 70%
  test: 30%
  time: year
}

split by_group = world {
  train: 70%
  validation: 10%
  test: 20%
  group: country
}

split plain = world {
  train: 80%
  test: 20%
  stratify: continent
  seed: 9
}

model later = predict life from by_time {
  features: continent, people, income
  prepare { people, income: scale(power); continent: encode(onehot) }
  algorithm ridge
  algorithm decision_tree { max_depth: 5 }
}

model elsewhere = predict life from by_group {
  features: continent, people, income
  algorithm gradient_boosting { max_iter: 40; early_stopping: true }
}

model where = predict continent from plain {
  features: people, income, life
  prepare { numeric: impute(mean) | polynomial(2) | scale(standard) }
  algorithm random_forest { n_estimators: 20 }
  class_weight: balanced
}

evaluate later on by_time.test { expect mae <= 20.0 }

evaluate elsewhere on by_group.test { expect r2 >= 0.1; expect mae <= 20.0 for each continent }

evaluate where on plain.test { expect accuracy >= 0.3; report: confusion_matrix }
