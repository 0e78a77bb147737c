## Which species is this penguin?
pipeline penguins { seed: 1 }

source penguins = csv("data/penguins.csv")

check penguins { expect rows() >= 300 }

split data = penguins { train: 70%; test: 30%; stratify: species }

model species_model = predict species from data {
  algorithm logistic_regression
}

evaluate species_model on data.test { expect accuracy >= 95% }
