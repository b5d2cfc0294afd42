"""Tiny models at random weights, saved in their upstream layouts; and small datasets."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from string import ascii_letters
from typing import Any

import numpy as np
from PIL import Image

from benchsuite.dataset import Inputs
from benchsuite_tasks.compositional.datasets import winoground as data

WORDS = ["a", "red", "blue", "cat", "dog", "on", "under", "the", "box", "left", "right", "of"]
SIDE = 32


def save_clip(folder: Path, seed: int = 0) -> Path:
    from transformers import CLIPConfig, CLIPModel

    layers = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={**layers, "num_hidden_layers": 3, "vocab_size": 20, "max_position_embeddings": 12,
                     "eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0},
        vision_config={**layers, "num_hidden_layers": 3, "image_size": SIDE, "patch_size": 8},
        projection_dim=8,
    )  # fmt: skip
    return _save(folder, seed, lambda: CLIPModel(config), "CLIPImageProcessor")


def save_siglip(folder: Path, seed: int = 0, vocabulary: int = 20) -> Path:
    from transformers import SiglipConfig, SiglipModel

    layers = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    config = SiglipConfig(
        text_config={**layers, "num_hidden_layers": 3, "max_position_embeddings": 12,
                     "vocab_size": vocabulary,
                     "projection_size": 16, "eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0},
        vision_config={**layers, "num_hidden_layers": 3, "image_size": SIDE, "patch_size": 8},
    )  # fmt: skip
    return _save(folder, seed, lambda: SiglipModel(config), "SiglipImageProcessor")


def save_siglip2(folder: Path, **told: Any) -> Path:
    """A SigLIP with Gemma's tokenizer, of letters; `told` is written into its configuration."""
    from tokenizers import Tokenizer, normalizers
    from tokenizers.models import BPE

    save_siglip(folder, vocabulary=64)
    signs = ["<pad>", "<eos>", "<bos>", "<unk>", "\u2581", *ascii_letters]
    tokenizer = Tokenizer(
        BPE(vocab={s: i for i, s in enumerate(signs)}, merges=[], unk_token="<unk>")  # noqa: S106
    )
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {
        "pad_token": "<pad>",
        "eos_token": "<eos>",
        "bos_token": "<bos>",
        "unk_token": "<unk>",
    }
    config = {"tokenizer_class": "GemmaTokenizer", **special, **told}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def in_capitals(some: Sequence[Inputs]) -> list[Inputs]:
    """The same groups, their captions in capitals."""
    return [
        Inputs(one.id, {**one.fields, "captions": [c.upper() for c in one.fields["captions"]]})
        for one in some
    ]


def _save(folder: Path, seed: int, make: Callable[[], object], processor: str) -> Path:
    import torch
    import transformers
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    torch.manual_seed(seed)
    net = make()
    with torch.no_grad():
        for parameter in net.parameters():  # larger than the usual start, so that scores differ
            parameter.add_(0.2 * torch.randn_like(parameter)) if parameter.ndim else None
        net.logit_scale.fill_(2.0)
    net.save_pretrained(folder)
    vocabulary = {"<pad>": 0, "<unk>": 1, "<s>": 2, "</s>": 3}
    vocabulary |= {word: number for number, word in enumerate(WORDS, start=4)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    special = {"pad_token": "<pad>", "unk_token": "<unk>", "eos_token": "</s>", "bos_token": "<s>"}
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)
    fast.save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    getattr(transformers, processor)(size=size, crop_size=size).save_pretrained(folder)
    return folder


def save_open_clip(folder: Path, siglip: bool = False) -> Path:
    """`open_clip_config.json` and `open_clip_model.safetensors`; open_clip has its own tokenizer."""
    import torch
    from open_clip.model import CLIP, CustomTextCLIP
    from safetensors.torch import save_file

    layers = {"layers": 3, "width": 16}
    config = {
        "embed_dim": 8,
        "vision_cfg": {
            **layers,
            "image_size": SIDE,
            "head_width": 8,
            "patch_size": 8,
        },
        "text_cfg": {**layers, "context_length": 12, "heads": 2, "proj_bias": siglip},
        **({"init_logit_bias": -1.0} if siglip else {}),
    }
    torch.manual_seed(0)
    net = CustomTextCLIP(**config) if siglip else CLIP(**config)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter)) if parameter.ndim else None
        net.logit_scale.fill_(2.0)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {k: v.contiguous() for k, v in net.state_dict().items()},
        folder / "open_clip_model.safetensors",
    )
    known = {
        "model_cfg": {**config, "custom_text": siglip},
        "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3},
    }
    (folder / "open_clip_config.json").write_text(json.dumps(known))
    return folder


