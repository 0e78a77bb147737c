# What goes live, and what runs on a schedule of its own.
pipeline shop { artifacts: "s3://b/store"; schedule: cron("0 3 * * *") }
source people = csv("s3://b/people.csv") {
  id: string key
  age: int
  won: bool
}
split data = people { train: 70%; test: 30% }
model winner = predict won from data
evaluate winner on data.test { expect accuracy > 0.5 }
deploy live = winner to endpoint("winners") { require evaluation; require approval("risk"); require approval("legal team") }
deploy nightly = winner to batch(people) {
  require evaluation
  schedule: cron("0 5 * * *")
  write: table(secret("WH"), "scores")
}
