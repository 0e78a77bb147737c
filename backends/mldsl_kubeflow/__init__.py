"""The Kubeflow backend: compiles a plan to a pipeline document for Kubeflow Pipelines 2."""
