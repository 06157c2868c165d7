"""Two thousand harmed files. Minutes; run by `make soak`."""

from collections import Counter
from pathlib import Path
from random import Random

from damage import two_generations, unhealed
from test_damage import harmed_archive


def test_two_thousand_harmed_files_are_refused_named_and_healed(tmp_path: Path) -> None:
    rng, harmed = Random(21), Counter[str]()

    def choose(files: list[Path]) -> Path:
        chosen = rng.choice(files)
        harmed[chosen.suffix] += 1
        return chosen

    broken = list(unhealed(two_generations(tmp_path / "home", 21), rng, 1_500, choose))
    archives = [harmed_archive(tmp_path / f"archive-{seed}", Random(seed)) for seed in range(500)]
    print(f"\n{dict(harmed)}, 500 archives of which {sum(40 - read for read, _ in archives)} responses were refused")
    assert broken == []
    assert all(read == same for read, same in archives)
