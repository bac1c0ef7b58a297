"""Every agent: what it is told of its stage, and that nothing of the person's own is touched."""

import json
import tomllib
from collections.abc import Mapping

import pytest

from tierwise import plugins
from tierwise.runner import agent
from tierwise.runner.agent import Agent, Pointed, Site
from tierwise.runner.agents import aider, claude_code, codex, mini_swe_agent, opencode

SITE = Site("http://127.0.0.1:1", "tw-secret", "some-model", "/runs/r/stage-1/home")
LINES: Mapping[str, tuple[str, ...]] = {
    "claude_code": ("claude", "-p", "mend it", "--allowedTools", "Bash"),
    "codex": ("codex", "exec", "--json", "mend it"),
    "opencode": ("opencode", "run", "mend it"),
    "aider": ("aider", "--yes-always", "--message", "mend it", "a.py"),
    "mini_swe_agent": ("mini", "-y", "-t", "mend it"),
}
AGENTS = plugins.found(plugins.AGENTS)


def pointed(line: tuple[str, ...], one: Agent) -> Pointed:
    return one.pointed(line, SITE)


def test_there_is_a_command_line_here_for_every_agent() -> None:
    assert {one.name for one in AGENTS} == set(LINES)


@pytest.mark.parametrize("one", AGENTS, ids=lambda one: str(one.name))
def test_it_is_recognised_and_is_pointed_at_the_gateway_with_the_stages_key_and_model(one: Agent) -> None:
    line = LINES[one.name]
    assert agent.recognised(line, AGENTS) is one
    found = pointed(line, one)
    said = "\n".join((*found.argv, *found.env.values(), *found.files.values()))
    assert "http://127.0.0.1:1" in said
    assert "some-model" in said
    assert "tw-secret" in "".join(found.env.values())


@pytest.mark.parametrize("one", AGENTS, ids=lambda one: str(one.name))
def test_its_secret_is_on_no_command_line_and_its_files_are_in_the_stages_folder(one: Agent) -> None:
    found = pointed(LINES[one.name], one)
    assert all("tw-secret" not in word for word in found.argv)
    assert all(name.startswith(f"{SITE.folder}/") for name in found.files)


@pytest.mark.parametrize("one", AGENTS, ids=lambda one: str(one.name))
def test_what_the_person_wrote_is_still_there(one: Agent) -> None:
    line = LINES[one.name]
    words = list(pointed(line, one).argv)
    assert [word for word in words if word in line] == list(line)


@pytest.mark.parametrize("one", AGENTS, ids=lambda one: str(one.name))
def test_what_failed_before_is_said_to_it_once(one: Agent) -> None:
    assert one.told is not None
    found = one.told(LINES[one.name], "it broke")
    assert "\n".join(found).count("it broke") == 1
    assert "mend it" in "\n".join(found)


def test_claude_code_keeps_to_the_stages_model_whatever_is_asked_for() -> None:
    found = pointed(("npx", "@anthropic-ai/claude-code", "--model", "opus", "-p", "x"), claude_code.AGENT)
    assert found.argv == ("npx", "@anthropic-ai/claude-code", "--settings", f"{SITE.folder}/settings.json", "-p", "x")
    said = json.loads(found.files[f"{SITE.folder}/settings.json"])["env"]
    assert said["ANTHROPIC_BASE_URL"] == found.env["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1"
    assert {value for name, value in said.items() if name.endswith("MODEL")} == {"some-model"}
    assert found.env["CLAUDE_CONFIG_DIR"].startswith(SITE.folder)
    assert "CLAUDECODE" in found.without


def test_claude_code_leaves_settings_that_were_given_and_adds_to_a_system_prompt_that_was() -> None:
    assert pointed(("claude", "--settings", "own.json"), claude_code.AGENT).argv == ("claude", "--settings", "own.json")
    told = claude_code.AGENT.told
    assert told is not None
    assert told(("claude", "--append-system-prompt", "be brief", "-p", "x"), "it broke")[2] == "be brief\n\nit broke"


def test_codex_has_settings_of_its_own() -> None:
    found = pointed(("codex", "exec", "-m", "gpt-9", "x"), codex.AGENT)
    assert found.argv == ("codex", "exec", "-m", "some-model", "x")
    said = tomllib.loads(found.files[f"{found.env['CODEX_HOME']}/config.toml"])
    assert said["model"] == "some-model"
    assert said["model_providers"]["tierwise"]["base_url"] == "http://127.0.0.1:1/v1"
    assert found.env[said["model_providers"]["tierwise"]["env_key"]] == "tw-secret"


def test_opencode_is_told_in_what_holds_over_every_file() -> None:
    found = pointed(("opencode", "run", "-m", "x/y", "mend it"), opencode.AGENT)
    assert found.argv == ("opencode", "run", "-m", "tierwise/some-model", "mend it")
    said = json.loads(found.env["OPENCODE_CONFIG_CONTENT"])
    assert said["model"] == "tierwise/some-model"
    assert said["provider"]["tierwise"]["options"]["baseURL"] == "http://127.0.0.1:1/v1"
    assert pointed(("opencode", "serve"), opencode.AGENT).argv == ("opencode", "serve")


def test_aider_is_told_in_the_file_it_reads_last() -> None:
    found = pointed(("aider", "--model=gpt-9", "--env-file", "own.env"), aider.AGENT)
    assert found.argv[-3:] == ("--model=openai/some-model", "--env-file", "own.env")
    found = pointed(LINES["aider"], aider.AGENT)
    assert found.files[found.argv[found.argv.index("--env-file") + 1]] == (
        "OPENAI_API_BASE=http://127.0.0.1:1/v1\nOPENAI_API_KEY=tw-secret\n"
    )
    assert found.env["AIDER_CHAT_HISTORY_FILE"].startswith(SITE.folder)


def test_mini_swe_agent_is_found_behind_python_too() -> None:
    found = pointed(("python", "-m", "minisweagent.run.mini", "-t", "x"), mini_swe_agent.AGENT)
    assert found.argv == ("python", "-m", "minisweagent.run.mini", "-m", "openai/some-model", "-t", "x")
