"""One cell as people write it (a number, a date, an id) → an exact value, or why not, and which key would read it."""
