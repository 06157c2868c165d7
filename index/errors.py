"""The errors of index: one root, each saying what was expected, what was found and what to do."""


class IndexFault(Exception):
    """Something in the home or the model is not as it must be."""

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"Expected {expected}, found {found}. {remedy}")
        self.expected, self.found, self.remedy = expected, found, remedy


class WrongModel(IndexFault):
    """Weights that are not the ones pinned, or an index made with another model."""


class NewerHome(IndexFault):
    """The home was written by a later version of the program."""


class NothingPublished(IndexFault):
    """There is no generation to search yet."""


class Damaged(IndexFault):
    """A derived file does not match its checksum."""


class NoRoom(IndexFault):
    """The disk has fewer bytes left than what is to be written."""
