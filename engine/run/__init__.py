"""Where and in what pieces a model is computed; results never depend on the pieces."""
