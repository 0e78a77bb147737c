## What is a house worth? Two ways to prepare the same table: written by hand, and left to the language.
pipeline houses { seed: 7 }

## One row a house that was sold in Ames, Iowa, between 2006 and 2010.
source houses = parquet("data/ames.parquet") {
  id:            int     key from "rownames"
  area:          int     from "Gr_Liv_Area"  # living area above ground, in square feet
  basement:      int     from "Total_Bsmt_SF"
  first_floor:   int     from "First_Flr_SF"
  lot:           int     from "Lot_Area"
  frontage:      int     from "Lot_Frontage"
  garage:        int     from "Garage_Cars"
  garage_area:   int     from "Garage_Area"
  baths:         int     from "Full_Bath"
  half_baths:    int     from "Half_Bath"
  bedrooms:      int     from "Bedroom_AbvGr"
  rooms:         int     from "TotRms_AbvGrd"
  fireplaces:    int     from "Fireplaces"
  porch:         int     from "Open_Porch_SF"
  deck:          int     from "Wood_Deck_SF"
  veneer:        int     from "Mas_Vnr_Area"
  built:         int     from "Year_Built"
  remodelled:    int     from "Year_Remod_Add"
  sold:          int     from "Year_Sold"
  month:         int     from "Mo_Sold"
  longitude:     float   from "Longitude"
  latitude:      float   from "Latitude"
  neighborhood:  string  from "Neighborhood"
  zoning:        string  from "MS_Zoning"
  class:         string  from "MS_SubClass"
  building:      string  from "Bldg_Type"
  style:         string  from "House_Style"
  foundation:    string  from "Foundation"
  exterior:      string  from "Exterior_1st"
  garage_finish: string  from "Garage_Finish"
  basement_exit: string  from "Bsmt_Exposure"
  heating:       enum("Poor", "Fair", "Typical", "Good", "Excellent") from "Heating_QC"
  condition:     enum(
    "Very_Poor",
    "Poor",
    "Fair",
    "Below_Average",
    "Average",
    "Above_Average",
    "Good",
    "Very_Good",
    "Excellent"
  ) from "Overall_Cond"
  air:           enum("N", "Y") from "Central_Air"
  terms:         string  from "Sale_Condition"
  price:         int     from "Sale_Price"  # in dollars
}

check houses {
  expect rows() >= 2_900
  expect unique(id)
  expect price between 10_000 and 1_000_000
  expect area > 0 and lot > 0
  expect remodelled >= built else warn
  expect sold >= built       else quarantine
  expect remodelled <= sold for at least 99%
}

transform features = houses {
  filter terms == "Normal"  # not between relatives, not from a bank
  derive {
    age     = sold - built
    renewed = sold - remodelled
    space   = area + basement
  }
  drop sold, built, remodelled, terms
}

## Two models are judged on the same houses.
split data = features {
  train: 75%
  test: 25%
  budget: 2
}

## What somebody who knows the trade would write.
model written = predict price from data {
  prepare {
    area, basement, first_floor, lot, space: scale(power)
    neighborhood, exterior, class: encode(target)
    heating, condition:  encode(ordinal) | scale(standard)
    longitude, latitude: scale(quantile)
    numeric:             scale(standard)
    categorical:         encode(onehot)
  }
  algorithm ridge { alpha: 0.1..100.0 log }
  algorithm gradient_boosting {
    learning_rate: 0.05..0.3 log
    max_leaf_nodes: 6..16
    max_iter: 80
  }
  tune {
    minimize: rmse
    trials: 5
    cv: 3
  }
}

## What the language does where nothing is written.
model default = predict price from data { algorithm ridge }

evaluate written on data.test {
  expect r2 >= 0.85 with confidence 95%
  expect mape <= 12% with confidence 95%
  expect rmse <= 35_000
  report: predicted_actual, residuals, feature_importance
}

evaluate default on data.test {
  expect r2 >= 0.80 with confidence 95%
  report: predicted_actual, residuals
}
