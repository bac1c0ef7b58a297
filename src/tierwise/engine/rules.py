"""Readable rules for what kind of work the person asks for, and how hard it is.

The rules look only at the person's own words (the client's file has removed the harness's). They are three tables:
the verb a request opens with once the politeness is skipped, words, and pairs of words; each row adds its weight to a
kind. The kind with the largest sum wins and the confidence is its lead over the next. Of a plan that is handed over to be
carried out only the title is read. Words that say nothing of their own ("yes, do it") are read together with what was asked
before. One pass over the words, no backtracking.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from tierwise.core.tasks import KINDS, TIER_OF, TIERS, UNKNOWN_KIND

HEAD: Final = 1000
"""Characters of the person's words that are read; pasted logs and plans follow after the ask."""

WORD: Final = re.compile(r"[a-z0-9_']+(?:\.md\b)?")
PLAN: Final = re.compile(r"\W*implement (?:the following|this|the) plan\W+(?:implementation )?(?:plan\b\W*)?([^\n]+)", re.IGNORECASE)
"""A plan handed over, and its title."""

PLANNED: Final = (("feature", 2.75),)
"""What handing over a plan says: it is to be built, unless its title says otherwise."""


def _rows(table: str) -> Mapping[str, tuple[tuple[str, float], ...]]:
    """A table of 'kind weight: word, word' lines, by word; a line that starts with none goes on with the one before."""
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    kind, weight = "", 0.0
    for line in table.strip().splitlines():
        head, colon, words = line.rpartition(":")
        if colon:
            kind, weight = head.split()[0], float(head.split()[1])
        for word in filter(None, map(str.strip, words.split(","))):
            found[word] = (*found.get(word, ()), (kind, weight))
    return MappingProxyType(found)


POLITE: Final = frozenset(
    """
    please ok okay now and so but then also hmm hm ah oh uhh umm yes yep yeah yup no cool great good nice right well alright hey hi
    can could would will just first next actually maybe perhaps again still not want need like think try to go ahead do it the a an
    some really more quickly ideally finally
    """.split()
)
SUBJECTS: Final = frozenset("you we i us me let's lets i'd i'll i'm i've we've we're it's that this there he she they".split())
"""Who is to do it: skipped before a verb; a question does not open after one."""

ASKING: Final = frozenset("is are does did was were isn't aren't doesn't should has have if would tell show any".split())

OPENERS: Final = _rows(
    """
    chore 3: commit, push, rebase, merge, pull, checkout, stash, amend, squash, open, close, log, delegate, rerun, fetch
    chore 2: run, start, restart, install, continue, proceed, get, switch, launch, stop, resume, kill, execute, download, clear, done
    explain 3: what, why, how, where, which, when, who, what's, who's, where's, explain, summarize, summarise, q, question, describe,
        clarify, understand
    explain 2: is, are, does, did, was, were, isn't, aren't, doesn't, should, has, have, if, would, tell, show, any, list, find
    review 3: review, check, double, recheck, verify, audit, compare, validate, inspect, evaluate, assess, critique, re
    debug 3: fix, debug, investigate, diagnose, reproduce, troubleshoot, resolve, trace
    test 2: test, cover
    docs 3: document, mention, draft
    docs 1: write, extract, note
    refactor 3: refactor, restructure, simplify, inline, split, clean, cleanup, deduplicate, decouple, reorganize, reorganise,
        consolidate, unify, modularize
    refactor 2: extract, move
    boilerplate 3: rename, remove, delete, drop, replace, align, format, reformat, bump, sort, copy, scaffold, convert, regenerate
    plan 3: design, plan, brainstorm, propose, consider, imagine, suppose, wondering
    feature 3: implement
    feature 2.5: build, support, allow, enable, adjust, introduce, integrate, handle, improve, extend, display, expand, wire, expose,
        store, render, hide, modify, port, apply
    feature 1.5: add, make, change, update, create, put, use, set, ensure, include, keep, let
    infra 2.5: deploy, dockerize, provision, release, publish
    side 3: generate
    """
)

