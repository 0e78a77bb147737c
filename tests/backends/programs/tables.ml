## Every way to make one table out of others.
pipeline tables { seed: 11 }

source customers = csv("data/customers.csv") {
  id:      int     key from "rownames"
  tenure:  int
  monthly: float   from "monthly_charges"
  total:   float?  from "total_charges"
  payment: string  from "payment_method"
}

source addons = parquet("data/addons.parquet") {
  customer: int
  addon:    string
}

transform long = customers {
  filter tenure > 24 and monthly between 20.0 and 110.0
  derive {
    paid = total ?? tenure * monthly
    card = contains(payment, "card")
  }
  rename tenure to months
}

transform counted = addons {
  group by customer {
    addons = count()
    kinds  = count_distinct(addon)
  }
}

transform joined = long {
  left join counted on id == counted.customer
  anti join few on id == few.id
  derive addons = addons ?? 0
}

transform few = customers {
  sort by monthly desc, id
  take 25
  select id, monthly
}

transform windows = joined {
  derive {
    rank_here = rank() over (partition by payment order by paid)
    before    = lag(paid, 1) over (partition by payment order by id)
    moving    = mean(monthly) over (partition by payment order by id rows 7)
    share_of  = paid / sum(paid) over (partition by payment)
  }
  sort by payment, id
}

transform near = windows {
  asof join steps on months >= steps.since
  select id, months, grade
}

transform steps = customers {
  derive {
    tenure_step = (tenure // 12) * 12
    grade       = concat("year ", string(tenure // 12))
  }
  sort by tenure_step, grade
  distinct on tenure_step
  select tenure_step, grade
  rename tenure_step to since
}

transform both = few {
  union some
  distinct
}

transform some = customers {
  sample 1%
  select id, monthly
}

transform by_sql = sql("""
  select payment, count(*) as customers, avg(paid) as paid, max(rank_here) as last_rank
  from {windows} group by payment order by payment
""")

check by_sql {
  expect rows() between 3 and 6
  expect customers >= 100
}
