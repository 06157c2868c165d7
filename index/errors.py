"""The errors of index, under one root."""

import os

from ingest.errors import Fault


class IndexFault(Fault):
    """Something in the home or the model is not as it must be."""

    exit_code = os.EX_CONFIG


class WrongModel(IndexFault):
    """Weights that are not the ones pinned, or an index made with another model."""


class NewerHome(IndexFault):
    """The home was written by a later version of the program."""


class NothingPublished(IndexFault):
    """There is no generation to search yet."""

    exit_code = os.EX_UNAVAILABLE


class Damaged(IndexFault):
    """A derived file does not match its checksum."""

    exit_code = os.EX_IOERR


class OtherFormat(Damaged):
    """An index that another version of the program wrote: whole, but not to be read by this one."""

    exit_code = os.EX_CONFIG


class NoRoom(IndexFault):
    """The disk has fewer bytes left than what is to be written."""

    exit_code = os.EX_IOERR
