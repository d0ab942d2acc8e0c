"""Where a command begins: loading the command line takes half a second, in which Ctrl-C must be as silent as later."""

import os

INTERRUPTED = 130


def main() -> int:
    """Run the command line. What OpenCV would print of a broken picture is said by us, in a line."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    try:
        from unusual.app import cli

        return cli.main()
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)  # in the midst of the imports: nothing is begun, and nothing is to be said
