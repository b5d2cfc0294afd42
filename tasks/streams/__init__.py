"""The task `streams`: the fairness of an online learner over time."""
