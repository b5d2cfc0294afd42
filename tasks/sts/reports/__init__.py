"""What a person sees of a pair of sentences."""
