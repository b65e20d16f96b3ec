"""Print the table: authority, version, passed, failed, out of scope with the reason."""

import sys
from collections import Counter

from tests.conformance import authorities
from tests.conformance.authority import Authority, judge


def row(authority: Authority) -> tuple[str, bool]:
    """One authority's lines, and whether nothing failed."""
    if authority.missing:
        return f"{authority.title:62}not run: {authority.missing}", True
    outcomes = judge(authority)
    states = Counter(outcome.state for outcome in outcomes)
    title = f"{authority.title} ({authority.distribution} {authority.version})"
    lines = [f"{title:62}{states['passed']:>8}{states['failed']:>8}{states['out of scope']:>14}"]
    reasons = Counter(outcome.reason for outcome in outcomes if outcome.state == "out of scope")
    lines += [f"    out of scope, {count}: {reason}" for reason, count in reasons.items()]
    lines += [f"    FAILED {o.case}: {' '.join(o.reason.split())[:200]}" for o in outcomes if o.state == "failed"]
    return "\n".join(lines), not states["failed"]


def main() -> int:
    """Print all rows; the exit status says whether anything failed."""
    print(f"{'authority':62}{'passed':>8}{'failed':>8}{'out of scope':>14}")
    rows = [row(authority) for authority in authorities()]
    print("\n".join(text for text, _ in rows))
    return 0 if all(fine for _, fine in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
