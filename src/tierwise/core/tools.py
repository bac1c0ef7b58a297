"""What the tools of a coding client are, and how their results say how they ended.

A client names its tools as it likes; what the router wants to know is whether one runs commands, changes files or only looks. And each
tells in words of its own with which code a command ended. `Tools` is what a client's file says of both; the usual names and words stand
for clients that are not known.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

SHELL: Final = "shell"
EDIT: Final = "edit"
WRITE: Final = "write"
READ: Final = "read"
SEARCH: Final = "search"
AGENT: Final = "agent"
TODO: Final = "todo"
WAIT: Final = "wait"
ASK: Final = "ask"
WEB: Final = "web"

KINDS: Final = MappingProxyType(
    {
        SHELL: "runs a command",
        EDIT: "changes a file",
        WRITE: "writes a whole file",
        READ: "shows a file or a folder",
        SEARCH: "looks for files or text",
        AGENT: "has another agent do something",
        TODO: "notes what is to be done",
        WAIT: "looks after something that runs",
        ASK: "asks the person",
        WEB: "looks something up elsewhere",
    }
)
"""What a tool can be."""

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        SHELL: "bash shell sh zsh powershell pwsh terminal cmd exec exec_command run_command run_shell_command run_terminal_command"
        " run_terminal_cmd run_in_terminal execute_command execute_bash execute run run_bash bash_command local_shell container_exec"
        " unified_exec shell_command command run_tests runtests run_shell run_script execute_shell_command",
        EDIT: "edit multiedit multi_edit edit_file apply_patch applypatch patch str_replace str_replace_editor str_replace_based_edit_tool"
        " replace replace_in_file search_replace apply_diff apply_edit insert_content insert_edit_into_file replace_string_in_file"
        " multi_replace_string_in_file edit_existing_file single_find_and_replace notebookedit notebook_edit file_editor search_and_replace"
        " update_file modify_file text_editor smart_edit fsedit",
        WRITE: "write write_file write_to_file create_file create create_new_file save_file new_file file_write",
        READ: "read read_file view view_file view_image open_file cat ls list list_dir list_files list_directory read_many_files"
        " list_code_definition_names file_read notebookread",
        SEARCH: "grep glob search search_files search_file_content file_search grep_search semantic_search codebase_search find"
        " find_files rg grep_code search_code glob_files find_by_name toolsearch tool_search",
        AGENT: "agent task spawn_agent subagent delegate new_task dispatch_agent delegate_task runsubagent run_subagent",
        TODO: "todowrite todoread todo todo_write update_plan checklist taskcreate taskupdate tasklist taskget update_todo_list"
        " manage_todo_list task_tracker think update_goal create_goal get_goal plan",
        WAIT: "taskoutput bashoutput bash_output taskstop killshell kill_shell killbash write_stdin wait wait_agent checkbackgroundjob"
        " monitor get_terminal_output read_bash stop_bash write_bash sleep send_input close_agent read_terminal",
        ASK: "askuserquestion askquestion ask_user ask_followup_question request_user_input exitplanmode enterplanmode question"
        " attempt_completion plan_mode_respond finish",
        WEB: "webfetch websearch web_fetch web_search fetch fetch_url browser browser_action google_web_search web",
    }
)

USUAL: Final[Mapping[str, str]] = MappingProxyType({name: kind for kind, names in _NAMES.items() for name in names.split()})
"""What tools of these names (lower case) are, whoever has them."""

EXITS: Final = re.compile(
    r"\A(?:[^\n]*\n){0,5}?(?:Error: )?(?:Process exited with code|Exit [Cc]ode:?|return_?code:) (-?\d+)\b"
    r"|^(?:\[?(?:The )?[Cc]ommand (?:exited|completed|finished|failed) with (?:exit )?(?:code|status)) (-?\d+)[\].]*\s*\Z"
    r"|^<exited with exit code (-?\d+)>\s*\Z"
    r"|^(?:Exit [Cc]ode|return_?code|Return code): (-?\d+)\s*(?:\n[^\n]*){0,4}\Z"
    r"|[\"']exit_?code[\"']: ?(-?\d+)\b"
    r"|<(?:returncode|exit_code)>(-?\d+)</",
    re.MULTILINE,
)
"""How most tools say with which code a command ended: before or after what it printed."""

WORDS: Final = ("ode", "tatus")
"""Parts of words without which none of that is said: most results have none, and looking for these is quick."""

ENDS: Final = 600
"""Characters at either end of a result in which that stands."""


ERRORS: Final = (
    *("Error: ", "Error executing", "Error calling", "ERROR: ", "[ERROR] ", "<error>", "<tool_use_error>"),
    "Tool execution failed",
)
"""How most results begin that tell of a failure."""


FOREIGN: Final = "mcp__"
"""How names of tools begin that belong to a server of their own: `create` there is no file."""


class Tools(Struct, frozen=True):
    """What a client's file says of its tools.

    `kinds` are kinds (keys of KINDS) by the tools' names in lower case, where they are not the usual ones; `exits` finds the code with
    which a command ended (its one group that is set). All others are beginnings of results: `refused` says that the person did not allow
    the call, `unrun` that it never ran, `errors` that it failed, where the wire has no place for that. `silent` says that the client says
    nothing of a code of zero.
    """

    kinds: Mapping[str, str] = MappingProxyType({})
    exits: re.Pattern[str] = EXITS
    refused: tuple[str, ...] = ()
    unrun: tuple[str, ...] = ()
    errors: tuple[str, ...] = ERRORS
    silent: bool = False

    def kind(self, name: str) -> str:
        """What a tool is, '' where nobody knows."""
        low = name.lower()
        return self.kinds.get(low) or USUAL.get(low) or ("" if low.startswith(FOREIGN) else USUAL.get(low.rpartition("__")[2], ""))

    def exit(self, result: str) -> int | None:
        """The code with which a command ended, None where its result does not say."""
        ends = result if len(result) <= 2 * ENDS else f"{result[:ENDS]}\n{result[-ENDS:]}"
        if self.exits is EXITS and not any(word in ends for word in WORDS):
            return None
        found = self.exits.search(ends)
        return int(next(one for one in found.groups() if one is not None)) if found else None


TOOLS: Final = Tools()
"""The tools of clients that nobody knows."""