def inputs(path: Path) -> list[Inputs]:
    """The inputs of `winoground`, written below `path`."""
    dataset = data.winoground(str(winoground(path)))
    return [Inputs(sample.id, sample.inputs) for sample in dataset.samples()]


def picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def captions(number: int) -> list[str]:
    colours = ("red", "blue") if number % 2 else ("blue", "red")
    return [f"the {colours[0]} cat on the box", f"the {colours[1]} dog on the box"]


def winoground(folder: Path, groups: int = 6) -> Path:
    """`data/examples.jsonl` and `data/images/`."""
    rows = []
    for n in range(groups):
        for i in (0, 1):
            picture(folder / f"data/images/ex_{n}_img_{i}.png", 2 * n + i)
        rows.append(
            {"id": n, "image_0": f"ex_{n}_img_0", "image_1": f"ex_{n}_img_1", "tag": "Noun",
             "caption_0": captions(n)[0], "caption_1": captions(n)[1], "secondary_tag": "Series",
             "collapsed_tag": ("Object", "Relation")[n % 2], "num_main_preds": 1}
        )  # fmt: skip
    (folder / "data/examples.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return folder


def mmvp(folder: Path, groups: int = 4) -> Path:
    """`Questions.csv` and `MLLM_VLM Images/<Type>/<id>.jpg`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "Questions.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Question ID", "Type", "Statement"])
        for n in range(groups):
            kind = ("Color and Appearance", "Quantity and Count")[n % 2]
            for i in (0, 1):
                number = 2 * n + i + 1
                writer.writerow([number, kind, captions(n)[i]])
                picture(folder / f"MLLM_VLM Images/{kind}/{number}.jpg", number)
    return folder


def save_llava(
    folder: Path, words: tuple[str, ...] = ("yes", "Yes", "no"), template: bool = True
) -> Path:
    """A LLaVA of a CLIP tower and a Llama, whose tokens are words."""
    import torch
    import transformers
    from tokenizers import AddedToken, Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    asked = [
        "Does",
        "this",
        "image",
        "show",
        '"',
        '"?',
        "Answer",
        "with",
        "or",
        ".",
        "USER",
        "ASSISTANT",
        ":",
    ]
    vocabulary = {"<pad>": 0, "<unk>": 1, "<s>": 2, "</s>": 3, "<image>": 4}
    vocabulary |= {
        word: n for n, word in enumerate(dict.fromkeys([*WORDS, *asked, *words]), start=5)
    }
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.add_special_tokens([AddedToken("<image>", special=True)])
    special = {"pad_token": "<pad>", "unk_token": "<unk>", "eos_token": "</s>", "bos_token": "<s>"}
    layers = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
    }
    torch.manual_seed(0)
    net = transformers.LlavaForConditionalGeneration(
        transformers.LlavaConfig(
            vision_config=transformers.CLIPVisionConfig(**layers, image_size=SIDE, patch_size=8),
            text_config=transformers.LlamaConfig(**layers, num_key_value_heads=2, vocab_size=len(vocabulary),
                                                 pad_token_id=0, bos_token_id=2, eos_token_id=3),
            image_token_index=4, vision_feature_layer=-1,
        )
    )  # fmt: skip
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    net.save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    said = "{% for m in messages %}USER: {% for c in m['content'] %}{% if c['type'] == 'image' %}<image> {% else %}{{ c['text'] }}{% endif %}{% endfor %} ASSISTANT:{% endfor %}"
    transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=size),
        tokenizer=transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special),
        patch_size=8, vision_feature_select_strategy="default", num_additional_image_tokens=1,
        chat_template=said if template else None,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def check_cut(model: Any, part: str, some: list[Inputs]) -> None:
    """A model that is cut before its trained part makes the features that the whole one makes."""
    import torch

    from benchsuite_tasks.compositional.models.adaptation.tower import cached

    tower = model.tower(part)
    cache = cached(tower, some)
    module = tower.reset(0).eval()
    assert any(p.requires_grad for p in module.parameters())
    with torch.no_grad():
        images, texts = tower.images(cache.images), tower.texts(cache.texts)
    expected = model.encode(some)
    np.testing.assert_allclose(images, np.concatenate([i for i, _ in expected]), atol=1e-5)
    np.testing.assert_allclose(texts, np.concatenate([t for _, t in expected]), atol=1e-5)
