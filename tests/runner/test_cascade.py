"""Cascades of scripted agents over real git: what is kept, what is tried next, and what nobody's tree may see of it."""

import asyncio
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.runner.scenes import CHECK, FIXED, Diary, Paper, crew, digest, done, job, ran, trees
from tierwise.core.run import Run, Stage, known, winner
from tierwise.runner import Broken, Spending, attempt, cascade, journal, places, processes
from tierwise.runner.agent import Agent, Pointed
from tierwise.runner.course import Crew

BY_MODEL = f'case "$TIERWISE_MODEL" in small) ;; middle) rm kept.txt; {FIXED} ;; large) {FIXED} ;; esac'
STAGED = (".git/objects", ".git/logs", ".git/refs/heads/tierwise")
"""What a delivered branch adds to a repository, and nothing else."""


def said(run: str, stage: int, folder: Path, name: str = "agent") -> str:
    return (folder / run / f"stage-{stage}" / f"{name}.log").read_text(errors="replace")


# What becomes of work


def test_the_first_stage_whose_work_passes_ends_it_and_its_work_is_on_a_branch(repo: Path, folder: Path) -> None:
    before, lodging, diary = digest(repo, without=STAGED), Paper(), Diary()
    run = done(job(repo, BY_MODEL, "small", "middle", "large", "never"), crew(lodging, diary))
    assert [one.result for one in run.stages] == ["unchanged", "refuted", "verified"]
    assert run.status == "verified"
    assert known(run.stages) == 3000
    assert winner(run) is run.stages[2]
    assert ran(repo, "show", f"{run.branch}:calc.txt") == "a plus b"
    assert ran(repo, "show", f"{run.branch}:kept.txt") == "kept"
    assert ran(repo, "log", "--format=%an %P", "-1", run.branch) == f"tierwise {run.commit}"
    assert digest(repo, without=STAGED) == before
    assert ran(repo, "fsck", "--strict") == ""
    assert lodging.over == [1, 2, 3]
    assert lodging.ends == [run.id]
    assert lodging.models == ("small", "middle", "large", "never")
    assert trees(folder) == []
    assert journal.read(folder / run.id).run == run == diary.runs[-1] == lodging.runs[-1]


def test_where_nothing_passes_the_repository_is_as_it_was_to_the_byte(repo: Path, folder: Path) -> None:
    before = digest(repo)
    run = done(job(repo, "echo more >> calc.txt; echo new > new.txt"))
    assert run.status == "exhausted"
    assert [one.result for one in run.stages] == ["refuted", "refuted"]
    assert run.stages[0].checks[0].code == 1
    assert digest(repo) == before
    assert trees(folder) == []


def test_a_patch_is_written_instead_of_a_branch_where_one_is_wanted(repo: Path, tmp_path: Path) -> None:
    before = digest(repo)
    script = f"{FIXED}; printf '\\000\\001' > data.bin; rm tests/t.sh"
    run = done(job(repo, script, patch=str(tmp_path / "it.patch")))
    assert (run.status, run.branch, run.patch) == ("verified", "", str(tmp_path / "it.patch"))
    assert digest(repo) == before
    ran(repo, "apply", run.patch)
    assert (repo / "calc.txt").read_text() == "a plus b\n"
    assert (repo / "data.bin").read_bytes() == b"\0\1"
    assert not (repo / "tests/t.sh").exists()


def test_the_work_of_an_agent_that_ends_badly_counts_where_it_passes(repo: Path) -> None:
    run = done(job(repo, f"{FIXED}; exit 3"))
    assert (run.stages[0].result, run.stages[0].code) == ("verified", 3)
    run = done(job(repo, "echo x > x; exit 3"))
    assert {(one.result, one.code) for one in run.stages} == {("crashed", 3)}


def test_an_agent_that_crashes_is_followed_by_the_next(repo: Path) -> None:
    run = done(job(repo, f'[ "$TIERWISE_MODEL" = small ] && kill -SEGV $$; {FIXED}'))
    assert [(one.result, one.code) for one in run.stages] == [("crashed", -11), ("verified", 0)]


def test_a_check_that_crashes_fails(repo: Path) -> None:
    run = done(job(repo, FIXED, verify=("kill -SEGV $$",)))
    assert {(one.result, one.checks[0].code) for one in run.stages} == {("refuted", -11)}


