"""The errors of service: one root, each saying what was expected, what was found and what to do."""


class ServiceFault(Exception):
    """The program was asked for something it cannot do as it is set up."""

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"Expected {expected}, found {found}. {remedy}")
        self.expected, self.found, self.remedy = expected, found, remedy


class BadSetting(ServiceFault):
    """A setting that does not exist or has a value that it cannot have."""
