"""What is made of the task's results: figures, and fairlearn's MetricFrame."""
