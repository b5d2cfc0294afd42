"""Objects that people hand over: each convention of the field gives what a plain implementation does."""

import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from benchsuite.condition import CLEAN
from benchsuite.dataset import Inputs
from benchsuite.errors import BadData, BadModel, WrongCall
from benchsuite.learning.own import own_of
from benchsuite.model import State
from benchsuite.runs.evaluate import evaluate
from benchsuite.runs.plan import Run
from benchsuite_tasks.compositional.datasets.mini import shapes_mini
from benchsuite_tasks.compositional.models.adapted import adapted, registered
from benchsuite_tasks.compositional.models.dual_mini import DualMini
from benchsuite_tasks.compositional.models.dual_net import numbered, stacked
from benchsuite_tasks.compositional.task import TASK
from tests.tasks.compositional import tiny

NOW = State({})
PARTS = ("blocks", "all")
FEW = {"iterations": 1, "epochs": 1, "repeats": 1, "control": False, "start": 0.0}


def own(thing, **options):
    return TASK.own(object=thing, name="mine", fingerprint="f", **options)


@pytest.fixture(scope="module")
def some(tmp_path_factory) -> list[Inputs]:
    return tiny.inputs(tmp_path_factory.mktemp("winoground"))


@pytest.fixture(scope="module")
def mini():
    """Thirty groups of shapes-mini, of both shapes."""
    whole = shapes_mini()
    return whole.only(whole.samples()[465:495])


def statistics(model, dataset, folder) -> list[dict[str, object]]:
    directory = evaluate(Run(TASK, dataset, model, (CLEAN,)), folder, replicates=10)
    return directory.statistics("clean").to_pylist()


def equal(first, second) -> bool:
    return all(map(np.array_equal, first, second))


# Each convention, against the registered model of the same weights.


@pytest.fixture(scope="module", params=["save_clip", "save_siglip", "save_siglip2"])
def hugging_face(request, tmp_path_factory):
    """A folder of transformers, and what a person has of it in variables."""
    from transformers import AutoModel, AutoProcessor

    folder = getattr(tiny, request.param)(tmp_path_factory.mktemp(request.param))
    return folder, (AutoModel.from_pretrained(folder), AutoProcessor.from_pretrained(folder))


def test_a_model_of_transformers_scores_as_the_registered_one(hugging_face, some):
    folder, (net, processor) = hugging_face
    registered_one = TASK.model("pretrained", path=str(folder))
    expected = registered_one.predict(NOW, some)
    assert equal(own((net, processor)).predict(NOW, some), expected)
    parts = (net, processor.image_processor, processor.tokenizer)
    assert equal(own(parts).predict(NOW, some), expected)
    assert equal(own(net, processor=processor).predict(NOW, some), expected)
    protocol = registered_one.factors.get("protocol")
    assert own((net, processor)).factors.get("protocol") == protocol


@pytest.mark.parametrize("part", PARTS)
def test_it_is_adapted_as_the_registered_one_in_its_parts(hugging_face, some, part):
    folder, pair = hugging_face
    before = {name: value.clone() for name, value in pair[0].state_dict().items()}
    mine = own(pair, blocks=1, adaptation="ttm", part=part, **FEW)
    base = {"kind": "pretrained", "path": str(folder), "blocks": 1}
    theirs = adapted(base, **{**registered("ttm"), **FEW, "part": part})
    assert same_arrays(mine.prepare(NOW, some), theirs.prepare(NOW, some))
    after = pair[0].state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert all(weight.requires_grad for weight in pair[0].parameters())


def same_arrays(first, second) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


@pytest.fixture(scope="module", params=["clip", "siglip"])
def of_open_clip(request, tmp_path_factory):
    open_clip = pytest.importorskip("open_clip", reason="open_clip_torch is not installed")
    siglip = request.param == "siglip"
    folder = tiny.save_open_clip(tmp_path_factory.mktemp(request.param), siglip)
    net, prepare = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    return folder, (net, prepare, open_clip.get_tokenizer(f"local-dir:{folder}"))


