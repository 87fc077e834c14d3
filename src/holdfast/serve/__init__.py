"""What programs call: the MLflow model."""
