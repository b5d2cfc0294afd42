"""fairlearn's exponentiated gradient (Agarwal et al. 2018), fitted anew as a stream doubles."""

from typing import Any

from benchsuite.condition import generator
from benchsuite.dataset import digest
from benchsuite.errors import one_of
from benchsuite.learning.incremental import BINARY, Doubling, Incremental


def reductions(
    name: str = "reductions", group: str = "sex=Male", first: int = 256, eps: float = 0.01
) -> Incremental:
    """Logistic regressions with demographic parity, up to `eps`, of a group with everybody else."""
    mixture, told = Doubling(Mixture(group, eps), first), digest(["reductions", group, first, eps])
    return Incremental(mixture, name, told, BINARY)


class Mixture:
    """Weighted regressions; each prediction is that of one of them, drawn by its weight."""

    def __init__(self, group: str, eps: float) -> None:
        self.group, self.eps, self.draw = group, eps, generator("reductions")

    def fit(self, x: Any, y: Any) -> None:
        """Fit them to a table of features. Raises WrongCall for a group that is none of those."""
        from fairlearn.reductions import DemographicParity, ExponentiatedGradient
        from sklearn.linear_model import LogisticRegression

        one_of("model.group", self.group, x.columns)
        made = ExponentiatedGradient(LogisticRegression(), DemographicParity(), eps=self.eps)
        made.fit(x.to_numpy(), y * 1, sensitive_features=x[self.group])
        self.lines, self.shares = made.predictors_, made.weights_.to_numpy()

    def predict(self, x: Any) -> Any:
        """Classes of rows (n, d)."""
        return self.lines[self.draw.choice(len(self.lines), p=self.shares)].predict(x)
