## Searches by every sampler, whose trials are spread over several tasks.
pipeline tuned { seed: 3 }

source penguins = csv("data/penguins.csv") {
  species: enum("Adelie", "Chinstrap", "Gentoo")
  bill:    float?  from "bill_length_mm"
  depth:   float?  from "bill_depth_mm"
  flipper: float?  from "flipper_length_mm"
  mass:    float?  from "body_mass_g"
  sex:     enum("female", "male")?
}

split data = penguins { train: 70%; test: 30%; stratify: species }

model at_random = predict species from data {
  features: bill, depth
  algorithm logistic_regression { C: 0.001..10.0 log }
  algorithm decision_tree { max_depth: 1..6 }
  tune {
    maximize: accuracy
    trials: 12
    cv: 3
    sampler: random
  }
}

model by_grid = predict species from data {
  features: bill, flipper
  algorithm decision_tree { max_depth: 1..4; min_samples_leaf: 1..20 }
  tune {
    minimize: log_loss
    trials: 9
    cv: 3
    sampler: grid
  }
}

model by_tpe = predict species from data {
  features: depth, mass
  algorithm decision_tree { max_depth: 1..8; min_samples_leaf: 1..30 }
  tune {
    maximize: balanced_accuracy
    trials: 6
    cv: 3
  }
}

evaluate at_random on data.test { expect accuracy >= 0.5 }

evaluate by_grid on data.test { expect accuracy >= 0.5 }

evaluate by_tpe on data.test { expect accuracy >= 0.5 }