def test_a_model_of_open_clip_scores_as_the_registered_one(of_open_clip, some):
    folder, triple = of_open_clip
    expected = TASK.model("open-clip", path=str(folder)).predict(NOW, some)
    net, prepare, tokenizer = triple
    assert equal(own(triple).predict(NOW, some), expected)
    assert equal(own(net, preprocess=prepare, tokenizer=tokenizer).predict(NOW, some), expected)


@pytest.mark.parametrize("part", PARTS)
def test_open_clip_is_adapted_as_the_registered_one_in_its_parts(of_open_clip, some, part):
    folder, triple = of_open_clip
    mine = own(triple, blocks=1, adaptation="ttm", part=part, **FEW)
    base = {"kind": "open-clip", "path": str(folder), "blocks": 1}
    theirs = adapted(base, **{**registered("ttm"), **FEW, "part": part})
    assert same_arrays(mine.prepare(NOW, some), theirs.prepare(NOW, some))


def test_the_preparation_of_training_is_refused():
    open_clip = pytest.importorskip("open_clip", reason="open_clip_torch is not installed")
    train, _ = (open_clip.image_transform(32, is_train=train) for train in (True, False))
    with pytest.raises(WrongCall, match="another tensor each time: it is that of training"):
        own((Towers(), train, tokens))


@pytest.mark.slow
def test_a_sentence_transformer_encodes_images_and_captions(some, tmp_path):
    from sentence_transformers import SentenceTransformer

    folder = tiny.save_clip(tmp_path)
    sentences = SentenceTransformer(str(folder), device="cpu")
    model, before = own(sentences), own_of(sentences).fingerprint
    expected = TASK.model("pretrained", path=str(folder))
    assert model.head.scale == pytest.approx(expected.head.scale)
    for mine, theirs in zip(model.predict(NOW, some), expected.predict(NOW, some), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4)
    assert own_of(sentences).fingerprint == before


# Objects of the user's own, against dual-mini and against plain code.


class Mine:
    """dual-mini as a person writes it who knows nothing of the suite: lists in, arrays out."""

    def __init__(self) -> None:
        self.net = DualMini()._net
        self.logit_scale = self.net.log_scale

    def encode_image(self, images):
        return self.net.image(stacked([np.asarray(image) for image in images]))

    def encode_text(self, texts):
        return self.net.text(numbered(texts))


class Sentences(Mine):
    """The same as sentence-transformers has it: one function, and the scale in a network."""

    encode_image = encode_text = None

    def encode(self, items):
        one = Mine.encode_text if isinstance(items[0], str) else Mine.encode_image
        return [row.detach().numpy() for row in one(self, items)]


def test_an_object_of_lists_has_the_statistics_of_the_registered_model(mini, tmp_path):
    expected = statistics(DualMini(), mini, tmp_path / "theirs")
    assert statistics(own(Mine()), mini, tmp_path / "mine") == expected
    assert statistics(own(Sentences()), mini, tmp_path / "sentences") == expected
    arrays = own(Mine(), images="arrays")
    assert statistics(arrays, mini, tmp_path / "arrays") == expected


@pytest.mark.parametrize("recipe", ["ttm", "simplematch"])
def test_its_adaptation_has_the_statistics_of_the_registered_one(mini, tmp_path, recipe):
    few = {"epochs": 2, "control": False}
    theirs = adapted({"kind": "dual-mini"}, **{**registered(recipe), **few})
    expected = statistics(theirs, mini, tmp_path / "theirs")
    mine = own(Mine(), adaptation=recipe, **few)
    assert statistics(mine, mini, tmp_path / "mine") == expected
    assert mine.factors["method"] == recipe


