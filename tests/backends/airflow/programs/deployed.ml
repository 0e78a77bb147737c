# What goes live, what runs on a schedule of its own, and what is watched.
pipeline shop { artifacts: "s3://b/store"; schedule: cron("0 3 * * *") }
source people = csv("s3://b/people.csv") {
  id: string key
  age: int
  won: bool
}
source outcomes = csv("s3://b/outcomes.csv") { id: string key; won: bool? }
check outcomes { expect unique(id) }
split data = people { train: 70%; test: 30% }
model winner = predict won from data
evaluate winner on data.test { expect accuracy > 0.5 }
deploy live = winner to endpoint("winners") { require evaluation; require approval("risk"); require approval("legal team") }
deploy nightly = winner to batch(people) {
  require evaluation
  schedule: cron("0 5 * * *")
  write: table(secret("WH"), "scores")
}
monitor watch = nightly {
  every: 1d
  labels: outcomes
  expect drift(all) <= 0.2
  expect accuracy over 30d >= 0.7
  on breach { retrain; notify(secret("HOOK")) }
}
## Are there answers at all?
monitor asked = live { every: 12h; expect null_rate(age) <= 5% }
