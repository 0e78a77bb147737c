## Tables of a database behind a secret, parameters, the run's date, a profile.
pipeline warehouse {
  owner: "data"
  schedule: cron("0 4 * * *", timezone: "Europe/Berlin")
  tags: "nightly"
}

## Who stayed longer than this many days counts as loyal.
param loyal_days: int = 700
param since: date = @2020-01-01
param kinds: enum("all", "some") = "all"

source visits = sql(
  secret("SHOP_DATABASE"),
  "select id, name, day, spent from visits where spent >= 0"
) {
  id:    int  key
  name:  string
  day:   date
  spent: float
}

source names = table(secret("SHOP_DATABASE"), "people") {
  name:   string  key
  joined: date
}

transform recent = visits {
  filter day >= since and day <= run_date and (kinds == "all" or spent > 10.0)
  left join names on name
  derive {
    age   = days_between(day, run_date)
    loyal = days_between(joined, run_date) >= loyal_days
  }
  sort by id
}

check recent {
  expect rows() >= 3
  expect age >= 0
}

transform totals = recent {
  group by name, loyal { spent = sum(spent); visits = count() }
  sort by spent desc, name
}

profile strict {
  param loyal_days = 10_000
}