def test_an_adaptation_has_the_settings_of_the_config_of_its_name():
    assert own(Mine(), adaptation="ttm").recipe == registered_recipe("ttm")
    assert own(Mine(), adaptation="features-ttm").recipe == registered_recipe("features-ttm")
    assert own(Mine(), adaptation="ttm", epochs=3).recipe.epochs == 3


def registered_recipe(name):
    from benchsuite.api.config import settings

    (made,) = settings(["task=compositional", f"model={name}"])
    config = {k: v for k, v in made.model.items() if k not in ("kind", "base")}
    return adapted({"kind": "dual-mini"}, **config).recipe


def overlap(images, captions):
    """The share of red, if a caption says red: a function of scores with nothing behind it."""
    red = [np.asarray(image)[..., 0].mean() for image in images]
    return [[share * ("red" in caption) for caption in captions] for share in red]


class Scores:
    score = staticmethod(overlap)


def test_a_function_and_an_object_that_score_are_asked_group_by_group(mini, tmp_path):
    rows = statistics(own(overlap), mini, tmp_path / "function")
    assert rows == statistics(own(Scores()), mini, tmp_path / "object")
    for sample, scores in zip(
        mini.samples()[:3], own(overlap).predict(NOW, views(mini)), strict=False
    ):
        expected = overlap(sample.inputs["images"], sample.inputs["captions"])
        np.testing.assert_allclose(scores, expected)


def views(dataset) -> list[Inputs]:
    return [Inputs(sample.id, sample.inputs) for sample in dataset.samples()]


def test_a_constant_scorer_gets_nothing(mini, tmp_path):
    rows = statistics(own(constant), mini, tmp_path / "score")
    rows += statistics(own(Constant()), mini, tmp_path / "encode")
    keys = ("group_score", "group_match", "text_score", "individual_match")
    assert {row[key] for row in rows for key in keys} == {0.0}


def constant(images, captions):
    return np.ones((len(images), len(captions)))


class Constant:
    def encode_image(self, images):
        return np.ones((len(images), 3))

    encode_text = encode_image


# Tensors, with a preparation and a tokenizer: OpenAI's clip, and networks of one's own.


