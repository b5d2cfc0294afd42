"""Instance segmentation under corruptions and out of distribution."""
