## Anomalies, clusters, and what is predicted with them.
pipeline odd { seed: 2 }

source penguins = csv("data/penguins.csv") {
  species: enum("Adelie", "Chinstrap", "Gentoo")
  bill:    float?  from "bill_length_mm"
  depth:   float?  from "bill_depth_mm"
  mass:    float?  from "body_mass_g"
}

transform birds = penguins { derive large = (mass ?? 0.0) > 5_000.0 }

split data = birds { train: 70%; test: 30% }

model strange = detect anomalies in data.train {
  features: bill, depth, mass
  algorithm isolation_forest { n_estimators: 40 }
}

model kinds = cluster data.train {
  features: bill, depth, mass
  algorithm gaussian_mixture { n_components: 3 }
}

evaluate strange on data.test {
  against: large
  expect roc_auc >= 0.3
}

evaluate kinds on data.test { expect silhouette >= 0.0 }

transform told = data.test {
  predict with strange
  predict with kinds
}

check told { expect anomaly_score is not null }
