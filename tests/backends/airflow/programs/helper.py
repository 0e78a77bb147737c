"""What `clean.py` imports."""


def same(frame):
    return frame
