"""Models score pairs as they say, embed each sentence once, and give the values of others."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

import benchsuite as bs
from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, in_memory
from benchsuite.errors import WrongCall
from benchsuite.model import State
from benchsuite.runs.statistics import read_statistics
from benchsuite_tasks.sts.datasets.files import sts
from benchsuite_tasks.sts.datasets.mini import sts_mini
from benchsuite_tasks.sts.metrics import METRICS
from benchsuite_tasks.sts.models.scorers import own
from benchsuite_tasks.sts.task import TASK
from tests.house.source import SHARED

REAL = SHARED / "data/sts"
JACCARD = {
    "stsb-dev": 0.6530, "stsb-test": 0.5648, "sick-r-test": 0.5749, "sts12-test": 0.4932,
    "sts13-test": 0.5033, "sts14-test": 0.5622, "sts15-test": 0.6975, "sts16-test": 0.6003,
}  # fmt: skip
FEW = {"replicates": 200}


class Letters:
    """Counts letters, and the sentences that it embeds."""

    asked = 0

    def encode(self, texts):
        self.asked += len(texts)
        return np.array([[text.count(letter) for letter in "abcdefgh"] for text in texts])


def few(count: int = 40, **shared) -> Dataset:
    samples = sts_mini().samples()[::7][:count]
    return in_memory("few", samples, shared)


def rows(run) -> pd.DataFrame:
    """The statistics on clean inputs."""
    return read_statistics(run.path).tables["clean"]


def predicted(model, data: Dataset) -> list[float]:
    """What a model scores the pairs of a dataset, in its order, without a run."""
    inputs = [CLEAN.view(0, data.name, sample) for sample in data.samples()]
    arrays = model.prepare(State(data.shared), inputs) if hasattr(model, "prepare") else {}
    return np.ravel(model.predict(State(data.shared, arrays), inputs)).tolist()


def value(run, metric: str = "spearman", group: str = "") -> float:
    table = run.table()
    here = (table["metric"] == metric) & (table["group"] == group) & (table["form"] == "value")
    (found,) = table[here & (table["condition"] == "clean")]["value"]
    return float(found)


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_encoder_is_scored_by_cosines_and_whitened_by_what_it_is_fitted_to():
    data = few(
        fit=["a bad cab", "each face", "head", "a bag", "hedge", "fad", "egg", "beach", "chef"] * 2
    )
    both = {
        "none": (np.zeros(8), np.eye(8)),
        "measured": moments([text for s in data.samples() for text in s.inputs["sentences"]]),
        "fit": moments(data.shared["fit"]),
    }
    for whiten, (mean, inverse) in both.items():
        found = predicted(own(Letters(), whiten, "letters", whiten), data)
        for sample, score in zip(data.samples(), found, strict=True):
            a, b = Letters().encode(sample.inputs["sentences"]) - mean
            squares = (a @ inverse @ a) * (b @ inverse @ b)
            assert score == pytest.approx(a @ inverse @ b / np.sqrt(squares), abs=1e-5)


def moments(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    vectors = Letters().encode(sorted({*texts}))
    return vectors.mean(0), np.linalg.pinv(np.cov(vectors.T, bias=True), rcond=1e-6)


def test_sentences_are_embedded_once_however_they_are_whitened(results):
    model, data = Letters(), few()
    different = {text for s in data.samples() for text in s.inputs["sentences"]}
    for whiten in ("none", "measured"):
        bs.evaluate(
            "sts",
            model,
            dataset=data,
            name=whiten,
            fingerprint="letters",
            model_options={"whiten": whiten},
            **FEW,
        )
        assert model.asked == len(different)


def test_whitening_by_the_measured_sentences_is_a_protocol_of_its_own():
    told = [TASK.model("minilm", whiten=whiten).factors for whiten in ("none", "fit", "measured")]
    assert [factors.get("protocol", "") for factors in told] == ["", "", "whitened: transductive"]
    prints = {
        TASK.model("minilm", whiten=whiten).fingerprint for whiten in ("none", "fit", "measured")
    }
    assert len(prints) == 3


def test_a_function_of_pairs_and_an_object_that_predicts_them_are_models(results):
    def shared_letters(pairs):
        return [len({*a} & {*b}) for a, b in pairs]

    class Cross:
        def predict(self, pairs):
            return np.array(shared_letters(pairs))[:, None]

    expected = predicted(own(shared_letters, "f", "1"), few())
    assert predicted(own(Cross(), "c", "2"), few()) == expected
    run = bs.evaluate("sts", Cross(), dataset=few(), **FEW)
    assert sorted(rows(run)["prediction"]) == sorted(expected)
    gold = [sample.truth for sample in few().samples()]
    assert value(run) == pytest.approx(spearmanr(gold, expected).statistic, abs=1e-6)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (object(), {}, r"expected encode\(texts\)"),
        (len, {"whiten": "measured"}, r"without whitening a score\(pairs\)"),
        (
            Letters(),
            {"whiten": "all"},
            "model.whiten: expected one of none, measured, fit, found 'all'",
        ),
        (Letters(), {"whiten": "fit"}, "expected dataset.fit=SET"),
        (Letters(), {"whiten": "measured", "groups": 99}, "whitening: expected 1 to 8 groups"),
    ],
)
def test_models_and_options_that_do_not_fit_are_refused(model, options, message, results):
    with pytest.raises(WrongCall, match=message):
        bs.evaluate(
            "sts",
            model,
            dataset=few(),
            fingerprint="mine",
            name="mine",
            model_options=options,
            **FEW,
        )


def test_a_condition_alters_both_sentences_and_the_same_on_every_call():
    typos = TASK.known_conditions()["text/typo/5"]
    for sample in few().samples():
        seen = typos.view(0, "few", sample).fields["sentences"]
        assert len(seen) == 2 and list(seen) == list(
            typos.view(0, "few", sample).fields["sentences"]
        )
        assert all(a != b for a, b in zip(seen, sample.inputs["sentences"], strict=True))


@pytest.mark.skipif(not REAL.is_dir(), reason=f"{REAL} is not there")
def test_common_words_have_their_known_correlations_on_real_pairs():
    data = sts(str(REAL))
    table = pd.DataFrame([{**s.attributes, "gold": s.truth} for s in data.samples()])
    table["prediction"] = predicted(TASK.model("jaccard"), data)
    found = {
        name: METRICS[0].under(part)(np.ones((1, len(part)))).item()
        for name, part in table.groupby("set")
    }
    assert {name: round(each, 4) for name, each in found.items()} == JACCARD
