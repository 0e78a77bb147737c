## Steps on nodes of their own, with data on volumes.
pipeline placed {
  artifacts: "/data/store"
  resources {
    cpu: 1
    tolerations: "dedicated=ml:NoSchedule"
  }
}

source visits = parquet("/raw/visits.parquet") {
  id:     int  key
  shop:   string
  amount: float
  bought: bool
}

check visits { expect amount > 0 }

split data = visits {
  train: 70%
  test: 30%
}

model buyer = predict bought from data {
  algorithm gradient_boosting { learning_rate: 0.01..0.5 log }
  tune { maximize: roc_auc; trials: 8 }
  resources {
    gpu: 2
    accelerator: "amd.com/gpu"
    node_selector: "pool=gpu", "zone=a"
    tolerations: "gpu", "spot=:NoExecute"
  }
}

evaluate buyer on data.test { expect roc_auc >= 0.5 }

profile cluster {
  resources placed {
    node_selector: "pool=ml"
    volumes: "shared:/data", "warehouse.raw:/raw:ro"
  }
  resources buyer { memory: 8Gi }
}
