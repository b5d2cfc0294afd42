"""The learned rerankers: equal budgets, nothing lost, folds that never saw a query, same bytes."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchsuite.dataset import Dataset, Inputs, Sample, in_memory
from benchsuite.errors import BadData, NotAvailable, WrongCall
from benchsuite.learning.card import read_card
from benchsuite.model import State
from benchsuite_tasks.bright.conditions import Kind, Order
from benchsuite_tasks.bright.datasets import mini
from benchsuite_tasks.bright.datasets.docstrings import passages, stems
from benchsuite_tasks.bright.datasets.mini import stdlib_mini
from benchsuite_tasks.bright.formats import in_trec_order
from benchsuite_tasks.bright.measure import measure
from benchsuite_tasks.bright.models.features import features
from benchsuite_tasks.bright.models.learned import PARADIGMS as METHODS
from benchsuite_tasks.bright.models.learned import WEIGHTS, Learned
from benchsuite_tasks.bright.models.minilm import MiniLM
from benchsuite_tasks.bright.models.network import WIDTH, made
from benchsuite_tasks.bright.task import TASK
from benchsuite_tasks.bright.training import recipes
from benchsuite_tasks.bright.training.objectives import OBJECTIVES, grouped, ndcg, policy
from tests.learning.changed import filled, rewritten, without

INPUTS = 384 + 3
SHIPPED = [(data, method) for data in ("stdlib-mini", "bright-answers") for method in METHODS]
FEW = {f"d{i:02d}": f"{word} {other}" for i, (word, other) in enumerate(
    (w, o) for w in ("wing", "heat", "cats", "rain") for o in ("lift", "slab", "sleep", "storm", "sea")
)}  # fmt: skip


def random_batch(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    there = torch.arange(12)[None] < torch.tensor([12, 7, 1])[:, None]
    return torch.randn(3, 12, INPUTS, generator=random), there


def network(paradigm: Any) -> Any:
    """One whose correction is not 0."""
    found = made(paradigm, INPUTS, seed=1)
    torch.nn.init.normal_(found.head.weight, generator=torch.Generator().manual_seed(2))
    return found.eval()


def test_the_three_paradigms_have_the_same_budget_of_parameters() -> None:
    sizes = [sum(p.numel() for p in made(p, INPUTS, 0).parameters()) for p in WIDTH]
    assert max(sizes) / min(sizes) < 1.02


@pytest.mark.parametrize("paradigm", WIDTH)
def test_a_fresh_network_is_the_sum_of_the_z_scores(paradigm: Any) -> None:
    x, there = random_batch()
    logits = made(paradigm, INPUTS, 0)(x, there)
    assert torch.allclose(logits[there], (x[..., -2] + 0.5 * x[..., -1])[there], atol=1e-5)
    assert torch.isneginf(logits[~there]).all()


def test_only_the_listwise_one_goes_by_the_order_and_only_the_pointwise_one_by_itself() -> None:
    x, there = random_batch()
    x, there = x[:1], there[:1]
    order = torch.randperm(12, generator=torch.Generator().manual_seed(3))
    moved = {p: network(p)(x[:, order], there)[0] - network(p)(x, there)[0, order] for p in WIDTH}  # fmt: skip
    alone = {p: network(p)(x[:, :5], there[:, :5])[0] - network(p)(x, there)[0, :5] for p in WIDTH}  # fmt: skip
    assert moved["pointwise"].abs().max() < 1e-4
    assert moved["groupwise"].abs().max() < 1e-4
    assert moved["listwise"].abs().max() > 1e-2
    assert alone["pointwise"].abs().max() < 1e-4
    assert alone["groupwise"].abs().max() > 1e-2


@pytest.mark.parametrize("paradigm", WIDTH)
def test_places_without_a_candidate_count_for_nothing(paradigm: Any) -> None:
    x, there = random_batch()
    gain = torch.zeros(3, 12)
    gain[0, 3] = gain[1, 0] = 2.0
    noise = torch.where(there[..., None], x, 1e3)
    scorer, random = network(paradigm), torch.Generator()
    assert torch.allclose(scorer(x, there)[there], scorer(noise, there)[there])
    for objective in (OBJECTIVES[paradigm], policy):
        losses = [
            objective(scorer(one, there), there, gain, random.manual_seed(0)) for one in (x, noise)
        ]
        assert torch.isfinite(losses[0])
        assert torch.allclose(*losses)
        losses[0].backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in scorer.parameters())


def test_ndcg_in_training_is_the_tasks() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        scores, gain = random.normal(size=15).astype(np.float32), random.integers(0, 3, size=15)
        ids = [f"d{i:02d}" for i in range(15)]
        truth = dict(zip(ids, gain.tolist(), strict=True))
        one = Sample("q", {"query": "", "excluded": ()}, truth)
        ranking = dict(zip(ids, scores.tolist(), strict=True))
        expected = measure(one, ranking, {"corpus": dict.fromkeys(ids, "")})["ndcg@10"]
        found = ndcg(torch.tensor(scores)[None], torch.tensor(gain)[None].float())
        assert float(found) == pytest.approx(expected, abs=1e-6)


def test_the_policy_is_drawn_to_what_is_relevant() -> None:
    logits = torch.zeros(1, 6, requires_grad=True)
    gain = torch.tensor([[0.0, 0, 2, 0, 0, 0]])
    there, random = torch.ones(1, 6, dtype=torch.bool), torch.Generator().manual_seed(0)
    optimiser = torch.optim.SGD([logits], lr=2.0)
    for _ in range(60):
        optimiser.zero_grad()
        policy(logits, there, gain, random).backward()
        optimiser.step()
    assert int(logits.argmax()) == 2
    found = logits.detach()[0]
    assert float(found[2]) > 0 > float(found[[0, 1, 3, 4, 5]].max())


def test_groups_hold_every_candidate_once() -> None:
    x, there = random_batch()
    gain = torch.arange(36.0).reshape(3, 12) + 1
    _, groups_there, groups_gain = grouped(x, there, gain, 5, torch.Generator().manual_seed(0))
    assert groups_there.shape[1] == 5
    assert sorted(groups_gain[groups_there].tolist()) == gain[there].tolist()


def test_features_are_what_they_say() -> None:
    query = np.array([0.6, 0.8], dtype=np.float32)
    documents = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    found = features(query, documents, [3.0, 2.0, 1.0])
    assert found.shape == (3, 5)
    assert found[:, 2].tolist() == pytest.approx([0.6, 0.8, 1.0])
    assert found[:, :2].sum(axis=1) == pytest.approx(found[:, 2] * np.sqrt(2), rel=1e-5)
    assert found[:, 3:].mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert found[:, 3:].std(axis=0) == pytest.approx([1, 1], abs=1e-5)
    assert features(query, documents[:1], [3.0])[0, 3:].tolist() == [0, 0]


def test_derived_queries_are_of_passages_that_no_test_query_judges() -> None:
    test, derived = stdlib_mini(), stdlib_mini(split="train")
    assert len(derived.samples()) >= 500
    judged = {passage for sample in test.samples() for passage in sample.truth}
    texts = {sample.inputs["query"] for sample in test.samples()}
    for sample in derived.samples():
        (passage,) = sample.truth
        assert passage not in judged
        assert sample.inputs["query"] not in texts
        assert not stems(sample.inputs["query"]) & stems(passage)
        assert len(sample.inputs["query"].split()) >= mini.WORDS[0]
    again = dict(mini.derived(passages(), judged))
    assert again == {s.id: s.inputs["query"] for s in derived.samples()}
    with pytest.raises(WrongCall, match="split: expected test or train, found 'dev'"):
        stdlib_mini(split="dev")


def few(splits: tuple[str, ...]) -> Dataset:
    samples = [
        Sample(
            f"{split}-{key}",
            {"query": f"the {text}", "excluded": (), "split": split},
            {key: 1},
            {"split": split},
        )
        for split in splits
        for key, text in FEW.items()
    ]
    return in_memory("few", samples, {"corpus": FEW})


def silent(*_: object) -> None:
    pass


@pytest.mark.parametrize("method", METHODS)
def test_a_recipe_makes_weights_and_a_card_and_goes_on_to_the_same_bytes(
    tmp_path: Path, method: str
) -> None:
    recipe = getattr(recipes, method.replace("-", "_"))
    dataset = few(("a", "b"))
    recipe(dataset, tmp_path / "one" / method, silent, epochs=2, depth=10)
    recipe(dataset, tmp_path / "two" / method, silent, epochs=2, depth=10)
    one, two = (tmp_path / name / method / "model.safetensors" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    folds = sorted((tmp_path / "two" / method / "folds").iterdir())
    assert len(folds) == 2
    folds[0].unlink()
    two.unlink()
    recipe(dataset, tmp_path / "two" / method, silent, epochs=2, depth=10)
    assert one.read_bytes() == two.read_bytes()
    card = read_card(one.parent)
    assert (card.model, card.data.name, card.data.samples) == (method, "few", 40)
    assert set(card.figures) == {"a", "b"}
    model = Learned(method=method, weights=str(one.parent), depth=10, first_stage="bm25")
    state = State(dataset.shared, model.prepare(State(dataset.shared), []))
    (ranking,) = model.predict(state, [Inputs("a-d00", dict(dataset.samples()[0].inputs))])
    assert len(ranking) == len({*ranking}) > 0
    other = Inputs("x", {"query": "wing lift", "excluded": (), "split": "c"})
    with pytest.raises(BadData, match="leave out the split 'c', found those of other splits"):
        model.predict(state, [other])


def test_a_fold_never_sees_the_split_that_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []
    real = recipes._trained

    def watched(recipe: Any, data: Any) -> Any:
        seen.append(set(data.splits))
        return real(recipe, data)

    monkeypatch.setattr(recipes, "_trained", watched)
    recipes.pointwise(few(("a", "b", "c")), tmp_path / "x", silent, epochs=1, depth=10)
    assert seen == [{"b", "c"}, {"a", "c"}, {"a", "b"}]
    seen.clear()
    recipes.pointwise(few(("only",)), tmp_path / "y", silent, epochs=1, depth=10)
    assert seen == [{"only"}], "one split is for the queries of other datasets"


@pytest.mark.parametrize(("data", "method"), SHIPPED)
def test_shipped_weights_have_a_card_and_lose_no_candidate(data: str, method: str) -> None:
    model = Learned(method=method, weights=data, depth=8, group_size=3)
    card = read_card(WEIGHTS / data / method)
    assert (card.model, card.data.name) == (method, data)
    assert card.recipe["paradigm"] == model.paradigm
    state = State({"corpus": FEW}, MiniLM().prepare(State({"corpus": FEW}), []))
    fields = {"query": "wing storm", "excluded": ("d00",), "split": "biology"}
    plain = Inputs("q", fields)
    shuffled = Inputs("q", {**fields, "candidates": Order(Kind.SHUFFLED, "7")})
    (first,), (second,) = model.predict(state, [plain]), model.predict(state, [shuffled])
    assert set(first) == set(second)
    assert len(first) == 8 and "d00" not in first
    if model.paradigm == "pointwise":
        assert in_trec_order(first) == in_trec_order(second)
    assert model.predict(state, [plain]) == [first]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (filled("", torch.nan), r"(base|read\.weight): expected finite weights, found NaN"),
        (filled("norm.bias", -torch.inf), r"norm\.bias: expected finite weights, found infinity"),
        (without("expand"), r"missing expand\.bias, expand\.weight$"),
        (filled("head.weight", 3e38), "query 'q': document 'd..': expected a finite score"),
    ],
)
def test_weights_that_are_odd_get_no_score_of_the_first_stage(
    tmp_path: Path, method: str, change: Any, message: str
) -> None:
    folder = rewritten(WEIGHTS / "stdlib-mini" / method, tmp_path / "odd", change)
    model = Learned(method=method, weights=str(folder), first_stage="bm25", depth=8)
    if "score" in message and model.paradigm == "groupwise":
        pytest.skip("its grades run from 0 to 10 whatever the logits")
    state = State({"corpus": FEW}, MiniLM().prepare(State({"corpus": FEW}), []))
    with pytest.raises(BadData, match=message):
        model.predict(state, [Inputs("q", {"query": "wing storm lift", "excluded": ()})])


def test_shipped_weights_take_less_than_15_mb() -> None:
    sizes = [os.path.getsize(path) for path in WEIGHTS.rglob("*") if path.is_file()]  # noqa: PTH202
    assert len(sizes) >= 2 * len(SHIPPED)
    assert sum(sizes) < 15e6


def test_the_fingerprint_covers_weights_first_stage_and_groups() -> None:
    models = [
        Learned(), Learned(method="listwise"), Learned(method="groupwise"),
        Learned(method="groupwise", rounds=1), Learned(method="groupwise", group_size=5),
        Learned(weights="bright-answers"), Learned(first_stage="bm25"), Learned(depth=10),
    ]  # fmt: skip
    assert len({model.fingerprint for model in models}) == len(models)
    assert Learned(name="x", rounds=1).fingerprint == Learned().fingerprint
    assert Learned().prepare_fingerprint == MiniLM().prepare_fingerprint
    with pytest.raises(NotAvailable, match="expected shipped weights or a folder with"):
        _ = Learned(weights="/nowhere").fingerprint
    with pytest.raises(WrongCall, match=r"model\.method: expected one of pointwise"):
        Learned(method="setwise")
    assert TASK.recipe("groupwise-rl").options()["seed"] == 0
