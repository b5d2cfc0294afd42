"""The design factors of a model: what arXiv 2109.01123 compares, a column each."""

UNKNOWN = "unknown"


def design(
    stages: str = UNKNOWN,
    backbone: str = UNKNOWN,
    norm: str = UNKNOWN,
    initialisation: str = UNKNOWN,
    augmentation: str = UNKNOWN,
    resolution: str = UNKNOWN,
) -> dict[str, str]:
    """The factors by column; what the weights do not tell is `unknown`.

    stages          one, two, cascade; queries for transformers, which have neither
    backbone        the feature extractor
    norm            batch, frozen batch, synchronised batch, group, layer
    initialisation  of the backbone: random, or what it was trained on before
    augmentation    of the training
    resolution      of the training, in pixels
    """
    return {
        "stages": stages,
        "backbone": backbone,
        "norm": norm,
        "initialisation": initialisation,
        "augmentation": augmentation,
        "training_resolution": resolution,
    }
