"""What the page refuses, with the status it answers with; a sentence never echoes what was asked."""

from holdfast.errors import ConfigError, HoldfastError, NotFoundError, StorageError


class PageError(HoldfastError):
    """A request that is not answered: status and a sentence for the page."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def status_of_error(error: HoldfastError) -> int:
    """Return the HTTP status of something Holdfast refuses to do.

    Examples
    --------
    >>> status_of_error(NotFoundError("no scores yet")), status_of_error(PageError(403, "no"))
    (404, 403)
    """
    if isinstance(error, PageError):
        return error.status
    for kind, status in ((NotFoundError, 404), (ConfigError, 400), (StorageError, 503)):
        if isinstance(error, kind):
            return status
    return 422 if error.exit_code in (3, 4) else 500
