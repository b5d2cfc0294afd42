"""Test-Time Matching sees no truth, continues after a kill, and finds what is there to find."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch.optim import AdamW

from benchsuite.condition import CLEAN
from benchsuite.dataset import Dataset, Inputs, digest
from benchsuite.errors import BadData, WrongCall
from benchsuite.estimation.cells import EVERYBODY
from benchsuite.model import State
from benchsuite.runs.cells import read_cells
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite_tasks.compositional.datasets.groups import Group, of_features
from benchsuite_tasks.compositional.metrics import chance
from benchsuite_tasks.compositional.models.adaptation import loop, study
from benchsuite_tasks.compositional.models.adaptation.recipe import Recipe
from benchsuite_tasks.compositional.models.adaptation.splits import folds
from benchsuite_tasks.compositional.models.adaptation.tower import cached
from benchsuite_tasks.compositional.models.adapted import Adapted, adapted, registered
from benchsuite_tasks.compositional.models.features import Features
from benchsuite_tasks.compositional.task import TASK

QUICK = {"iterations": 2, "epochs": 3, "rate": 1e-2, "start": 1.0, "end": 0.0, "control": False}


def embedded(
    groups: int, signal: float, shape: tuple[int, int] = (2, 2), name: str = "toy"
) -> Dataset:
    """Groups whose captions are their images' embeddings times `signal`, and noise."""
    key = np.random.default_rng(groups)
    made = []
    for n in range(groups):
        images = key.normal(size=(shape[1], 16))
        captions = signal * images + key.normal(size=(shape[1], 16))
        vectors = [np.asarray(v, dtype=np.float32) for v in (images[: shape[0]], captions)]
        made.append(Group("toy", f"g{n:03d}", *vectors, attributes={"half": str(n % 2)}))
    return of_features(name, made)


def values(dataset: Dataset, model: Any, root: Path) -> dict[str, float]:
    cells = evaluate(Run(TASK, dataset, model, (CLEAN,)), root, replicates=20).cells()
    return {m: e.value for (_, g, m), e in read_cells(cells).items() if g == EVERYBODY}


def ttm(**more: Any) -> Adapted:
    return adapted({"kind": "features", "scale": 10.0}, **{**QUICK, **more})


def overfit(**more: Any) -> Adapted:
    """SimpleMatch with the capacity to learn every matching by heart."""
    simple = {"iterations": 1, "epochs": 150, "schedule": "constant", "start": 0.0}
    return ttm(adapter="mlp", rank=512, **simple, **more)


@dataclass(frozen=True)
class Constant(Features):
    """Everything looks the same to it."""

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[np.ndarray, np.ndarray]]:
        return [tuple(np.full((len(one.fields[k]), 4), 0.5, np.float32)
                      for k in ("image_features", "text_features")) for one in inputs]  # fmt: skip


@dataclass(frozen=True)
class First:
    """Says that the first image belongs to the first caption, and so on."""

    name: str = "first"
    fingerprint: str = "first"

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[np.ndarray]:
        shapes = [(len(i.fields["image_features"]), len(i.fields["text_features"])) for i in inputs]
        return [np.eye(*shape, dtype=np.float32) for shape in shapes]


@pytest.mark.parametrize("shape", [(2, 2), (1, 4)])
def test_a_constant_scorer_gets_chance_or_less_and_adapting_it_gains_nothing(tmp_path, shape):
    dataset, expected = embedded(60, 1.0, shape), chance(*shape)
    raw = values(dataset, Constant(), tmp_path)
    adapting = replace(ttm(), base=Constant(), name="constant-ttm")
    found = values(dataset, adapting, tmp_path)
    for name in ("group_score", "group_match", "text_score"):
        assert raw[name] <= expected[name]
        assert found[name] <= expected[name]
    assert found["gain"] <= 0
    assert found["paper_gain"] <= 0