class Towers(nn.Module):
    """A network in CLIP's convention, of no library; with dropout, so that its mode shows."""

    def __init__(self, half: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.image, self.text = nn.Linear(27, 8), nn.EmbeddingBag(256, 8)
        self.dropout = nn.Dropout(0.5)
        self.logit_scale = nn.Parameter(torch.tensor(3.0))

    def encode_image(self, pixels):
        return self.dropout(self.image(pixels.flatten(1)))

    def encode_text(self, tokens):
        return self.dropout(self.text(tokens))


def prepare(image):
    pixels = np.asarray(image.resize((3, 3)), dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1)


def tokens(texts):
    return torch.tensor([list(text.encode()[:9].ljust(9)) for text in texts])


def plain(net, one: Inputs) -> np.ndarray:
    """The logits of a group in train-free torch, as CLIP's own script has them."""
    net = net.eval()
    with torch.no_grad():
        shown = torch.stack([prepare(Image.fromarray(image)) for image in one.fields["images"]])
        a = nn.functional.normalize(net.encode_image(shown), dim=-1)
        b = nn.functional.normalize(net.encode_text(tokens(one.fields["captions"])), dim=-1)
        return (net.logit_scale.exp() * a @ b.T).numpy()


def test_a_network_of_ones_own_runs_in_eval_mode_and_is_left_in_its_own(some):
    net = Towers().train()
    net.text.eval()
    found = own((net, prepare, tokens)).predict(NOW, some)
    modes = [part.training for part in net.modules()]
    assert modes == [True, True, False, True]
    for one, scores in zip(some, found, strict=True):
        np.testing.assert_allclose(scores, plain(net, one), rtol=1e-5)


def test_networks_that_an_object_holds_are_in_eval_mode_too(some):
    class Holder:
        def __init__(self):
            self.net = Towers().train()

        def encode_image(self, images):
            return self.net.encode_image(torch.stack([prepare(image) for image in images]))

        def encode_text(self, texts):
            return self.net.encode_text(tokens(texts))

    holder = Holder()
    model = own(holder)
    assert equal(model.predict(NOW, some), model.predict(NOW, some))
    assert holder.net.training
    assert model.head.scale == pytest.approx(np.exp(3.0))


@pytest.mark.parametrize("part", ["adapter", "all"])
def test_a_network_of_ones_own_is_adapted_and_stays_as_it_is(some, part):
    net = Towers()
    before = net.image.weight.clone()
    model = own((net, prepare, tokens), adaptation="simplematch", part=part, rate=0.1)
    arrays = model.prepare(NOW, some)
    assert not np.array_equal(arrays["scores"][:, 0], arrays["scores"][:, 1])
    expected = np.concatenate([plain(net, one).ravel() for one in some])
    np.testing.assert_allclose(arrays["scores"][0, 0], expected, rtol=1e-4)
    assert torch.equal(net.image.weight, before)


def test_a_network_that_cannot_be_cut_has_adapter_and_all(some):
    with pytest.raises(WrongCall, match="these towers have adapter and all, found 'blocks'"):
        own((Towers(), prepare, tokens), adaptation="ttm", part="blocks").prepare(NOW, some)
    with pytest.raises(WrongCall, match="this object has adapter alone, found 'all'"):
        own(Mine(), adaptation="ttm", part="all").prepare(NOW, some)


def test_attributes_of_a_network_count_as_its_preparation(some):
    net = Towers()
    expected = own((net, prepare, tokens)).predict(NOW, some)
    net.preprocess, net.tokenizer = prepare, tokens
    assert equal(own(net).predict(NOW, some), expected)


def test_half_precision_runs_in_half_precision(some):
    net = Towers().to(torch.bfloat16)
    found = own((net, prepare, tokens)).predict(NOW, some)
    assert all(scores.dtype == np.float32 and np.isfinite(scores).all() for scores in found)


def test_models_that_are_neither_clip_nor_siglip_go_by_their_feature_functions(some, tmp_path):
    class Other(nn.Module):
        """As transformers has them: outputs with a pooled part, inputs by name."""

        def __init__(self):
            super().__init__()
            self.towers = Towers()
            self.logit_scale = self.towers.logit_scale

        def get_image_features(self, pixel_values):
            pooled = self.towers.encode_image(pixel_values)
            return type("Output", (), {"pooler_output": pooled})()

        def get_text_features(self, input_ids):
            return self.towers.encode_text(input_ids)

    class Processor:
        def image_processor(self, images, return_tensors):
            return {"pixel_values": torch.stack([prepare(image) for image in images])}

        def tokenizer(self, texts, padding, truncation, max_length, return_tensors):
            return {"input_ids": tokens(texts)}

    model = own((Other(), Processor()))
    assert equal(model.predict(NOW, some), own((Towers(), prepare, tokens)).predict(NOW, some))
    with pytest.raises(WrongCall, match="this object has adapter alone"):
        own((Other(), Processor()), adaptation="ttm", part="all").prepare(NOW, some)


# The head.


def test_the_scale_is_the_models_own_or_else_it_is_stated():
    assert own((Towers(), prepare, tokens)).head.scale == pytest.approx(np.exp(3.0))
    assert "scale" not in own((Towers(), prepare, tokens)).factors
    assert own(Constant()).head.scale == 100
    assert own(Constant()).factors["scale"] == "100"
    told = own((Towers(), prepare, tokens), scale=20.0)
    assert (told.head.scale, told.factors["scale"]) == (20.0, "20")


def test_a_bias_makes_it_siglips_loss_unless_the_person_says_otherwise():
    assert own(Constant()).head.loss == "softmax"
    assert own(Constant(), bias=-10.0).head == own(Constant(), bias=-10.0, loss="sigmoid").head
    assert own(Constant(), bias=-10.0, loss="softmax").head.loss == "softmax"


def test_a_scale_that_is_no_logarithm_is_refused():
    mine = Mine()
    mine.logit_scale = 100.0
    with pytest.raises(WrongCall, match=r"found 100; state the scale with .*'scale': 100"):
        own(mine)
    assert own(mine, scale=100.0).head.scale == 100


# Which model it is.


def test_the_fingerprint_covers_the_object_and_every_option():
    made = [
        own(Mine()),
        TASK.own(object=Mine(), name="mine", fingerprint="g"),
        own(Mine(), images="arrays"),
        own(Mine(), scale=2.0),
        own(Mine(), loss="sigmoid"),
        own(Mine(), chunk=8),
        own(Mine(), adaptation="ttm"),
        own(Mine(), adaptation="ttm", seed=1),
        own(Mine(), adaptation="ttm", adapter="shift"),
        own((Towers(), prepare, tokens), blocks=1),
        own((Towers(), prepare, tokens)),
        own(Towers(), preprocess=prepare, tokenizer=tokens),
    ]
    assert len({model.fingerprint for model in made}) == len(made)
    assert own(Mine()).fingerprint == TASK.own(object=Mine(), name="b", fingerprint="f").fingerprint


def test_an_object_that_was_used_and_adapted_is_still_the_same_model(
    of_open_clip, hugging_face, some
):
    for thing in (of_open_clip[1], hugging_face[1]):
        before = own_of(thing)
        own(thing).predict(NOW, some)
        own(thing, adaptation="ttm", part="all", **FEW).prepare(NOW, some)
        before.check_unchanged()
        assert own_of(thing).fingerprint == before.fingerprint


def test_worker_processes_get_the_same_model(of_open_clip, hugging_face, some):
    for thing in (of_open_clip[1], hugging_face[1], Mine(), Scores()):
        model = own(thing)
        sent = pickle.loads(pickle.dumps(model))
        assert equal(sent.predict(NOW, some), model.predict(NOW, some))


# What is refused before anything runs.


class Both(Mine):
    def score(self, images, captions):
        return constant(images, captions)


class Jina(Mine, nn.Module):
    def __init__(self):
        nn.Module.__init__(self)

    get_image_features = get_text_features = Mine.encode_text


class Half:
    def encode_image(self, images):
        return images


REFUSED = [
    (object(), {}, "expected an object with encode_image and encode_text, .*; found a object"),
    (Half(), {}, "expected an object with encode_image .*; found a Half"),
    ("dual-mini", {}, "expected an object, found the text 'dual-mini'"),
    (Mine, {}, r"found the class Mine: hand over Mine\(...\)"),
    (lambda images: images, {}, "expected an object with .*; found the function <lambda>"),
    (Both(), {}, "a Both has score and encode_image: say which"),
    (Jina(), {}, "a Jina has encode_image and get_image_features: say which"),
    ((Towers(), prepare), {}, r"expected \(model, preprocess, tokenizer\), or \(model, processor\)"),
    (Towers(), {"preprocess": prepare}, "needs its preprocess and its tokenizer, found preprocess"),
    ((Towers(), tokens, prepare), {}, "preprocess of .*: expected a function of one argument"),
    ((Towers(), prepare, list), {}, "tokenizer of .*: expected tensors of one row a caption"),
    (Mine(), {"convention": "clip"}, "model.convention: expected one of tensors, lists"),
    (Mine(), {"convention": "score"}, "score needs score, found a Mine"),
    (Mine(), {"convention": "tensors"}, "preprocess of .*: expected a function"),
    (Mine(), {"images": "torch"}, "model.images: expected one of pil, arrays, found 'torch'"),
    (Mine(), {"scale": "big"}, "model.scale: expected a number above 0, found 'big'"),
    (Mine(), {"scale": -1.0}, "model.scale: expected a number above 0, found -1.0"),
    (Mine(), {"bias": float("nan")}, "model.bias: expected a number, found nan"),
    (Mine(), {"loss": "triplet"}, "model.loss: expected one of softmax, sigmoid"),
    (Mine(), {"chunk": 0}, "model.chunk: expected a whole number of 1 or more, found 0"),
    (Mine(), {"adaptation": "tttm"}, "model.adaptation: expected one of .*did you mean .*ttm"),
    (Mine(), {"epochs": 3}, "model.epochs: needs model.adaptation, such as ttm"),
    (Mine(), {"imagez": "pil"}, "model.imagez: no such option .*images"),
    (Mine(), {"adaptation": "ttm", "rate": -1}, "model.rate: expected a number above 0"),
    (overlap, {"adaptation": "ttm"}, "a function of scores has no features to adapt"),
    (Towers(), {"preprocess": lambda i: i, "tokenizer": tokens}, "model.preprocess: .*lambda"),
]  # fmt: skip


@pytest.mark.parametrize(("thing", "options", "message"), REFUSED)
def test_what_fits_no_convention_is_one_line(thing, options, message):
    with pytest.raises(WrongCall, match=message) as error:
        own(thing, **options)
    assert "\n" not in str(error.value)


def test_a_model_of_transformers_without_its_processor_is_one_line(hugging_face):
    _, (net, processor) = hugging_face
    with pytest.raises(WrongCall, match=r"needs its processor, .* hand over \(model, processor\)"):
        own(net)
    with pytest.raises(WrongCall, match=r"found a \w*Token\w*: hand over"):
        own((net, processor.tokenizer))


def test_a_model_of_open_clip_without_its_preparation_is_one_line(of_open_clip):
    _, (net, _, _) = of_open_clip
    with pytest.raises(WrongCall, match=r"found neither: hand over \(model, preprocess, tokenizer"):
        own(net)


def test_weights_that_are_not_finite_are_refused():
    net = Towers()
    with torch.no_grad():
        net.image.weight[0, 0] = torch.nan
    with pytest.raises(BadModel, match=r"image\.weight: expected finite weights, found NaN"):
        own((net, prepare, tokens))


# What an object gives that is none of the field's, or breaks: one line with the sample's id.


class Broken:
    """Encodes well but for images: what it gives of them is `make` of their number."""

    def __init__(self, make):
        self.make = make

    def encode_image(self, images):
        return self.make(len(images))

    def encode_text(self, texts):
        return np.eye(len(texts), 4)


def fails(count):
    raise RuntimeError(f"no memory\nfor {count}")


GIVEN = [
    (lambda n: None, "expected an array of numbers, found NoneType"),
    (lambda n: "features", "expected an array of numbers, found str"),
    (lambda n: {"features": np.ones((n, 4))}, "expected an array of numbers, found dict"),
    (lambda n: np.ones((n + 1, 4)), r"encode_image: expected an array \(1, d\), found \(2, 4\)"),
    (lambda n: np.ones((n, 4), dtype=complex), "expected an array of numbers"),
    (lambda n: np.ones((n, 2, 2)), r"expected an array \(1, d\), found \(1, 2, 2\)"),
    (lambda n: np.ones((n, 0)), r"expected an array \(1, d\), found \(1, 0\)"),
    (lambda n: [np.ones(4), np.ones(3)], "expected an array of numbers, found list"),
    (lambda n: np.ones((n, 5)), "as many features, found 5 and 4"),
    (lambda n: np.full((n, 4), np.nan), "expected a finite number, found nan"),
    (fails, r"RuntimeError: no memory for 1 \(test_own.py"),
]  # fmt: skip


@pytest.fixture(scope="module")
def single(mini):
    """Groups of one image and four captions."""
    return mini.only([sample for sample in mini.samples() if len(sample.inputs["images"]) == 1])


@pytest.mark.parametrize(("make", "message"), GIVEN)
def test_features_that_are_none_name_the_sample(single, tmp_path, make, message):
    first = min(sample.id for sample in single.samples())
    with pytest.raises(BadData, match=f"sample '{first}'.*{message}") as error:
        statistics(own(Broken(make)), single, tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("make", "message"), GIVEN)
def test_so_they_do_while_a_model_is_adapted(single, make, message):
    message = message.replace("a finite number", "finite scores")
    with pytest.raises(BadData, match=f"group '[a-z]+-1x4-[0-9]+': .*{message}") as error:
        own(Broken(make), adaptation="ttm").prepare(NOW, views(single))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: iter(np.ones((n, 4))),
        lambda n: [torch.ones(4) for _ in range(n)],
        lambda n: torch.ones(n, 4, dtype=torch.bfloat16, requires_grad=True),
        lambda n: np.ones((n, 4)).tolist(),
        lambda n: np.ones((n, 4), dtype=np.int8),
    ],
)
def test_rows_of_numbers_of_any_kind_are_taken(single, make):
    expected = own(Broken(lambda n: np.ones((n, 4)))).predict(NOW, views(single))
    assert equal(own(Broken(make)).predict(NOW, views(single)), expected)


