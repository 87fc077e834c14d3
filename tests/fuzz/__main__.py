"""``make fuzz``."""

# In a module of its own: workers import it by its name.
from tests.fuzz.many import main

if __name__ == "__main__":
    main()
