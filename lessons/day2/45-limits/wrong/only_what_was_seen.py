"""Where a model ends: the table of a model card."""

from math import sqrt

Z = 1.96


def interval(right, asked):
    """Where the true share lies, 95 times in 100 (Wilson's interval)."""
    p, wide = right / asked, 1 + Z**2 / asked
    middle = (p + Z**2 / (2 * asked)) / wide
    far = Z / wide * sqrt(p * (1 - p) / asked + Z**2 / (4 * asked**2))
    return middle - far, middle + far


def card(results, trained):
    """The table, one row for each group, the worst first."""
    rows = []
    for group, (right, asked) in results.items():
        if not asked:
            raise ValueError(f"group {group} has nobody in it")
        least, most = interval(right, asked)
        rows.append(
            {
                "group": group,
                "seen": group in trained,
                "asked": asked,
                "share": right / asked,
                "least": least,
                "most": most,
            }
        )
    return sorted(rows, key=lambda row: row["share"])


def reach(rows, mark):
    """The groups of which one may say "at least `mark`"."""
    return {row["group"] for row in rows if row["least"] >= mark}