def test_one_image_may_come_without_its_dimension(single):
    squeezed = own(Broken(lambda n: np.ones((n, 4)).squeeze()), chunk=1)
    expected = own(Broken(lambda n: np.ones((n, 4))), chunk=1)
    assert equal(squeezed.predict(NOW, views(single)), expected.predict(NOW, views(single)))


def test_a_function_of_lists_that_wants_tensors_is_told_how(some):
    class Wants(Constant):
        def encode_image(self, images):
            return images.mean()

    with pytest.raises(BadData, match=r"hand over \(model, preprocess, tokenizer\)"):
        own(Wants()).predict(NOW, some)


SCORES = [
    (lambda i, c: None, "expected an array of numbers, found NoneType"),
    (lambda i, c: np.ones((len(i), len(c) + 1)), r"expected scores \(1, 4\).*found \(1, 5\)"),
    (lambda i, c: np.ones((len(c), len(i))), r"expected scores \(1, 4\).*found \(4, 1\)"),
    (lambda i, c: np.ones((2, len(i), len(c))), r"expected scores \(1, 4\).*\(2, 1, 4\)"),
    (lambda i, c: np.ones((len(i), len(c)), complex), "found one of complex128"),
    (lambda i, c: [[np.nan] * len(c)] * len(i), "expected a finite number, found nan"),
    (lambda i, c: [["high"] * len(c)] * len(i), "expected an array of numbers, found list"),
    (lambda i, c: 1 / 0, "ZeroDivisionError"),
]  # fmt: skip


@pytest.mark.parametrize(("score", "message"), SCORES)
def test_scores_that_are_none_name_the_sample(single, tmp_path, score, message):
    first = min(sample.id for sample in single.samples())
    with pytest.raises(BadData, match=f"sample '{first}'.*{message}") as error:
        statistics(own(score), single, tmp_path)
    assert "\n" not in str(error.value)


def test_a_row_of_scores_or_a_tensor_will_do(single):
    expected = own(constant).predict(NOW, views(single))
    for score in (lambda i, c: [1.0] * len(c), lambda i, c: torch.ones(len(i), len(c))):
        assert equal(own(score).predict(NOW, views(single)), expected)


def test_one_broken_group_does_not_fail_its_neighbours(single, tmp_path):
    broken = single.samples()[3].id
    captions = single.samples()[3].inputs["captions"]

    def score(images, texts):
        return None if texts == captions else constant(images, texts)

    run = Run(TASK, single, own(score), (CLEAN,), on_error="skip")
    table = evaluate(run, tmp_path, replicates=10).statistics("clean").to_pylist()
    assert [row["sample_id"] for row in table if row.get("error")] == [broken]
