"""A task of Kubeflow Pipelines: what the pipeline hands it, what it hands on, and how it tells whether that may go on.

Artifacts lie in the store of the pipeline, as everywhere; what Kubeflow moves from task to task are small files that
say where (`references`), so that no table is uploaded twice.
"""
