"""The examples' pipelines as one would write them by hand, with pandas and scikit-learn, from the raw files."""

from tests.support.by_hand.churn import churn_scores
from tests.support.by_hand.digits import digit_scores
from tests.support.by_hand.flights import flight_features, flight_scores
from tests.support.by_hand.houses import house_features, house_scores
from tests.support.by_hand.penguins import penguin_scores
from tests.support.by_hand.reviews import review_scores
from tests.support.by_hand.segments import country_traits, segment_scores, silhouettes

__all__ = [
    "churn_scores",
    "country_traits",
    "digit_scores",
    "flight_features",
    "flight_scores",
    "house_features",
    "house_scores",
    "penguin_scores",
    "review_scores",
    "segment_scores",
    "silhouettes",
]
