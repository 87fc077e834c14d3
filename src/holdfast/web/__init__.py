"""The web page: the report's blocks live, every table to filter, sort and take along, and a form that makes a list.

It has no logic of its own: it shows what the commands wrote, and calls what they call.
"""

from holdfast.web.app import create_app
from holdfast.web.server import serve, set_password

__all__ = ["create_app", "serve", "set_password"]
