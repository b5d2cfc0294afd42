"""What a person sees of a question and its answers."""
