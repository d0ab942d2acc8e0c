"""Video anomaly detection: when, where and why something unusual happens before a camera."""