def test_a_scorer_by_position_gets_chance(tmp_path):
    for shape in ((2, 2), (1, 4)):
        found = values(embedded(400, 1.0, shape, f"toy-{shape[0]}"), First(), tmp_path)
        assert found["group_match"] == pytest.approx(chance(*shape)["group_match"], abs=0.08)


def test_on_noise_the_headline_gain_is_nothing_and_the_papers_is_a_third(tmp_path):
    found = values(embedded(100, 0.0), overfit(control=True), tmp_path)
    assert found["gain"] == pytest.approx(0.0, abs=0.05)
    assert found["paper_gain"] == pytest.approx(1 / 3, abs=0.12)
    assert found["control_gain"] == pytest.approx(0.0, abs=0.05)
    assert found["control_paper_gain"] == pytest.approx(1 / 3, abs=0.12)


def test_simplematch_turns_group_match_into_group_score(tmp_path):
    dataset = embedded(100, 0.5)
    raw = values(dataset, Features(scale=10.0), tmp_path)
    found = values(dataset, overfit(), tmp_path)
    assert found["group_score"] == pytest.approx(raw["group_match"], abs=0.03)
    assert found["pseudo_label_accuracy"] == pytest.approx(raw["group_match"])
    assert found["group_score after 0"] == raw["group_score"]


def test_a_matching_that_is_linear_generalises_to_the_other_half(tmp_path):
    """The towers' spaces are turned against each other: the raw model matches by what is left."""
    key = np.random.default_rng(1)
    turn = np.linalg.qr(key.normal(size=(16, 16)))[0]
    mixed = (0.15 * np.eye(16) + 0.85 * turn).astype(np.float32)
    groups = []
    for n in range(300):
        images = key.normal(size=(2, 16)).astype(np.float32)
        groups.append(Group("toy", f"g{n}", images, images @ mixed))
    dataset = of_features("turned", groups)
    model = ttm(protocol="held-out", iterations=4, epochs=20, start=2.0, schedule="linear")
    found = values(dataset, model, tmp_path)
    assert found["match_gain"] > 0.02
    assert found["paper_gain"] > 0.05
    assert found["group_score_seen"] >= found["group_score"]


