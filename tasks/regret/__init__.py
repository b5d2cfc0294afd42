"""The task `regret`: what each group loses against its best model in hindsight."""
