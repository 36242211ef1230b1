"""What a logout does to a run, on made-up machines."""

import subprocess

import pytest

from tutor.session import doctor, logout
from tutor.session.logout import logout_ends_runs

SESSION = "0::/user.slice/user-1000.slice/session-7.scope\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte-1.scope\n"
KILLS = {"etc/systemd/logind.conf": "[Login]\nKillUserProcesses=yes\n"}


def machine(root, cgroup, files):
    for name, text in {"proc/self/cgroup": cgroup, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def never(command):
    raise AssertionError(command)


@pytest.mark.parametrize(
    ("files", "user", "ends"),
    [
        (KILLS, "ada", True),
        (KILLS, "root", False),
        ({}, "ada", False),
        ({"etc/systemd/logind.conf": "#KillUserProcesses=yes\n"}, "ada", False),
        ({"usr/lib/systemd/logind.conf.d/a.conf": "KillUserProcesses=1\n"}, "ada", True),
        ({**KILLS, "etc/systemd/logind.conf.d/z.conf": "KillUserProcesses=no\n"}, "ada", False),
        ({**KILLS, "run/systemd/logind.conf.d/z.conf": "KillExcludeUsers=ada\n"}, "ada", False),
        ({**KILLS, "run/systemd/logind.conf.d/z.conf": "KillOnlyUsers=eve\n"}, "ada", False),
    ],
)
def test_a_login_session_is_killed_where_logind_says_so(tmp_path, files, user, ends):
    found = logout_ends_runs(machine(tmp_path, SESSION, files), user, never)
    assert (found is not None) == ends
    if found is not None:
        # Lingering alone does not save what is in the session's scope.
        assert "KillUserProcesses=yes" in found.danger
        assert "systemd-run --user --scope" in found.remedy


@pytest.mark.parametrize(("told", "ends"), [("Linger=no\n", True), ("Linger=yes\n", False)])
def test_the_users_own_manager_needs_lingering(tmp_path, told, ends):
    asked = []

    def loginctl(command):
        asked.append(command)
        return told

    found = logout_ends_runs(machine(tmp_path, MANAGER, {}), "ada", loginctl)
    assert asked == [("loginctl", "show-user", "ada", "-p", "Linger")]
    assert (found is not None) == ends
    assert found is None or "enable-linger" in found.remedy


@pytest.mark.parametrize("error", [FileNotFoundError(), subprocess.TimeoutExpired("loginctl", 2)])
def test_a_machine_that_does_not_answer_is_no_warning(tmp_path, error):
    def loginctl(command):
        raise error

    assert logout_ends_runs(machine(tmp_path, MANAGER, {}), "ada", loginctl) is None


def test_elsewhere_a_logout_ends_nothing(tmp_path):
    assert logout_ends_runs(machine(tmp_path, "0::/docker/7\n", KILLS), "ada", never) is None
    assert logout_ends_runs(tmp_path / "no-linux", "ada", never) is None


def test_doctor_says_it(monkeypatch):
    monkeypatch.setattr(doctor, "logout_ends_runs", lambda: logout.Logout("It ends.", "Do it."))
    finding = next(each for each in doctor.examine({}) if each.what == "logout")
    assert (finding.level, finding.remedy) == ("warning", "Do it.")
    assert "It ends." in finding.found
