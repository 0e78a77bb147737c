## Which flights will arrive late? Told an hour before they are due to leave, from what is known by then.
pipeline flights {
  owner: "operations"
  seed: 13
  tags: "time", "example"
}

## From how many minutes on a flight counts as late.
param tolerance: int = 15

## One row a flight that was planned; what became of it is known only afterwards.
source flights = parquet("data/flights.parquet") {
  time_hour: datetime  # the hour in which it is due to leave
  minute:    int  # and the minute in it
  hour:      int  # the same hour by the clock on the wall
  carrier:   string
  flight:    int
  tailnum:   string?
  origin:    enum("EWR", "JFK", "LGA")
  dest:      string
  distance:  int  # in miles
  dep_delay: int?  after  # in minutes; null: it was cancelled
  arr_delay: int?  after
}

## What the weather stations of the three airports reported.
source weather = csv("data/weather.csv") {
  origin:     enum("EWR", "JFK", "LGA")
  observed:   datetime  time from "time_hour"
  temp:       float?  # in degrees Fahrenheit
  humid:      float?
  wind_speed: float?  # in miles per hour
  wind_gust:  float?
  precip:     float  # in inches
  pressure:   float?
  visib:      float  # in miles
}

## What the towers write down, in the order of time.
source departures = parquet("data/departures.parquet") {
  origin:   enum("EWR", "JFK", "LGA")
  departed: datetime  time
  delay:    int  # in minutes
}

## The register of planes.
source planes = csv("data/planes.csv") {
  tailnum: string  key
  built:   int?    from "year"
  engines: int
  seats:   int
}

check flights {
  expect rows() >= 50_000
  expect time_hour between @2013-01-01 and @2014-01-02
  expect minute between 0 and 59
  expect distance > 0
  expect null_rate(arr_delay) <= 5%
  expect tailnum references planes.tailnum for at least 80%
}

check weather {
  expect unique(origin, observed)
  expect humid between 0 and 100 else quarantine
  expect wind_speed < 200        else quarantine
}

check departures { expect delay between -60 and 2_000 }

check planes { expect unique(tailnum) }

## At each departure: how late the last twenty from there left.
transform queue = departures {
  derive queue = mean(delay) over (partition by origin order by departed, delay rows 20)
  drop delay
}

## One row a flight, as it looks an hour before it is due to leave.
transform features = flights {
  derive due = time_hour + minute * 1m
  derive {
    now       = due - 1h
    weekday   = weekday(due)
    # The same flight number, the last time that it flew: as a rule, yesterday.
    last_time = lag(arr_delay) over (partition by carrier, flight, origin order by due)
  }
  filter arr_delay is not null  # it was not cancelled
  asof join weather on origin and now >= weather.observed
  asof join queue on origin and now >= queue.departed
  left join planes on tailnum
  derive {
    age     = 2013 - built
    is_late = arr_delay >= tolerance
  }
  drop built, tailnum, flight, minute, time_hour, dep_delay, arr_delay, now
}

## The model learns from the past and is judged on the two weeks after it.
split data = features {
  train: 75%
  test: 25%
  time: due
}

model late_model = predict is_late from data {
  features: all except (due)
  prepare { dest, carrier: encode(target) }
  algorithm gradient_boosting {
    learning_rate: 0.08
    max_leaf_nodes: 16
    max_iter: 120
  }
}

evaluate late_model on data.test {
  expect roc_auc >= 0.67 with confidence 95%
  expect roc_auc >= 0.62 for each origin
  expect brier <= 0.18 with confidence 95%
  report: roc_curve, pr_curve, calibration_curve, feature_importance
}

## All of the year, from where the airline keeps it: `mldsl run --profile year …`.
profile year {
  artifacts: "s3://ops-ml/flights"
  source flights = parquet("s3://ops-data/flights/2013-*.parquet")
  source weather = csv("s3://ops-data/weather/2013-*.csv")
}
