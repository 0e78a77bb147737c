## Which kinds of countries are there, by how people live and how that changed? Nobody says it beforehand.
pipeline segments { seed: 5 }

## One row a country every five years, from 1952 to 2007.
source world = csv("data/gapminder.csv") {
  country:   string  key
  continent: enum("Africa", "Americas", "Asia", "Europe", "Oceania")
  year:      int     key
  life:      float   from "lifeExp"  # life expectancy at birth, in years
  people:    int     from "pop"
  income:    float   from "gdpPercap"  # per head, in dollars of one purchasing power
}

check world {
  expect unique(country, year)
  expect year between 1952 and 2007
  expect life between 20 and 90
  expect income > 0 and people > 0
  expect life >= 30 else warn  # it happened
}

## One row a country: where it is now, and how it got there.
transform countries = world {
  derive step = life - lag(life) over (partition by country order by year)
  sort by country, year
  group by country {
    continent    = last(continent)
    life         = last(life)
    life_gained  = last(life) - first(life)
    worst_step   = min(step)  # the deepest fall, or least rise, within five years
    income       = log10(last(income))
    growth       = log10(last(income) / first(income))
    people       = log10(last(people))
    people_grown = log10(last(people) / first(people))
  }
}

split data = countries { train: 70%; test: 30% }

## The continent is left out: the segments are held against it below.
model segments = cluster data.train {
  features: all except (country, continent)
  prepare { numeric: impute(median) | scale(standard) | pca(3) }
  algorithm kmeans { n_clusters: 2..6 }
  tune {
    maximize: silhouette
    trials: 5
    sampler: grid
  }
}

evaluate segments on data.test {
  expect silhouette >= 0.2
  report: cluster_sizes
}

## Every country with its segment.
transform assigned = countries { predict with segments }

## What the segments are like: a line for each.
transform portrait = assigned {
  group by cluster {
    countries   = count()
    africa      = share(continent == "Africa")
    life        = median(life)
    life_gained = median(life_gained)
    income      = median(10 ** income)
  }
  sort by life desc
}

check portrait {
  expect rows() >= 2
  expect countries >= 10
}
