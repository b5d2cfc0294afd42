"""Accuracy of sampled answers: avg@k, pass@k and maj@k, with the question as cluster."""
