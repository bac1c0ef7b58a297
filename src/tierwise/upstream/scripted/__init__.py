"""The public fake: a provider within the process that plays a script, for demos and tests.

Theory of operation. `Scripted` is a transport: what it is sent, it answers as a provider would, on all three wires and the smaller
routes, streamed or not, without a socket. A request is judged (as strictly as real providers do, unless told otherwise), understood, and
answered; the answer is a pure function of what is asked; it becomes a `Script` of timed pieces, and the script is played. The same scripts
are played over real sockets by `tierwise.testing`. Nothing here uses the gateway's own wires: it is an independent reading of the same
protocols, so that an error in one is not hidden by the same error in the other.

The person's words can steer it: see `directives` ([[say: ...]], [[tool: name {json}]], [[fail: 529]], [[slow: 50]] and others).
"""

from tierwise.upstream.scripted.script import Piece, Playing, Script, played, playing, streamed, whole
from tierwise.upstream.scripted.transport import Scripted

__all__ = ["Piece", "Playing", "Script", "Scripted", "played", "playing", "streamed", "whole"]
