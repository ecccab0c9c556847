"""``python -m probanda`` is the ``probanda`` command."""

from .cli import main

if __name__ == "__main__":
    main()
