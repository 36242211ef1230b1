"""`dlwalk-tutor read`."""

import tutor.cli.learn  # noqa: F401  # registers the command


def test_a_question_is_asked_in_full_with_its_numbers(shell):
    code, told, _ = shell("read", "one", "--width", "60")
    assert code == 0
    assert "is w after one step?" in " ".join(told.split())
    assert "{{" not in told
    assert max(map(len, told.splitlines())) <= 60
