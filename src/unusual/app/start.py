"""Where a command begins: loading the command line takes half a second, in which Ctrl-C must be as silent as later.

No more than the errors is loaded here: it may be all that there is memory for.
"""

import os
import signal
import sys
from contextlib import suppress

from unusual.errors import NO_MEMORY, lacks_memory

USER_MISTAKE, INTERRUPTED = 2, 130


def main() -> int:
    """Run the command line. What OpenCV would print of a broken picture is said by us, in a line.

    Who is stopped ends at once: threads that are in the midst of a library's own code would make Python's usual way
    out end in SIGABRT.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    try:
        from unusual.app import cli

        code = cli.main()
        for kind in (signal.SIGINT, signal.SIGTERM):  # of somebody impatient: it is over already
            signal.signal(kind, signal.SIG_IGN)
        if code == INTERRUPTED:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)  # in the midst of the imports, or on the way out: nothing more is to be said
    except Exception as error:
        if not lacks_memory(error):
            raise
        sys.stderr.write(f"unusual: {NO_MEMORY}\n")
        return USER_MISTAKE
    return code