WORDS: Final = _rows(
    """
    chore 2.5: gsd, linear, todo
    chore 1.5: rerun, reply, respond
    chore 1: commit, push, pushed, rebase, pr, conflicts, conflict, sha, merged
    chore 0.5: commits, branch, command
    review 3: coderabbit, bugbot, nitpick, nitpicks, reviewer, reviewers, reviewing
    review 3: review
    review 2: reviewed, reviews, comments, feedback, findings, compare
    review 1: agree, applicable, valid, sure, correct, concerns
    debug 2: bug, bugs, broken, crash, crashes, crashed, crashing, exception, traceback, stacktrace, regression, panic, segfault, debug,
        errored, misbehaves, deadlock
    debug 2.5: fail, failing, failure, failures
    debug 1.5: error, errors, fails, failed, wrong, unexpected, unexpectedly, weird, strange, incorrect,
        incorrectly, inaccurate, hangs, stuck, issue, severity, causing, caused, throwing, throws, cycle, timeout, mismatch
    debug 1: fix, fixed, fixes, missing, problem, problems, console, warn, screenshot, screenshots, properly, nothing, hardcoded,
        doesn't, didn't, isn't, wasn't, won't, doesnt, disappeared, overwrite, overwritten, leak, leaks, never, expected, trace, instead
    debug 0.5: still, rendered, but, however, only, without, happens, happened, logs, seems, could
    test 2.5: tests, testing, unittest, unittests, coverage, testcase, e2e, fixture, fixtures, assertion, assertions, pytest, vitest, jest
    test 2: test
    test 1.5: integration, assert, mock, mocks, mocking, flaky, cases
    docs 3: readme, docstring, docstrings, changelog, documentation, adr, claude.md, agents.md, jsdoc, glossary, tutorial
    docs 1.5: docs, doc, wording, document, documented, mention, description, paragraph, sentence
    docs 2: .md
    refactor 2: refactor, refactoring, duplicated, duplicating, duplicate, duplicates, duplication, duplications, helper, simplify,
        cleanup, restructure, abstraction, coupling, dry, cleaner, redundant
    refactor 1: types, interface, typed, extract
    boilerplate 2: rename, boilerplate, scaffold, stub, unused, obsolete, typo, typos, lint, linter, terminology, reformat, spelling, dead
    boilerplate 1: remove, replace
    security 3: security, vulnerability, vulnerabilities, xss, csrf, injection, authentication, authorization, oauth, jwt, encryption,
        credentials, sanitize, sanitise, cve, traversal, exploit, secrets
    infra 3: docker, dockerfile, kubernetes, k8s, helm, terraform, ansible, deploy, deployment, goreleaser, releaser, packaging, nginx,
        systemd, makefile, cron
    infra 1.5: ci, pipeline, release, workflow, workflows, artifacts, runner, runners, yaml, staging
    plan 2.5: design, architecture, brainstorm, roadmap, tradeoff, tradeoffs, proposal, rfc, ultrathink, mockups, options, alternatively,
        advantage, advantages, drawback, drawbacks, alternative, alternatives
    plan 1.5: approach, idea, ideas, wonder, wondering, strategy, ideally, theory, feasible, thoughts
    plan 1: plan, scenario, scenarios, guess, thinking, straightforward, easier, effort, maybe, rather, concept, think
    feature 1: feature, implement, support, allow, display, want, should, enabled, print, change, option, button, flag
    feature 0.5: add, update, make, default, page
    completion 4: fim_prefix, fim_suffix, autocomplete
    explain 1: explain, why, mean, meaning, understand, question, difference, purpose, happens
    side 2: tasks
    """
)

PAIRS: Final = _rows(
    """
    chore 2.5: pull request, merge conflicts, merge conflict, draft pr, try again, get back, back to, create pr, push to, go ahead,
        the merge, a pr, run the, up to, linear issue, new branch
    chore 2: comment in, reply directly, reply to
    review 2: pr comments, review comments, check again, do you, new comments, more comments, code review, any issues, potential issues,
        you sure, my changes, the changes, your changes, second opinion
    debug 2: not working, doesn't work, does not, no longer, still a, isn't there, not rendered, happening in, is not, not showing,
        can't see, don't see, not see, went wrong, goes wrong, go wrong, race condition, root cause, instead of, should have,
        supposed to, the issue, is broken, import cycle, this error, following error, right now, no changes, actually working
    debug 3: the fix, the bug, the problem, fix it, fix this, fix the
    test 3: unit tests, unit test, integration tests, integration test, a test, add tests, table driven, test case, test cases, test suite,
        test coverage, one test, write tests
    docs 3: commit message, release notes, pr description, the docs, docs update, the readme, the documentation, the comment
    refactor 2.5: clean up, split this, split up, break up, extract a, single source, strong types, pull out, same logic
    boilerplate 2.5: dead code, same pattern, copy the, never called, not used, lint error, lint errors, find and
    security 3: sql injection, access control, permission check, path traversal, api key, api keys
    infra 3: github actions, github action, ci cd, release pipeline, release artifacts, vendor zip, build pipeline
    plan 3: should we, what should, what if, pros and, straightforward way, better way, way to
    plan 2.5: could we, would it, trade offs, is there, a plan, the options, write plan, the design, how can,
        we could, i think, make sense, the idea, what about, how should, i wonder, another way, would be, what effort
    plan 1: think about, we should
    feature 2: add support, support for, new feature, new command, would like, i'd like, i want
    feature 1: the same
    explain 2: is doing, are doing, does it, does this, do we, are we, what does, what is, how do, how does, do i, you mean,
        explain to, you explain
    completion 4: complete this, finish this, complete the, finish the
    side 4: title for, output file, topic detection
    """
)


