"""`python -m unusual`."""

from unusual.app.cli import main

raise SystemExit(main())
