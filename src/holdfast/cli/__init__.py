"""The command line: each command is a sentence; the work is done by ``pipeline``."""

import os
import sys

from holdfast.cli.commands import app
from holdfast.disk import refusal
from holdfast.errors import HoldfastError
from holdfast.learn.parallel import Crew

INTERRUPTED, BUG = 130, 70


def main() -> None:
    """Run a command; errors go to stderr, and the exit code says which kind (see ``holdfast --help``)."""
    try:
        app()
    except HoldfastError as error:
        print(f"holdfast: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has enough (`| head`); Python must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if os.environ.get("HOLDFAST_DEBUG"):
            raise
        if isinstance(error, OSError):
            refused = refusal(error)
            print(f"holdfast: {refused}", file=sys.stderr)  # noqa: T201
            sys.exit(refused.exit_code)
        # The message itself may quote customers' data, so only its kind and place are shown.
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f" ({os.path.basename(place.tb_frame.f_code.co_filename)}, line {place.tb_lineno})" if place else ""  # noqa: PTH119
        print(  # noqa: T201
            f"holdfast: {type(error).__name__}{where}: this is a bug in Holdfast. "
            "Nothing was written. HOLDFAST_DEBUG=1 shows the whole traceback, which may quote your data.",
            file=sys.stderr,
        )
        sys.exit(BUG)
    finally:
        # After an error or Ctrl-C nobody waits for what has not begun.
        Crew.dismiss()
