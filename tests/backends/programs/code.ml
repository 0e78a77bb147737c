## The user's Python wherever it may stand.
pipeline code { seed: 4 }

param factor: float = 2.0

source measured = python("code/measured.py:measured") {
  id:    int  key
  x:     float
  group: string
  y:     float
}

transform scaled = python("code/scale.py:scale", measured, factor, rowwise: true) {
  id:    int  key
  x:     float
  group: string
  y:     float
  z:     float
}

transform mixed = python("code/scale.py:mix", scaled) {
  id:    int  key
  x:     float
  z:     float
  noise: float
  y:     float
}

split data = mixed { train: 75%; test: 25% }

model own = predict y from data {
  algorithm python("code/nearest.py:Nearest") { neighbours: 5 }
}

evaluate own on data.test { expect rmse <= 10.0 }
