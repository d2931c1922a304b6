"""What the outcomes of a run mean, given the known differences and what NumPy itself passes."""
from dataclasses import dataclass, field

REQUIRED_RATIO = 0.995


@dataclass
class Verdict:
    """Records of tests, sorted; `ratio` and `good` sum them up."""

    passed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    xfailed: list = field(default_factory=list)     # NumPy expects them to fail
    known: list = field(default_factory=list)       # listed, and fail
    unexpected: list = field(default_factory=list)  # listed, and pass
    failed: list = field(default_factory=list)      # fail, and NumPy passes
    shared: list = field(default_factory=list)      # fail, and so they do with NumPy
    lost: int = 0                                   # NumPy passes, here not even collected

    @property
    def ratio(self):
        """Share of what NumPy passes that passes."""
        passed = len(self.passed) + len(self.unexpected)
        total = passed + len(self.failed) + len(self.known) + self.lost
        return passed / total if total else 0.0

    @property
    def good(self):
        return not self.failed and not self.unexpected and self.ratio >= REQUIRED_RATIO

    def sort(self, outcomes, known):
        """Sort the outcomes of one file; returns the failures that are not listed."""
        unlisted = []
        for test, record in outcomes.items():
            listed, state = known.match(test), record["state"]
            if state == "failed":
                (self.known if listed else unlisted).append(record)
            elif state == "passed":
                (self.unexpected if listed else self.passed).append(record)
            else:
                getattr(self, state).append(record)
        return unlisted

    def compare(self, file, unlisted, outcomes, reference):
        """Sort the unlisted failures of a file by what NumPy did with the same tests."""
        for record in unlisted:
            theirs = reference.get(record["id"], {"state": "passed"})["state"]
            (self.failed if theirs == "passed" else self.shared).append(record)
        if file in outcomes:
            self.lost += sum(record["state"] == "passed" and test not in outcomes
                             for test, record in reference.items())
