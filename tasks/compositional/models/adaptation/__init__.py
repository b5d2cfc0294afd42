"""Test-Time Matching (arXiv 2510.07632): pseudo-labels, what is trained on them, and the loop."""
