"""What the words of a line say of it: sold, not sold, taken back, or not yet known."""
