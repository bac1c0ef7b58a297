"""What is odd about servers that speak this wire, by the names that providers give it.

| quirk | what the server does | what is done |
|---|---|---|
| `no_FIELD` | refuses the top-level field FIELD (`no_stream_options`, `no_parallel_tool_calls`, `no_store`, ...) | left out |
| `fixed_sampling` | refuses `temperature` and `top_p` | left out |
| `max_tokens` | knows only the older name of the output limit | `max_tokens` in place of `max_completion_tokens` |
| `no_developer_role` | knows no role `developer` | `system` |
| `merge_system` | takes system text only as its first message | merged; later system text is the user's, in `<system>` tags |
| `text_content` | takes only plain strings as content | texts are joined; what is not text is left out |
| `no_json_schema` | has no JSON schema for answers | `json_object`, and the schema in words at the end of the system text |
| `no_response_format` | has no form of answers at all | left out, and said in words as well |
| `no_strict` | refuses `strict` in tools and schemas | left out |
| `no_reasoning` | refuses the reasoning of earlier answers | left out |
| `echo_reasoning` | wants the reasoning of earlier answers back | `reasoning_content` in each; a space where there is none |
| `tool_names` | wants the tool's name in its answers | `name` in messages of role `tool` |
| `thought_signatures` | wants the signature of its thoughts at calls | the documented stand-in, where there is none |
| `custom_tools` | has tools with free text | custom tools as such; elsewhere a function with one text stands for them |
| `cache_control` | reads cache marks on parts | sent, and set where the prompt brings none |
| `file_urls` | fetches documents by their address | the address in `file_data`; elsewhere it is named in a text |
| `three_efforts` | knows the efforts low, medium and high only | the nearest of them |
| `effort_none` | knows the effort none | said where the client turns thinking off; elsewhere nothing is |
| `thinking_field` | turns thinking on and off by `thinking: {"type": ...}` | that field, beside the effort |
| `reasoning_field` | takes effort and budget in `reasoning` | that field, in place of `reasoning_effort` |
| `top_k` | takes `top_k` | sent; elsewhere it is a loss |

Those up to `thought_signatures` hold for bodies that pass through, too (see `fitting`).
"""

from functools import lru_cache
from typing import Final

NO: Final = "no_"
OWN: Final = frozenset({"no_developer_role", "no_json_schema", "no_strict"})
"""Quirks that begin like the names of fields and are none."""

SAMPLING: Final = ("temperature", "top_p")


@lru_cache(maxsize=256)
def refused(names: frozenset[str]) -> frozenset[str]:
    """The top-level fields that a server with these quirks refuses."""
    fixed = SAMPLING if "fixed_sampling" in names else ()
    return frozenset({*(one.removeprefix(NO) for one in names - OWN if one.startswith(NO)), *fixed})
