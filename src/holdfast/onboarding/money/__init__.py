"""What a line is worth: which column says it, how numbers are written, and in which currency."""