def test_a_command_that_is_not_there_breaks_the_run_at_once(repo: Path, folder: Path) -> None:
    lodging = Paper()
    run = done(job(repo, "", command=("no-such-agent", "-p")), crew(lodging))
    assert (run.status, run.note) == ("broken", "no-such-agent: no such command")
    assert [one.result for one in run.stages] == ["broken"]
    assert lodging.over == [1]
    assert trees(folder) == []


def test_a_gateway_that_cannot_be_had_breaks_the_run(repo: Path, folder: Path) -> None:
    run = done(job(repo, FIXED), crew(Paper(wrong="no gateway: the port is taken")))
    assert (run.status, run.note) == ("broken", "no gateway: the port is taken")
    assert trees(folder) == []


def test_every_check_runs_in_order_up_to_the_first_that_fails(repo: Path) -> None:
    run = done(job(repo, FIXED, "one", verify=("true", CHECK, "echo no; exit 7", "true")))
    checks = run.stages[0].checks
    assert [(one.passed, one.code) for one in checks] == [(True, 0), (True, 0), (False, 7)]
    assert checks[-1].tail == "no"


# What agents do to their repository


@pytest.mark.parametrize(
    "script",
    [
        f"{FIXED}; git -c user.name=x -c user.email=y commit -qam mine",
        f"git checkout -q -b other; {FIXED}; git -c user.name=x -c user.email=y commit -qam mine; git checkout -q --detach HEAD~1; {FIXED}",
        f"git checkout -q main; {FIXED}",
        f"{FIXED}; rm -rf .git",
        f"{FIXED}; rm -rf .git; git init -q .; git -c user.name=x -c user.email=y commit -q --allow-empty -m x; git config core.bare true",
        f"{FIXED}; git stash -q; git stash apply -q; git config user.name z; git tag t; git branch b; git gc -q; rm -f .git/index",
        f"{FIXED}; git config core.hooksPath /tmp; git config filter.x.clean 'false'; git update-index --assume-unchanged calc.txt",
        f"{FIXED}; GIT_DIR=$(git rev-parse --git-common-dir) git update-ref -d refs/heads/main; rm -rf $(git rev-parse --git-common-dir)",
    ],
)
def test_whatever_an_agent_does_with_git_its_files_count_and_ours_are_not_touched(repo: Path, script: str) -> None:
    before = digest(repo, without=STAGED)
    run = done(job(repo, script, "one"))
    assert run.status == "verified", run
    assert ran(repo, "diff", "--stat", "--name-only", run.commit, run.branch) == "calc.txt"
    assert ran(repo, "log", "--format=%P", "-1", run.branch) == run.commit
    assert digest(repo, without=STAGED) == before


def test_the_hooks_of_the_person_do_not_run(repo: Path, tmp_path: Path) -> None:
    for name in ("post-checkout", "pre-commit", "post-commit", "reference-transaction", "post-merge"):
        hook = repo / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> {tmp_path}/ran\n")
        hook.chmod(0o755)
    run = done(job(repo, f"{FIXED}; git -c user.name=x -c user.email=y commit -qam mine", "one"))
    assert run.status == "verified"
    assert not (tmp_path / "ran").exists()


def test_an_agent_that_removes_its_folder_or_links_it_elsewhere_is_refuted(repo: Path) -> None:
    before = digest(repo)
    for script in ('rm -rf "$PWD"', f"cd ..; rm -rf tree; ln -s {repo} tree"):
        run = done(job(repo, script, "one", protect=("tests",)))
        assert run.stages[0].result == "refuted", run
        assert digest(repo) == before


def test_repositories_within_the_tree_are_left_out_and_said(repo: Path) -> None:
    inner = "git init -q inner && cd inner && echo a > a && git add a && git -c user.name=x -c user.email=y commit -qm x"
    run = done(job(repo, f"{FIXED}; git init -q empty; ({inner})", "one"))
    assert run.status == "verified"
    assert "inner/" in run.stages[0].note
    assert ran(repo, "diff", "--name-only", run.commit, run.branch) == "calc.txt"


def test_what_an_agent_leaves_as_litter_is_no_part_of_its_work(repo: Path) -> None:
    litter = Agent(name="messy", programs=("sh",), pointed=lambda argv, _: Pointed(tuple(argv)), litter=(".messy*",))
    run = done(job(repo, f"{FIXED}; mkdir .messy.d; echo a > .messy.d/a; echo b > .messy.log", "one"), crew(agents=(litter,)))
    assert ran(repo, "diff", "--name-only", run.commit, run.branch) == "calc.txt"


# What is protected


