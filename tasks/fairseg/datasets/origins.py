"""Where the datasets come from, and what they hold: facts, each with who says so."""

from typing import Final

from benchsuite.task import Access, Content, Origin, Part

MASKS: Final = (
    Part("images/*", "ID.png and the like: 8 bits, grey or RGB"),
    Part("masks/*", "ID.png: a label map, 0 is background; or annotations.json", needed=False),
    Part("attributes.csv", "a row a sample: id, attributes, perhaps a cluster and a split"),
)
ORIGINS: Final = {
    "fundus-mini": Origin(
        title="generated fundus images: optic rim and cup",
        licence="Apache-2.0",
        public=True,
        access=Access.INCLUDED,
    ),
    "masks": Origin(
        title="a directory of your own: images, label maps or COCO, a CSV of attributes",
        licence="your own",
        access=Access.OWN,
        layout=MASKS,
    ),
    "harvard-fairseg": Origin(
        title="Harvard-FairSeg: SLO fundus images of 10,000 subjects with six attributes",
        licence="CC BY-NC-ND 4.0",
        rights="non-commercial research",
        access=Access.FORM,
        homepage="https://github.com/Harvard-Ophthalmology-AI-Lab/FairSeg",
        terms="https://ophai.hms.harvard.edu/datasets/harvard-fairseg10k/",
        citation="Tian et al., ICLR 2024, https://arxiv.org/abs/2311.02189",
        layout=(
            Part("data_*.npz", "an image, its mask and six attributes a file"),
            Part("train.txt", "names of files, a line each", needed=False),
            Part("test.txt", "names of files, a line each"),
        ),
        steps=("ask for the data with the form on the page of its terms, and unpack it",),
        places=("lists",),
        contents=(
            Content({"samples": 2000}, "the authors' split"),
            Content({"samples": 8000}, "the authors' split", options={"split": "train"}),
        ),
    ),
    "lgg-mri": Origin(
        title="brain MR slices with tumour masks, lower-grade glioma of TCGA",
        licence="CC BY-NC-SA 4.0",
        access=Access.OPEN,
        homepage="https://www.kaggle.com/datasets/mateuszbuda/lgg-mri-segmentation",
        citation="Buda, Saha and Mazurowski 2019, https://arxiv.org/abs/1906.03720",
        layout=(
            Part("images/*", "ID.png: a FLAIR slice, 8 bits"),
            Part("masks/*", "ID.png: 1 is tumour"),
            Part(
                "attributes.csv",
                "id, patient, institution, gender_code, race_code, ethnicity_code, grade_code, age",
            ),
        ),
        steps=(
            "take the slices, masks and data.csv from the homepage, with an account there",
            "write the slices' FLAIR channel and the masks as PNG, and a row a slice",
        ),
    ),
    "nuclei": Origin(
        title="nuclei in microscope images of the 2018 Data Science Bowl, as one mask an image",
        licence="CC0",
        public=True,
        access=Access.OPEN,
        homepage="https://bbbc.broadinstitute.org/BBBC038",
        citation="Caicedo et al., Nature Methods 2019, https://doi.org/10.1038/s41592-019-0612-7",
        layout=(
            Part("images/*", "ID.png"),
            Part("annotations.json", "the nuclei in COCO's format"),
            Part("attributes.csv", "file_name, split, modality, magnification, crowding, size"),
        ),
        steps=("take the images as for bbbc038, and write the layout above",),
    ),
}
