"""`python -m unusual`."""

from unusual.app.start import main

if __name__ == "__main__":
    raise SystemExit(main())
