"""Training a model: the loop over epochs, the step on a batch, the feed of batches, and steps as flat programs."""
