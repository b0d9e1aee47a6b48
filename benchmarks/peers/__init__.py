"""The same training iterations as Tightrope's benchmarks, in PyTorch and in JAX."""
