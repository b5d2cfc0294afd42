"""Models: words in common, and encoders of sentences, whitened or not."""
