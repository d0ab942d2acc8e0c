"""`python -m unusual`."""

from unusual.app.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
