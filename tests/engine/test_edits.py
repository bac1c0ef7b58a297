"""What tools are told to change, in every form, and when one change undoes another."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.engine.edits import Edit, covers, edits, patched, undoes

UPDATE = "*** Begin Patch\n*** Update File: src/{path}\n@@\n context\n-{old}\n+{new}\n*** End Patch\n"


def replaced(path: str, old: str, new: str) -> str:
    return json.dumps({"file_path": path, "old_string": old, "new_string": new})


def unified(path: str, old: str, new: str) -> str:
    return f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{old}\n+{new}\n"


FORMS = {
    "claude": replaced,
    "opencode": lambda path, old, new: json.dumps({"filePath": f"/work/{path}", "oldString": old, "newString": new}),
    "anthropic": lambda path, old, new: json.dumps({"command": "str_replace", "path": path, "old_str": old, "new_str": new}),
    "several": lambda path, old, new: json.dumps({"path": path, "edits": [{"old_string": old, "new_string": new}, "junk"]}),
    "each its own": lambda path, old, new: json.dumps({"replacements": [{"filePath": path, "oldString": old, "newString": new}]}),
    "patch": lambda path, old, new: UPDATE.format(path=path, old=old, new=new),
    "patch in a field": lambda path, old, new: json.dumps({"patchText": UPDATE.format(path=path, old=old, new=new)}),
    "patch as JSON text": lambda path, old, new: json.dumps(UPDATE.format(path=path, old=old, new=new)),
    "unified": unified,
    "blocks": lambda path, old, new: json.dumps(
        {"path": path, "diff": f"------- SEARCH\n{old}\n=======\n{new}\n+++++++ REPLACE\n"},
    ),
    "older blocks": lambda path, old, new: json.dumps(
        {"path": path, "diff": f"<<<<<<< SEARCH\n:start_line:3\n-------\n{old}\n=======\n{new}\n>>>>>>> REPLACE"},
    ),
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
lines = st.text("abcxyz ", min_size=1, max_size=12).filter(str.strip)


@each_form
def test_every_form_says_the_same_change(form) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # a column of the table
    (one,) = edits(form("app.py", "a = 1", "a = 2"))
    (other,) = edits(replaced("/home/x/app.py", "a = 1", "a = 2"))
    assert one == other
    assert one.path == "app.py"


@given(lines, lines)
def test_a_change_is_undone_by_the_one_that_puts_the_old_text_back(old: str, new: str) -> None:
    made = edits(replaced("app.py", old, new))
    (back,) = edits(replaced("app.py", new, old))
    assert undoes(back, made) == (old.strip() != new.strip())
    assert not undoes(made[0], made)
    (elsewhere,) = edits(replaced("other.py", new, old))
    assert not undoes(elsewhere, made)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{}",
        "[]",
        "nonsense",
        '{"path": "a", "diff": "<<<<<<< SEARCH\\nx\\n>>>>>>> REPLACE"}',
        '{"file_path": 3}',
        '{"edits": [1]}',
        '{"path": "a", "diff": "x"}',
        "7",
        '{"a',
    ],
)
def test_what_is_no_change_is_none(said: str) -> None:
    assert edits(said) == ()


def written(*contents: str) -> list[Edit]:
    return [edit for one in contents for edit in edits(json.dumps({"path": "a.py", "content": one}))]


def test_a_file_that_is_written_as_it_was_two_times_ago_is_undone() -> None:
    first, second, third = written("one", "two", "one")
    assert undoes(third, [first, second])
    assert not undoes(second, [first])
    assert not undoes(first, [first])
    assert not undoes(first, [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1", "x = 1\nprint(x)"),
        ("f();", "f();\nconsole.log(f);"),
        ("import os", "import os\nimport sys"),
        ('import (\n\t"fmt"\n)', 'import (\n\t"fmt"\n\t"os"\n)'),
    ],
)
def test_what_was_meant_to_go_again_is_no_change(old: str, new: str) -> None:
    assert edits(replaced("a", old, new)) == ()


def test_a_file_that_is_new_in_a_patch_is_a_change() -> None:
    (one,) = patched("*** Begin Patch\n*** Add File: new.py\n+a = 1\n*** End Patch")
    assert one.path == "new.py"


def test_a_patch_of_several_files_is_several_changes() -> None:
    found = patched(unified("a.py", "x = 1", "x = 2") + unified("b.py", "y = 1", "y = 2"))
    assert [one.path for one in found] == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("line", "covered"),
    [
        ("git checkout -- src/app.py", True),
        ("git checkout HEAD -- 'src\\app.py'", True),
        ("git restore app.py", True),
        ("git checkout .", True),
        ("git checkout -- .", True),
        ("git restore .", True),
        ("git reset --hard", True),
        ("git reset --hard HEAD~1", True),
        ("git revert HEAD", True),
        ("git checkout -- package-lock.json", False),
        ("git restore src/other.py", False),
    ],
)
def test_a_way_back_concerns_the_files_it_names_or_all(line: str, covered: bool) -> None:  # noqa: FBT001  # a column of the table
    made = edits(replaced("/work/src/app.py", "a", "b"))
    assert covers(line, made) is covered
    assert not covers(line, ())
