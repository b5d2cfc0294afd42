"""Where the datasets come from, and what they hold: facts, each with who says so."""

from typing import Final

from benchsuite.dataset import Dataset
from benchsuite.task import Access, Content, File, Origin, Part, Repository

from .winoground import REPOSITORY

CREPE: Final = "0047054b243992f0fad63d6f64f7544862daf846"
"""The commit of RAIVNLab/sugar-crepe whose files were hashed here on 2026-11-28."""
SUBSETS: Final = {
    "add_att": (692, 158_863, "012d88d729693d193760e6f3393b06a1cf874380a9db0062e937201199fe044d"),
    "add_obj": (2062, 484_593, "1b9d76b93139a937b8dc1ada92a4f05ecc821bb3c291d752428bafadd4bb0682"),
    "replace_att": (
        788, 176_843, "9fe55fd4c0a9ad1f85d486d9f6d0215b41f867eb025026e7f7b5ce44352545ee"
    ),
    "replace_obj": (
        1652, 361_126, "9d299600639947e9d15281a9ded1382b376cf4ea088a8d08a1314bfe76e81898"
    ),
    "replace_rel": (
        1406, 312_629, "356bcc2fc4c6aed3f4d9fd50acc58489bb1fe70c28791f9368d4cbf9ea39cdc9"
    ),
    "swap_att": (666, 154_665, "7a7ce04e5c4c80412b48c6f0c1347fb1a2f5d54c0be6aa429b64d390e442f8d0"),
    "swap_obj": (245, 57_569, "073cdb8e253d053614e80710834d9773b09dbc1dd0a412f6f9492262caa1dcad"),
}  # fmt: skip
"""SugarCrepe's subsets: groups, bytes and SHA-256 of the file."""

