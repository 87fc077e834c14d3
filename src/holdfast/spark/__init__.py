"""The same door, features and scores inside an engine that speaks Spark Connect."""
