"""What is held, by kind and year, as a table that can be drawn."""

from collections import Counter
from dataclasses import dataclass

from service.desk import Holding
from service.present import kind_name


@dataclass(frozen=True, slots=True)
class Column:
    """One year of the chart: its documents, and the height of its bar as a share of the highest."""

    year: str
    documents: int
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Documents by year as bars, and by kind as rows, the fullest first."""

    years: tuple[Column, ...]
    kinds: tuple[tuple[str, int], ...]
    undated: int


def chart(holdings: tuple[Holding, ...]) -> Chart:
    """The chart of these holdings; years without documents keep their place."""
    years: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    for held in holdings:
        kinds[kind_name(held.kind)] += held.documents
        if held.year is not None:
            years[held.year] += held.documents
    most = max(years.values(), default=1)
    span = range(min(years), max(years) + 1) if years else range(0)
    columns = tuple(Column(str(year), years[year], years[year] / most) for year in span)
    undated = sum(held.documents for held in holdings if held.year is None)
    return Chart(columns, tuple(kinds.most_common()), undated)
