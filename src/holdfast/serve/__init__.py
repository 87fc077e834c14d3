"""The doors for programs: the MLflow model."""