def test_protected_files_are_put_back_before_a_check_and_said(repo: Path) -> None:
    cheat = "echo true > tests/t.sh; echo exit > tests/extra.sh; mkdir -p tests/__pycache__; echo x > tests/__pycache__/x.pyc"
    loose = done(job(repo, cheat, "one", verify=("sh tests/t.sh",)))
    assert loose.status == "verified"
    tight = done(job(repo, cheat, "one", verify=("sh tests/t.sh",), protect=("tests",)))
    assert (tight.status, tight.stages[0].result) == ("exhausted", "unchanged")
    mixed = done(job(repo, f"{cheat}; {FIXED}", "one", verify=("sh tests/t.sh; test ! -e tests/extra.sh",), protect=("tests/",)))
    assert mixed.status == "verified"
    assert mixed.stages[0].checks[0].restored == ("tests/extra.sh", "tests/t.sh")
    assert ran(repo, "diff", "--name-only", mixed.commit, mixed.branch) == "calc.txt"


@pytest.mark.parametrize(
    "cheat",
    [
        "rm -rf tests",
        "rm -rf tests; ln -s /etc tests",
        "rm -rf tests; echo file > tests",
        "rm tests/t.sh; mkdir tests/t.sh; echo a > tests/t.sh/a",
        "rm tests/t.sh; ln -s ../calc.txt tests/t.sh",
        "chmod -x tests/t.sh; chmod 700 tests; echo 'tests/*' > .gitignore; echo true > tests/hidden",
        "git rm -q -r --cached tests; echo true > tests/t.sh",
        "git init -q tests/nested; echo x > tests/nested/x",
    ],
)
def test_there_is_no_way_around_what_is_protected(repo: Path, cheat: str) -> None:
    everything = "test -f tests/t.sh && test ! -L tests && test ! -L tests/t.sh && test `ls -A tests | wc -l` = 1 && sh tests/t.sh"
    run = done(job(repo, f"{FIXED}; {cheat}", "one", verify=(everything,), protect=("tests",)))
    assert run.status == "verified", run
    assert set(ran(repo, "diff", "--name-only", run.commit, run.branch).split()) <= {"calc.txt", ".gitignore"}


def test_a_pattern_protects_too_and_paths_are_those_of_where_one_stands(repo: Path) -> None:
    run = done(job(repo, f"{FIXED}; echo true > tests/t.sh", "one", protect=("**/*.sh",)))
    assert run.stages[0].checks[0].restored == ("tests/t.sh",)
    within = job(repo / "tests", "sed -i s/minus/plus/ ../calc.txt; echo true > t.sh", "one", verify=("sh -c 'cd .. && sh tests/t.sh'",))
    run = done(replace(within, protect=("t.sh",)))
    assert run.status == "verified"
    assert run.stages[0].checks[0].restored == ("tests/t.sh",)


# Limits


def test_an_agent_that_takes_too_long_is_ended_with_all_it_started(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.3)
    script = (
        f"setsid sleep 600 & echo $! > {tmp_path}/pid; trap '' TERM; (trap '' TERM; sleep 600; echo late > {tmp_path}/late) & sleep 600"
    )
    run = done(job(repo, script, "one", agent_time=1.5))
    assert (run.stages[0].result, run.stages[0].code) == ("late", None)
    assert not (tmp_path / "late").exists()
    if sys.platform == "linux":
        assert not alive(int((tmp_path / "pid").read_text()))


