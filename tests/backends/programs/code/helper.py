"""What both use."""


def doubled(values):
    return 2 * values
