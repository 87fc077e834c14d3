"""What columns are called, in several languages: names help, contents decide."""