@pytest.mark.parametrize("protocol", ["transductive", "held-out"])
@pytest.mark.parametrize("matching", ["groups", "global"])
def test_the_accuracy_is_of_the_labels_that_were_trained_on(
    tmp_path, monkeypatch, protocol, matching
):
    dataset, trained, real = embedded(40, 0.3), [], loop.Optimize.__call__
    truths = {s.id: s.truth for s in dataset.samples()}

    def watched(self: Any, cache: Any, units: list[np.ndarray], labels: np.ndarray) -> None:
        for image in np.concatenate(units):
            truth = truths[cache.ids[image // 2]]
            right = truth.matching[truth.images[image % 2]]
            trained.append(labels[image] == 2 * (image // 2) + truth.captions.index(right))
        real(self, cache, units, labels)

    monkeypatch.setattr(loop.Optimize, "__call__", watched)
    how = {"iterations": 4, "epochs": 20, "schedule": "linear", "start": 0.6}
    model = ttm(protocol=protocol, matching=matching, **how)
    found = values(dataset, model, tmp_path)
    assert found["pseudo_label_accuracy"] == pytest.approx(np.mean(trained))


def test_ties_are_not_counted_as_right(tmp_path):
    simple = {"iterations": 1, "schedule": "constant", "start": 0.0}
    adapting = replace(ttm(**simple), base=Constant(), name="constant-ttm")
    found = values(embedded(200, 1.0), adapting, tmp_path)
    assert found["pseudo_label_accuracy"] == pytest.approx(0.5, abs=0.1)


def run_of(tmp_path: Path, **more: Any) -> Run:
    return Run(TASK, embedded(40, 0.5), ttm(adapter="mlp", control=True, **more), (CLEAN,))


def contents(path: Path) -> dict[str, bytes]:
    kept = [p for p in path.rglob("*") if p.suffix in (".parquet", ".safetensors")]
    return {str(p.relative_to(path)): p.read_bytes() for p in kept}


@pytest.mark.parametrize("protocol", ["transductive", "held-out"])
@pytest.mark.parametrize("kills", [1, 2, 4])
def test_a_killed_adaptation_continues_to_the_same_bytes(tmp_path, monkeypatch, kills, protocol):
    run = run_of(tmp_path, protocol=protocol)
    whole = evaluate(run, tmp_path / "whole", replicates=10)
    written, real = [], loop.write_checkpoint

    def dying(*arguments: Any) -> None:
        real(*arguments)
        written.append(arguments[0])
        if len(written) == kills:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "write_checkpoint", dying)
    with pytest.raises(KeyboardInterrupt):
        evaluate(run, tmp_path / "killed", replicates=10)
    before = len(written)
    resumed = evaluate(run, tmp_path / "killed", replicates=10)
    jobs = 4 if protocol == "held-out" else 2
    assert len(written) - before == 3 * jobs - kills, "what was done is not done again"
    assert contents(resumed.path) == contents(whole.path)
    assert not list(resumed.path.glob("scratch/*")), "checkpoints go when the artefact is there"


def by_hand(model: Adapted, dataset: Dataset, optimizers: Any) -> list[np.ndarray]:
    """The scores before each iteration and at the end, by the optimizer that each of them is given."""
    tower, recipe = model._tower(), model.recipe
    cache = cached(tower, [Inputs(s.id, s.inputs) for s in dataset.samples()])
    module, everybody, found = tower.reset(model.seed), np.ones(len(cache.ids), dtype=bool), []
    for iteration, optimizer in enumerate(optimizers(module, recipe)):
        level = float(recipe.levels()[iteration])
        scores, labels = loop._look(tower, cache, recipe, level, everybody)
        found.append(scores)
        units = loop._units(cache.layout, labels, recipe)
        optimize = loop.Optimize(tower, module, optimizer, recipe, iteration, model.seed)
        optimize(cache, units, labels.labels)
    return [*found, loop._look(tower, cache, recipe, 0.0, everybody)[0]]


def adamw(module: Any, recipe: Recipe) -> AdamW:
    decay = recipe.weight_decay
    return AdamW(module.parameters(), lr=recipe.rate, weight_decay=decay, fused=True)


@pytest.mark.parametrize("kills", [0, 2])
def test_an_optimizer_is_fresh_in_every_iteration_or_kept(tmp_path, monkeypatch, kills):
    dataset = embedded(40, 0.5)
    given = {
        "fresh": lambda m, r: (adamw(m, r) for _ in range(r.iterations)),
        "kept": lambda m, r: [adamw(m, r)] * r.iterations,
    }
    found = {}
    for state, optimizers in given.items():
        model = ttm(iterations=4, adapter="mlp", optimizer_state=state)
        expected = by_hand(model, dataset, optimizers)
        made, real = [], loop.write_checkpoint

        def dying(*arguments: Any, made=made, real=real) -> None:
            real(*arguments)
            made.append(arguments)
            if len(made) == kills:
                raise KeyboardInterrupt

        inputs = [Inputs(s.id, s.inputs) for s in dataset.samples()]
        scratch = State({}, scratch=tmp_path / state)
        if kills:
            with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(loop, "write_checkpoint", dying)
                model.prepare(scratch, inputs)
        found[state] = model.prepare(scratch, inputs)["scores"][0]
        assert (found[state] == np.stack(expected)).all()
    same = [(a == b).all() for a, b in zip(found["fresh"], found["kept"], strict=True)]
    assert same == [True, True, False, False, False], "the first iteration is the same"


def test_a_row_says_whose_state_its_optimizer_has_and_only_a_fresh_one_is_new():
    kept, fresh = ttm(optimizer_state="kept"), ttm(optimizer_state="fresh")
    before = {k: v for k, v in asdict(kept.recipe).items() if k != "optimizer_state"}
    parts = [kept.part, kept.adapter, kept.rank, kept.seed]
    assert kept.fingerprint == digest(
        [kept.base.fingerprint, before, asdict(kept.protocol), parts]
    ), "of before there was a choice"
    assert fresh.fingerprint != kept.fingerprint
    assert [m.factors["optimizer_state"] for m in (kept, fresh)] == ["kept", "fresh"]
    assert kept.factors["protocol"] == "adapted: transductive"
    assert (
        fresh.factors["protocol"] == "adapted: transductive; a fresh optimizer in every iteration"
    )
    simple = [ttm(iterations=1, optimizer_state=state) for state in ("kept", "fresh")]
    assert simple[0].fingerprint == simple[1].fingerprint, "where there is no second iteration"
    assert all("optimizer_state" not in model.factors for model in simple)


@pytest.mark.parametrize("base", ["pretrained", "open-clip"])
def test_the_parsers_defaults_and_the_papers_command_are_registered(base):
    """arXiv 2510.07632's code: `main.py` and `ttm.sh`."""
    fields = Recipe.__dataclass_fields__
    of = {
        name: Recipe(**{k: v for k, v in registered(name).items() if k in fields})
        for name in (f"{base}-ttm", f"{base}-ttm-defaults")
    }
    parser = {"iterations": 10, "epochs": 20, "rate": 4e-5, "decay": 0.95, "floor": 0.1,
              "weight_decay": 0.05, "batch": 50, "schedule": "cosine", "start": 1.0, "end": 0.0,
              "rate_schedule": "cosine", "matching": "groups", "optimizer_state": "fresh"}  # fmt: skip
    script = parser | {"epochs": 30, "rate": 1e-5, "schedule": "linear", "start": 2.0,
                       "optimizer_state": "kept"}  # fmt: skip
    assert of[f"{base}-ttm-defaults"] == Recipe() == Recipe(**parser)
    assert of[f"{base}-ttm"] == Recipe(**script)


def test_a_global_matching_learns_too_and_has_a_metric_of_its_own(tmp_path):
    dataset = embedded(30, 1.0)
    still = values(dataset, ttm(iterations=0, matching="global"), tmp_path)
    model = ttm(matching="global", schedule="linear", start=0.5, end=0.0)
    found = values(dataset, model, tmp_path)
    assert 0 < still["global_match"] < 1
    assert still["group_score"] == values(dataset, Features(scale=10.0), tmp_path)["group_score"]
    assert found["pseudo_label_accuracy"] > still["global_match"]


def test_halves_are_keyed_disjoint_and_differ_by_repeat():
    ids = [f"g{n}" for n in range(100)]
    first = folds(ids, 0, 0)
    assert first.sum() == 50
    back = folds(ids[::-1], 0, 0)
    assert (first == back[::-1]).all(), "whatever the order of the groups"
    assert (first != folds(ids, 0, 1)).any()


def test_halves_of_groups_alone_are_the_first_of_their_keyed_order():
    ids = [f"g{n}" for n in range(7)]
    keyed = sorted(ids, key=lambda name: digest(["fold", 3, 1, name]))
    assert {i for i, f in zip(ids, folds(ids, 3, 1), strict=True) if f} == set(keyed[:3])


def test_groups_of_a_cluster_are_adapted_to_together(tmp_path, monkeypatch):
    alone = embedded(40, 0.5)
    groups = [
        Group("toy", s.id, s.inputs["image_features"], s.inputs["text_features"],
              cluster=f"photo {n % 15}")
        for n, s in enumerate(alone.samples())
    ]  # fmt: skip
    clusters, pools, real = {g.id: g.cluster for g in groups}, [], study.adapt

    def watched(tower: Any, cache: Any, recipe: Any, job: Any, folder: Any) -> Any:
        pools.append(
            [
                {clusters[i] for i, p in zip(cache.ids, job.pool, strict=True) if p == inside}
                for inside in (True, False)
            ]
        )
        return real(tower, cache, recipe, job, folder)

    monkeypatch.setattr(study, "adapt", watched)
    values(of_features("clustered", groups), ttm(protocol="held-out"), tmp_path)
    assert len(pools) == 2
    assert all(trained and measured and not trained & measured for trained, measured in pools)


def test_nothing_selected_leaves_the_model_as_it_is(tmp_path):
    dataset = embedded(20, 0.5)
    found = values(dataset, ttm(schedule="constant", start=1e9), tmp_path)
    assert found["paper_gain"] == 0
    assert found["group_score"] == values(dataset, Features(scale=10.0), tmp_path)["group_score"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"schedule": "cosin"}, "did you mean cosine"),
        ({"protocol": "heldout"}, "did you mean held-out"),
        ({"adapter": "huge"}, "model.adapter: expected one of shift, scale"),
        ({"epoch": 3}, "model.epoch: no such key (did you mean epochs"),
        ({"epochs": 0}, "model.epochs: expected a whole number of 1 or more, found 0"),
        ({"iterations": 1.5}, "model.iterations: expected a whole number of 0 or more, found 1.5"),
        ({"repeats": 0}, "model.repeats: expected a whole number of 1 or more, found 0"),
        ({"rank": 0}, "model.rank: expected a whole number of 1 or more, found 0"),
        ({"start": float("nan")}, "model.start: expected a finite number, found nan"),
        ({"end": "much"}, "model.end: expected a finite number, found much"),
        ({"schedule": "quantile", "start": 2.0}, "model.start: expected a share of 0 to 1"),
        ({"matching": "global", "end": -0.1}, "model.end: expected a share of 0 to 1"),
        ({"rate": 0}, "model.rate: expected a number above 0, found 0"),
        ({"floor": 1.5}, "model.floor: expected a number in 0 to 1, found 1.5"),
        ({"optimizer_state": "new"}, "model.optimizer_state: expected fresh, kept, found 'new'"),
        ({"decay": 0}, "model.decay: expected a number above 0, at most 1, found 0"),
    ],
)
def test_a_wrong_recipe_is_one_line(more, message):
    with pytest.raises(WrongCall) as error:
        ttm(**more)
    assert message in str(error.value)


