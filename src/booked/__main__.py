"""`python -m booked` is the command `booked`."""

from booked.cli import main

if __name__ == "__main__":
    main()