WINOGROUND: Final = "https://huggingface.co/datasets/facebook/winoground"
ORIGINS: Final = {
    "shapes-mini": Origin(
        title="generated scenes of shapes, 480 groups of 2x2 and 240 of 1x4",
        licence="Apache-2.0",
        public=True,
        access=Access.INCLUDED,
        contents=(Content({"samples": 720}, "its generator"),),
    ),
    "winoground": Origin(
        title="Winoground: do two captions of the same words fit two images?",
        licence="research only",
        rights="Meta's images of Getty Images; no redistribution",
        access=Access.GATED,
        homepage=WINOGROUND,
        terms=WINOGROUND,
        citation="Thrush et al., CVPR 2022, https://arxiv.org/abs/2204.03162",
        layout=(
            Part("data/examples.jsonl", "400 groups with captions, tags and names of images"),
            Part("data/images*", "images.zip, or a folder images/"),
        ),
        repositories=(Repository(*REPOSITORY, ("data/*",)),),
        places=("difficulty",),
        contents=(Content({"samples": 400}, "the paper"),),
    ),
    "winoground-features": Origin(
        title="Winoground as embeddings of OpenCLIP ViT-B/32 (laion2b), with its tags",
        licence="research only",
        access=Access.OPEN,
        homepage="https://github.com/nielspac177/MCC225-Winoground-v3",
        citation="Thrush et al., CVPR 2022, https://arxiv.org/abs/2204.03162",
        layout=(
            Part("*.npz", "`image` and `text`, float32 (400, 2, d)"),
            Part("tags.csv", "id, tag, secondary_tag, collapsed_tag, num_main_preds"),
            Part("diwan_tags.json", "difficulty tags, {id: [tag, ...]}", needed=False),
        ),
        steps=(
            "take the embeddings and tags from the homepage, or encode Winoground yourself, and "
            "write them in the layout above",
        ),
        contents=(
            Content(
                {"samples": 400, "tag=Relation": 233, "tag=Object": 141, "tag=Both": 26},
                "measured 2026-11-28 on the embeddings of the homepage",
                fingerprint="827b2104e81c9e44e521587081f7ac0e",
            ),
        ),
    ),
    "mmvp-vlm": Origin(
        title="MMVP-VLM: pairs of images that CLIP takes for one, in nine visual patterns",
        licence="MIT",
        access=Access.OPEN,
        homepage="https://huggingface.co/datasets/MMVP/MMVP_VLM",
        citation="Tong et al., CVPR 2024, https://arxiv.org/abs/2401.06209",
        layout=(
            Part("Questions.csv", "Question ID, Type, Statement; two rows a group"),
            Part("MLLM_VLM Images/*/*.jpg", "<Type>/<Question ID>.jpg"),
        ),
        repositories=(
            Repository(
                "MMVP/MMVP_VLM",
                "69218ac4ba2ec1fa303ba9b1b4bff54c0b5516c6",
                ("Questions.csv", "MLLM_VLM Images/*"),
            ),
        ),
        contents=(Content({"samples": 135}, "the page of tsb0601/MMVP: 15 pairs in 9 patterns"),),
    ),
    "colorswap": Origin(
        title="ColorSwap: captions of the same words, with colours exchanged",
        licence="MIT",
        access=Access.GATED,
        homepage="https://github.com/Top34051/colorswap",
        terms="https://huggingface.co/datasets/stanfordnlp/colorswap",
        citation="Burapacheep et al., ACL Findings 2024, https://arxiv.org/abs/2402.04492",
        layout=(Part("**/test*", "test*.parquet of the Hub, or the authors' test.json + images"),),
        repositories=(Repository("stanfordnlp/colorswap", patterns=("*.parquet",)),),
        steps=(
            "without a token: the homepage links the authors' archive, test.json and images.zip",
        ),
        contents=(
            Content({"samples": 300}, "the authors' 300 test groups"),
            Content({"samples": 300}, "the same", options={"images": "none"}),
        ),
    ),
    "whatsup": Origin(
        title="What's Up: where one object is, seen from another",
        licence="MIT",
        access=Access.OPEN,
        homepage="https://github.com/amitakamath/whatsup_vlms",
        citation="Kamath et al., EMNLP 2023, https://arxiv.org/abs/2310.19785",
        layout=(
            Part("controlled_*_dataset.json", "controlled_images (A) or controlled_clevr (B)"),
            Part("controlled_*/*", "the photographs, in a folder of that name"),
        ),
        steps=(
            "take controlled_images_dataset.json, controlled_clevr_dataset.json and both folders "
            "of photographs from the Google Drive that the homepage links",
        ),
    ),
    "sugarcrepe": Origin(
        title="SugarCrepe: a caption and a hard negative that a language model wrote",
        licence="MIT",
        rights="the photographs are COCO's val2017: `benchsuite data info coco`",
        access=Access.OPEN,
        homepage="https://github.com/RAIVNLab/sugar-crepe",
        citation="Hsieh et al., NeurIPS 2023, https://arxiv.org/abs/2306.14610",
        layout=(Part("*.json", "a file a subset: {id: {filename, caption, negative_caption}}"),),
        files=tuple(
            File(
                f"https://raw.githubusercontent.com/RAIVNLab/sugar-crepe/{CREPE}/data/{name}.json",
                f"{name}.json", size, sha256,
            )
            for name, (_, size, sha256) in SUBSETS.items()
        ),
        contents=(
            Content(
                {
                    "samples": sum(count for count, _, _ in SUBSETS.values()),
                    **{f"subset={name}": count for name, (count, _, _) in SUBSETS.items()},
                },
                "measured 2026-11-28 on the authors' files, without images",
                fingerprint="10c6a5df0e4ad88669deb98ecd4f8c84",
            ),
        ),
    ),
    "pairs": Origin(
        title="groups of your own, a JSONL file",
        licence="your own",
        access=Access.OWN,
        layout=(Part("*.jsonl", "id, images, captions; dataset.path=FILE"),),
    ),
}  # fmt: skip


def contents(dataset: Dataset) -> dict[str, int]:
    """The images and captions of all groups, each as often as groups have it."""
    shapes = [sample.truth.shape for sample in dataset.samples()]
    images, captions = (sum(counts) for counts in zip(*shapes, strict=True))
    return {"images": images, "captions": captions}