@pytest.mark.parametrize("matching", ["groups", "global"])
def test_no_iteration_leaves_the_raw_model(tmp_path, matching):
    dataset = embedded(20, 0.5)
    found = values(dataset, ttm(iterations=0, matching=matching), tmp_path)
    raw = values(dataset, Features(scale=10.0), tmp_path)
    assert found["group_score"] == raw["group_score"]


def test_a_quantile_of_an_empty_half_selects_nothing(tmp_path):
    one = embedded(1, 0.5)
    found = values(one, ttm(protocol="held-out", schedule="quantile", start=0.5), tmp_path)
    assert found["paper_gain"] == 0


def test_a_group_without_numbers_is_named_and_not_matched_by_chance():
    dataset = embedded(5, 0.5)
    rows = [Inputs(s.id, dict(s.inputs)) for s in dataset.samples()]
    rows[3].fields["text_features"][1, 2] = np.nan
    with pytest.raises(BadData, match="group 'g003': expected finite scores, found nan"):
        ttm().prepare(State({}), rows)


def test_an_adaptation_that_diverges_says_what_helps():
    rows = [Inputs(s.id, s.inputs) for s in embedded(8, 0.5).samples()]
    with pytest.raises(BadData, match=r"expected finite scores, found nan; .* model\.rate helps"):
        ttm(rate=1e38, start=0.0).prepare(State({}), rows)


def test_features_have_no_part_to_train():
    with pytest.raises(WrongCall, match="features have no weights to train, found 'all'"):
        ttm(part="all")._tower()
