"""What trained models share: checkpoints, cards, safe weights, the device."""
