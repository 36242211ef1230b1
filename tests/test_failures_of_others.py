"""Twenty-five ways in which other tutors failed their learners, and the tests that would catch each.

The failures are on record in the issues of rustlings, pythonlings, swirl, Exercism, TinyTorch, okpy,
nbgrader, otter, learnr, mkdocs-quiz, ziglings and others. A test that is renamed or taken out shows
here.
"""

import ast
from pathlib import Path

import pytest

from tutor.content.course import load_course
from tutor.core.lesson import Code
from tutor.session.library import built_in_course

TESTS = Path(__file__).parent

CAUGHT = {
    "the reference was graded and not the learner's file": [
        "session/test_coding.py::test_partial_credit_is_real",
        "runner/test_checks_run.py::test_a_wrong_one_is_told_what_was_expected",
        "runner/test_checks_run.py::test_a_solution_that_is_only_opened_does_not_pass",
    ],
    "no check ran, or only exit 0 came back, and it passed": [
        "runner/test_checks_run.py::test_a_check_file_without_checks_is_no_pass",
        "runner/test_checks_run.py::test_leaving_without_a_word_is_no_pass",
        "runner/test_checks_run.py::test_a_check_that_is_async_has_not_run",
        "session/test_coding.py::test_without_a_genuine_record_nothing_is_earned",
        "session/test_training.py::test_a_forged_end_is_no_pass",
    ],
    "the starter held the solution": ["test_failures_of_others.py::test_starters_hold_no_solution"],
    "progress was written in pieces, and a damaged file became an empty one": [
        "store/test_progress_db.py::test_a_session_killed_in_mid_write_loses_nothing_it_acknowledged",
        "store/test_rescue.py::test_a_damaged_file_is_kept_saved_from_and_reported",
        "store/test_rescue.py::test_a_newer_format_is_refused_and_left_as_it_is",
    ],
    "completion was believed without evidence": [
        "session/test_transcripts.py::test_running_again_finds_what_a_chain_cannot",
        "session/test_transcripts.py::test_scores_that_do_not_follow_show_even_when_chained_anew",
    ],
    "progress hung on paths, order or line numbers": [
        "session/test_credit.py::test_points_that_change_with_the_course_keep_their_share",
        "session/test_tutor.py::test_the_place_is_remembered_across_sessions",
    ],
    "an update wrote over the learner's work": [
        "session/test_coding.py::test_the_file_is_made_once_and_never_overwritten",
        "session/test_reviewing.py::test_code_is_written_again_and_the_old_file_stays",
    ],
    "there was no way to start again, or it destroyed work": [
        "session/test_coding.py::test_a_reset_keeps_a_copy",
        "ui/test_code_screen.py::test_a_reset_asks_and_keeps_a_copy",
    ],
    "passing whisked the learner away": [
        "ui/test_quiz_screen.py::test_a_right_answer_stays_until_one_goes_on"
    ],
    "lessons were locked in order": [
        "ui/test_home.py::test_a_lesson_further_down_opens_by_arrows",
        "session/test_credit.py::test_testing_out_passes_unread",
    ],
    "one had to use its editor": [
        "ui/test_code_screen.py::test_what_another_editor_saves_is_taken_in_and_checked",
        "ui/test_code_screen.py::test_both_changed_asks_and_loses_nothing",
    ],
    "a save by another editor was not seen": [
        "ui/test_code_screen.py::test_what_another_editor_saves_is_taken_in_and_checked",
        "runner/test_checks_run.py::test_a_file_saved_twice_in_a_second_is_read_anew",
    ],
    "a run without end hung the program or filled the disk": [
        "runner/test_limits.py::test_a_loop_without_end_is_ended_and_its_line_named",
        "runner/test_limits.py::test_prints_without_end_fill_no_disk_and_their_line_is_named",
        "runner/test_limits.py::test_what_a_run_started_ends_with_it",
    ],
    "an equivalent right answer was refused": [
        "core/test_quiz.py::test_numbers_as_people_type_them",
        "core/test_quiz.py::test_text_is_compared_without_what_does_not_count",
        "core/test_quiz.py::test_shapes_are_symbols",
    ],
    "a declared answer was refused by its own checker": [
        "core/test_quiz.py::test_each_question_accepts_its_own_answers_and_refuses_its_wrong_ones",
        "e2e/test_command_line.py::test_check_is_clean_and_proves_every_case",
    ],
    "a known wrong answer passed": [
        "e2e/test_command_line.py::test_a_broken_case_is_found",
        "runner/test_checks_run.py::test_it_never_passes_and_other_checks_still_run",
    ],
    "wrong was all it said": [
        "ui/test_quiz_screen.py::test_a_wrong_choice_says_why_and_may_be_tried_again",
        "ui/test_code_screen.py::test_a_failing_check_shows_expected_and_got",
        "session/test_training.py::test_a_run_that_does_not_is_told_what_it_needs",
    ],
    "there was one hint, or all at once": [
        "session/test_coding.py::test_hints_come_one_by_one",
        "session/test_quizzes.py::test_hints_open_one_by_one_and_end",
    ],
    "the solution never opened, or too early": [
        "session/test_coding.py::test_a_pass_earns_all_points_and_opens_the_solution",
        "session/test_coding.py::test_giving_up_opens_the_solution",
    ],
    "finished lessons could not be opened, searched or taken home": [
        "session/test_tutor.py::test_search_finds_words_in_prose_and_names_the_block",
        "session/test_notebook.py::test_everything_that_happened_stands_in_the_notebook",
        "session/test_notebook.py::test_every_lesson_is_a_valid_notebook",
    ],
    "scores misled": [
        "core/test_quiz.py::test_no_answer_breaks_a_grader_or_leaves_the_bounds",
        "core/test_progress.py::test_practice_is_no_attempt_and_a_run_counts_once",
        "session/test_coding.py::test_partial_credit_is_real",
    ],
    "a warning on stderr or the device's rounding failed a right solution": [
        "runner/test_run_processes.py::test_a_stray_print_goes_to_the_log",
        "runner/test_checks_run.py::test_warnings_and_prints_cost_nothing",
        "core/test_checks_api.py::test_off_the_cpu_rounding_may_differ_more",
    ],
    "data had to be fetched, or nothing was trained and it was called finished": [
        "models/test_mlp.py::test_training_needs_no_network",
        "core/test_expect.py::test_nothing_is_passed_without_a_genuine_end",
    ],
    "poor terminals broke it, and text was eaten as markup": [
        "ui/test_home.py::test_home_fits_any_size",
        "ui/test_lesson_screen.py::test_hostile_lesson_text_is_shown_literally",
        "core/test_text.py::test_markup_is_not_ours_to_touch",
    ],
    "results went elsewhere unasked, or a teacher could not read them": [
        "session/test_transcripts.py::test_a_class_of_thirty_comes_out_right",
        "session/test_transcripts.py::test_reflections_stay_at_home_unless_asked",
    ],
}


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_there_are_twenty_five():
    assert len(CAUGHT) == 25


@pytest.mark.parametrize("failure", CAUGHT)
def test_each_has_its_tests(failure):
    for name in CAUGHT[failure]:
        file, _, test = name.partition("::")
        assert test in names_in(TESTS / file), name


def functions(path: Path) -> dict[str, str]:
    """The bodies of a file's functions, without docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            found[node.name] = ast.dump(ast.Module(body, []))
    return found


def test_starters_hold_no_solution():
    course = load_course(built_in_course())
    root = Path(course.root)
    looked = 0
    for lesson in course.lessons.values():
        for block in lesson.blocks:
            if isinstance(block.body, Code):
                start = functions(root / lesson.folder / block.body.start)
                solution = functions(root / lesson.folder / block.body.solution)
                same = [name for name in solution if start.get(name) == solution[name]]
                assert len(same) < len(solution), f"{block.id}: {same}"
                looked += 1
    assert looked