def alive(number: int) -> bool:
    """Whether a process runs: one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_check_that_hangs_is_ended_and_fails(repo: Path) -> None:
    run = done(job(repo, FIXED, "one", verify=("sleep 600",), check_time=0.3))
    check = run.stages[0].checks[0]
    assert (run.stages[0].result, check.passed, check.code) == ("refuted", False, None)
    assert check.note.startswith("took longer")


def test_a_child_that_keeps_the_output_open_holds_nothing_up(repo: Path) -> None:
    run = done(job(repo, f"{FIXED}; sleep 600 & exit 0", "one", agent_time=60))
    assert run.status == "verified"


def test_the_time_of_a_run_ends_it(repo: Path) -> None:
    run = done(job(repo, "sleep 600", "one", "two", "three", time=1.5))
    assert run.status == "time"
    assert [one.result for one in run.stages] == ["late"]


def test_the_budget_ends_it_and_money_that_nobody_knows_counts_as_too_much(repo: Path) -> None:
    run = done(job(repo, "echo x > x", "one", "two", "three", budget=2500))
    assert (run.status, len(run.stages)) == ("budget", 2)
    run = done(job(repo, "echo x > x", "one", "two", budget=10_000), crew(Paper(costs={1: None})))
    assert (run.status, len(run.stages)) == ("budget", 1)
    assert "not known" in run.note


def test_an_agent_is_ended_when_the_budget_is_spent_and_what_it_did_is_still_checked(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "EVERY", 0.01)
    run = done(job(repo, f"{FIXED}; touch ready; sleep 600", "one", "two", budget=1000, verify=("test -f ready",)), crew(Slow()))
    assert (run.status, [(one.result, one.code) for one in run.stages]) == ("verified", [("verified", None)])
    assert "budget" in run.stages[0].note
    run = done(job(repo, "echo x > x; sleep 600", "one", "two", budget=1000), crew(Paper(costs={1: 1500})))
    assert (run.status, [one.result for one in run.stages]) == ("budget", ["late"])


class Slow(Paper):
    """A lodging whose stage has cost nothing until its agent has done its work."""

    def spent(self, _run: Run, stage: Stage) -> Spending:
        tree = places.stage_of(places.run_of(_run.id), stage.number) / places.TREE
        return Spending(1000 if (tree / "ready").exists() or not tree.exists() else 0, 1)


# Output


def test_output_without_end_is_cut_and_bytes_that_are_no_text_are_shown_as_such(repo: Path, folder: Path) -> None:
    script = f"yes abcdefghijklmnop | head -c 20000000; printf '\\377\\000\\033[31mend'; {FIXED}"
    run = done(job(repo, script, "one", verify=("printf '\\377\\000bad\\n'; exit 1",)))
    kept = folder / run.id / "stage-1" / "agent.log"
    assert kept.stat().st_size < 9 << 20
    assert kept.read_bytes().endswith(b"end")
    tail = run.stages[0].checks[0].tail
    assert tail.endswith("bad")
    assert "\0" not in tail
    assert journal.read(folder / run.id).run == run


# What agents and checks see


def test_an_agent_sees_the_gateway_and_nobodys_keys_and_a_check_sees_neither(repo: Path, folder: Path) -> None:
    of = crew(
        ANTHROPIC_API_KEY="sk-mine",
        OPENAI_API_KEY="sk-mine",
        DEEPSEEK_API_KEY="sk-mine",
        GIT_DIR="/x",
        SHOWN="1",
        HIDDEN="2",
        LANG="C.UTF-8",
    )
    run = done(job(repo, f"env; {FIXED}", "one", verify=("env; exit 1",), kept=("SHOWN",)), of)
    agent, check = said(run.id, 1, folder), said(run.id, 1, folder, "check-1")
    for line in ("OPENAI_API_KEY=tw-secret-1", "ANTHROPIC_BASE_URL=http://127.0.0.1:9", "TIERWISE_MODEL=one", "HIDDEN=2"):
        assert line in agent
    assert "sk-mine" not in agent
    assert "GIT_DIR=" not in agent
    assert {one.partition("=")[0] for one in check.splitlines()} <= {
        *("PATH", "HOME", "LANG", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_", "SHOWN", "TIERWISE_STAGE", "GIT_CEILING_DIRECTORIES"),
    }
    assert "SHOWN=1" in check


def test_placeholders_are_filled_in(repo: Path, folder: Path) -> None:
    command = ("sh", "-c", 'echo "<$1> <$2> <$3>"', "x", "{prompt}", "--model={model}", "{url}/v1")
    run = done(job(repo, "", "one", command=command, prompt="mend {model}"))
    assert said(run.id, 1, folder) == "<mend {model}> <--model=one> <http://127.0.0.1:9/v1>\n"


def test_a_prompt_that_is_too_long_for_a_variable_is_in_a_file(repo: Path, folder: Path) -> None:
    script = 'echo "<$TIERWISE_PROMPT>"; wc -c < "$TIERWISE_PROMPT_FILE"'
    assert said(done(job(repo, script, "one", prompt="mend it")).id, 1, folder).split() == ["<mend", "it>", "7"]
    assert said(done(job(repo, script, "one", prompt="x" * 500_000)).id, 1, folder).split() == ["<>", "500000"]


def test_what_failed_is_carried_to_the_next_stage_where_that_is_wanted(repo: Path, folder: Path) -> None:
    script = 'echo "carry: $(cat $TIERWISE_CARRY 2>/dev/null)"; echo x > $TIERWISE_MODEL'
    run = done(job(repo, script, carry=True, verify=("echo the sum is wrong; exit 5",)))
    assert said(run.id, 1, folder) == "carry: \n"
    told = said(run.id, 2, folder)
    assert "exit code 5" in told
    assert "the sum is wrong" in told
    run = done(job(repo, script, verify=("echo the sum is wrong; exit 5",)))
    assert "the sum is wrong" not in said(run.id, 2, folder)


# Side by side


def test_of_attempts_side_by_side_the_first_that_passes_ends_the_others(repo: Path, folder: Path) -> None:
    script = f'[ "$TIERWISE_MODEL" = slow ] && sleep 600; {FIXED}'
    lodging = Paper()
    run = done(job(repo, script, "slow", "fast", "never", parallel=2), crew(lodging))
    assert run.status == "verified"
    assert [(one.model, one.result) for one in run.stages] == [("slow", "cancelled"), ("fast", "verified")]
    assert sorted(lodging.over) == [1, 2]
    assert trees(folder) == []


def test_side_by_side_no_more_begin_than_the_budget_allows(repo: Path) -> None:
    run = done(job(repo, "echo x > x", "a", "b", "c", "d", parallel=4, budget=2500))
    assert (run.status, len(run.stages)) == ("budget", 2)


# Interrupted, and gone on with


async def stopped(one: journal.Job, of: Crew, sign: Path) -> None:
    """Begin a run, and cancel it when its agent has given a sign."""
    task = asyncio.ensure_future(cascade.carried_out(one, of))
    while not sign.exists():  # noqa: ASYNC240  # a file of a test's own
        assert not task.done()
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_run_that_is_stopped_is_put_away_and_goes_on_later(repo: Path, folder: Path, tmp_path: Path) -> None:
    before, lodging, sign = digest(repo), Paper(), tmp_path / "sign"
    script = f'[ "$TIERWISE_MODEL" = small ] && exit; [ -e {sign} ] || {{ touch {sign}; sleep 600; }}; {FIXED}'
    one = job(repo, script, "small", "large")
    asyncio.run(stopped(one, crew(lodging), sign))
    (past,) = journal.listed()
    assert past.run is not None
    assert (past.run.status, past.running) == ("stopped", False)
    assert [(stage.result, stage.cost) for stage in past.run.stages] == [("unchanged", 1000), ("stopped", 1000)]
    assert trees(folder) == []
    assert digest(repo) == before
    run = asyncio.run(cascade.carried_on(past, one, crew(lodging)))
    assert (run.id, run.status) == (past.run.id, "verified")
    assert [(stage.number, stage.model, stage.result) for stage in run.stages] == [
        (1, "small", "unchanged"),
        (2, "large", "stopped"),
        (3, "large", "verified"),
    ]
    assert known(run.stages) == 3000


def test_a_run_that_has_ended_does_not_go_on(repo: Path, folder: Path) -> None:
    one = job(repo, FIXED)
    run = done(one)
    with pytest.raises(Broken, match="has ended: verified"):
        asyncio.run(cascade.carried_on(journal.read(folder / run.id), one, crew()))


def test_a_run_that_another_process_works_on_does_not_go_on(repo: Path, folder: Path) -> None:
    one = job(repo, "echo x > x", "one", budget=1)
    run = done(one)
    held = journal.opened(folder / run.id)
    try:
        assert journal.read(folder / run.id).running
        again = replace(journal.read(folder / run.id), run=replace(run, status="running"))
        with pytest.raises(Broken, match="is running"):
            asyncio.run(cascade.carried_on(again, one, crew()))
    finally:
        held.close()
    assert not journal.read(folder / run.id).running


def test_work_that_was_delivered_just_before_a_kill_is_acknowledged(repo: Path, folder: Path) -> None:
    one = job(repo, FIXED)
    run = done(one)
    lines = (folder / run.id / places.JOURNAL).read_bytes().splitlines(keepends=True)
    cut = next(place for place, line in enumerate(lines) if b'"branch":"tierwise' in line)
    (folder / run.id / places.JOURNAL).write_bytes(b"".join(lines[:cut]) + lines[cut][:40])
    past = journal.read(folder / run.id)
    assert past.run is not None
    assert past.run.stages[-1].result == "running"
    again = asyncio.run(cascade.carried_on(past, one, crew()))
    assert (again.status, again.branch, [stage.result for stage in again.stages]) == ("verified", run.branch, ["verified"])
