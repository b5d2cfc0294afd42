"""The core's Hydra configuration."""
