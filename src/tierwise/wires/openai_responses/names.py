"""Names that all of this wire's files share."""

from typing import Final

NAME: Final = "openai_responses"
PLACE: Final = f"{NAME} request"
ADDITIONAL: Final = "additional_tools"
TRIGGER: Final = "compaction_trigger"
SEARCH_NAME: Final = "tool_search"
"""What the search for deferred tools is called: on this wire it has a type and no name."""

PLAIN_SPACE: Final = "functions"
"""The namespace of tools that are in none: a call of one of them names no namespace."""

COMPACTIONS: Final = frozenset({"compaction", "compaction_summary", "context_compaction"})