def _paired(pairs: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """By the first word of some pairs, the words that may follow it."""
    split = [tuple(pair.split()) for pair in pairs]
    return MappingProxyType({first: frozenset(second for one, second in split if one == first) for first, _ in split})


PAIRED: Final = _paired(PAIRS)

ACKNOWLEDGING: Final = frozenset(
    """
    yes yep yeah yup ok okay sure go ahead on continue proceed do it that please sounds good lgtm agreed agree and then the all both one
    two three four five thanks great cool perfect nice let's lets start now done with your recommendations suggestions follow through
    first those these them next right i we
    """.split()
)

LEAD: Final = 40
"""Words within which an ask is usually said; what stands after them counts half."""

OPENING: Final = 300
"""Characters within which a question mark is one of the ask itself."""

SHORT: Final = 12
"""Words beyond which nobody only says yes."""

USUAL: Final = MappingProxyType({"completion": 1, "boilerplate": 1, "docs": 1, "chore": 1, "side": 1, "security": 3})
"""Difficulty of a kind of work before anything in the words speaks for more or less; 2 for the kinds not named."""

HARDEST: Final = 3
SIGNS: Final = 3
"""So many words of `HARD` make work harder than its kind usually is."""

BRIEF: Final = 55
"""Words beyond which a word of `EASY` says little about the whole."""

HARD: Final = frozenset(
    """
    race races deadlock concurrent concurrency distributed migration migrate architecture performance leak ambiguous intermittent
    flaky ultrathink consistency redesign parallel rebase attribution edge scenario scenarios protocol locking
    """.split()
)
EASY: Final = frozenset("quick quickly simple simply just trivial small tiny typo briefly only oneliner little mention".split())

Rows = Iterable[tuple[str, float]]


def words_of(text: str) -> list[str]:
    """The lower-case words of a text."""
    return WORD.findall(text.lower())


def opener_of(words: Sequence[str]) -> str:
    """The word a request opens with once politeness and who is to do it are skipped; '' where that only tells what is so."""
    told = False
    for word in words:
        if word not in POLITE and word not in SUBJECTS:
            return "" if told and word in ASKING else word
        told = told or word in SUBJECTS
    return ""


def spoken(words: Sequence[str]) -> Iterator[tuple[Rows, float]]:
    """The rows of the words and of the pairs of words, each where it first stands, and how much they count there."""
    seen: set[str] = set()
    for place, (word, following) in enumerate(pairwise((*words, ""))):
        share = 1.0 if place < LEAD else 0.5
        rows = WORDS.get(word) or (_named(word) if word.endswith(".md") else ())
        if rows and word not in seen:
            seen.add(word)
            yield rows, share
        if word in PAIRED and following in PAIRED[word] and (pair := f"{word} {following}") not in seen:
            seen.add(pair)
            yield PAIRS[pair], share


def _named(document: str) -> Rows:
    """The rows of a document by its name."""
    return WORDS.get(document.removesuffix(".md")) or WORDS[".md"]


def scores(text: str) -> dict[str, float]:
    """The sum of the rows' weights by kind."""
    plan = PLAN.match(text)
    asked = plan[1] if plan else text
    words = words_of(asked)
    opening = PLANNED if plan else OPENERS.get(opener_of(words), ())
    found: dict[str, float] = {}
    for rows, share in ((opening, 1.0), (_question(asked, opening), 1.0), *spoken(words)):
        for kind, weight in rows:
            found[kind] = found.get(kind, 0.0) + weight * share
    return found


def _question(text: str, opening: Rows) -> Rows:
    """What a question mark says: more where the text ends with it, and where no verb has said yet what to do."""
    if text.rstrip().endswith("?"):
        return (("explain", 1.0 if opening else 2.0),)
    return (("explain", 0.5),) if "?" in text[:OPENING] else ()


TIES: Final = MappingProxyType({kind: (-TIERS.index(TIER_OF[kind]), place) for place, kind in enumerate(KINDS)})
"""The order of kinds that score the same: the harder one first."""


def kind_of(text: str) -> tuple[str, float]:
    """The kind of work a text asks for and how sure that is (0 to 1); unknown where no row speaks. Of equals the harder one."""
    ranked = sorted(scores(text).items(), key=lambda row: (-row[1], TIES[row[0]]))
    if not ranked:
        return ("chore", 0.5) if acknowledges(words_of(text)) else (UNKNOWN_KIND, 0.0)
    (best, top), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
    return best, round(0.3 + 0.6 * (top - second) / top, 2)


def acknowledges(words: Sequence[str]) -> bool:
    """Whether the words, if there are any, only say yes to what was said before."""
    return 0 < len(words) <= SHORT and all(word in ACKNOWLEDGING or word.isdigit() for word in words)


def difficulty_of(kind: str, words: Sequence[str]) -> int:
    """1 where a small cheap model does it reliably, 3 where the best is wanted."""
    hard, easy = len(HARD.intersection(words)), len(words) < BRIEF and not EASY.isdisjoint(words)
    return bounded(USUAL.get(kind, 2) + (hard >= SIGNS) - (easy and not hard))


def bounded(difficulty: int) -> int:
    """The nearest difficulty there is."""
    return min(HARDEST, max(1, difficulty))
