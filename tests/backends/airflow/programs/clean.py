"""The user's own code of `everything.ml`."""

import helper
import requests  # noqa: F401 - to be named in requirements.txt


def clean(frame):
    return helper.same(frame)
