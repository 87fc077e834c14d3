"""What every model learns with: logistic regression, trees, calibration, intervals, discovery, parallel work."""
