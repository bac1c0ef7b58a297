"""What the person's words say of the work before them: a complaint, a correction, the same request again, thanks, or nothing of the kind.

Only how a message begins is read, and nothing of a long one: who writes much describes new work. Words are looked for in the languages
that developers write most. A bare "no" answers a question as often as it corrects, so it does not count alone. A request that has most
of its words in common with the one before is the same request.
"""

import re
from collections.abc import Sequence
from typing import Final

from tierwise.core.signs import Sign

FIRST: Final = 240
"""Characters of a message that are read."""

LONG: Final = 900
"""Characters of a message from which on it is new work, whatever it begins with."""

BAD: Final = (
    r"(?:(?:some|a|an|the|not|same|lots\s+of|e2e|tests?|merge|type|lint|build)\s+){0,3}(?:fail\w*|broken?|wrong|crash\w*|error\w*|issues?\b|not\s+\w+"
    r"|doesn'?t|does not|isn'?t|same\b|getting|seeing|get\b|see\b|have\b|throw\w*|perfect\b|there\b)"
)
SUBJECT: Final = r"(?:[\w']+\s+){0,4}(?:is|are|was|it|it's|this|that|tests?|build|ci|one|i'm|i|we|you)\s+"

COMPLAINTS: Final = (
    rf"(?:{SUBJECT})?still\s+{BAD}",
    r"again,?\s+(?:(?:that|this|it)(?:'s|\s+is)\s+)?" + BAD,
    r"(?:that|this|it|which)(?:'s|\s+is|\s+was|\s+are)\s+(?:\w+\s+)?(?:wrong|incorrect|broken|not\s+(?:right|correct|working|what\s+i\b))",
    r"(?:that|this|it)\s+(?:still\s+)?(?:did(?:n'?t| not)|does(?:n'?t| not))\s+(?:work|help|fix|solve|do\s+(?:it|anything|what))",
    r"you(?:'ve|\s+have)?\s+(?:just\s+)?(?:broke|broken|deleted|removed|messed|forgot|missed|ignored|didn'?t|did\s+not|haven'?t|have\s+not)\b",
    r"you(?:'ve|\s+have)?\s+(?:just\s+)?(?:never|failed|overw\w+|lied|hallucinat\w+)",
    r"why\s+(?:did|have|would|are|is)\s+(?:you|it)\b.{0,40}\b(?:delete|remove|change|break|broke|add|skip|ignore|still|again|not)\w*",
    r"(?:not|isn'?t|doesn'?t|never)\s+(?:what\s+i\s+(?:asked|wanted|meant|said)|working\s+(?:still|yet))",
    r"(?:wtf|come on|seriously\?|terrible|awful|useless|nonsense|makes no sense|this is (?:bad|ugly))",
    r"(?:no change|nothing changed|same (?:error|issue|problem|result))",
    r"das\s+(?:ist|war)\s+falsch|(?:(?:das|es)\s+)?(?:funktioniert|geht)\s+(?:immer\s+noch\s+|noch\s+immer\s+|noch\s+)?nicht",
    r"immer\s+noch\s+(?:nicht|kaputt|falsch|der\s+fehler)",
    r"c'est\s+(?:faux|pas\s+(?:bon|ça|correct))",
    r"ça\s+(?:ne\s+)?(?:marche|fonctionne)\s+(?:toujours\s+)?pas|toujours\s+(?:pas|la\s+même\s+erreur)",
    r"est[aá]\s+mal|eso\s+no\s+es|(?:todav[ií]a|sigue|a[uú]n)\s+(?:no\s+funciona|sin\s+funcionar|falla\w*)|no\s+funciona",
    r"est[aá]\s+errado|(?:ainda|continua)\s+(?:n[aã]o\s+funciona|falha\w*|dando\s+erro)|n[aã]o\s+funcion(?:a|ou)",
    r"è\s+sbagliato|(?:ancora\s+)?non\s+funziona(?:\s+ancora)?",
    r"(?:(?:всё|все|по-прежнему)\s+(?:(?:ещё|еще|равно)\s+)?)?не\s+работает|это\s+неправильно|неверно",
    r"还是(?:不行|不对|报错|失败|有问题)|不对|错了|没有?用|不行|仍然(?:失败|报错)",
    r"まだ(?:動|直|エラー|失敗)|違います|違う|間違って|動かない|直って(?:い)?ない",
    r"여전히\s*(?:안|오류)|아직도\s*안|틀렸",
)
"""What says that the work is bad: English, German, French, Spanish, Portuguese, Italian, Russian, Chinese, Japanese, Korean."""

NO: Final = r"(?:no|nope|nah|wait|stop)\b[,.!:;-]*\s*(?:no\b[, ]*)?"

CORRECTIONS: Final = (
    NO + r"(?:that|this|it)(?:'s|\s+is)\s+(?:not|wrong|still)\b",
    NO + r"(?:don'?t|do\s+not|stop|you\b|i\s+(?:meant|want|said|asked)|not\s+(?:like|that|this|what))",
    NO + r"(?:wrong|undo|revert|use\b|try\s+again|never)",
    NO + r"(?:let'?s\s+)?roll\s*back",
    r"(?:wrong|stop)(?=[.!]|$)",
    r"(?:please\s+|just\s+|can\s+you\s+|could\s+you\s+|let'?s\s+)?(?:revert|undo|roll\s*back|put\s+(?:\w+\s+)?back)\b",
    r"(?:please\s+)?restore\s+(?:it|that|this|the\s+(?:old|previous|original))\b",
    r"wrong\s+(?:file|one|place|branch|approach|direction|test|function|version)\b",
    r"(?:actually|instead|rather),?\s+(?:let'?s|use|do|make|don'?t|i\s+want|we\s+(?:want|should)|it\s+should|keep|remove|change)\b",
    r"i\s+(?:meant|said|asked|wanted|told\s+you)\b",
    r"(?:don'?t|do\s+not|never)\s+(?:\w+\s+)?(?:do|use|add|change|touch|remove|delete|make|create|commit|modify|edit|write|mock)\b",
    r"(?:that|this|it)\s+(?:should(?:n'?t| not)?|must(?:n'?t| not)?|needs\s+to)\s+(?:still\s+)?(?:be|have|not|use)\b",
    r"you\s+(?:should(?:n'?t| not)?\s+(?:not\s+)?have|were\s+supposed|need(?:ed)?\s+to\s+also|misunderst\w+)",
    r"nein[,.! ]+(?:das|nicht|ich|du|so)\b|doch\s+nicht\b|mach\s+das\s+rückgängig|nicht\s+so\b",
    r"non[,.! ]+(?:ce\s+n|pas|je|c'est)|annule\b|reviens\s+en\s+arrière|pas\s+comme\s+ça",
    r"no[,.! ]+(?:eso|as[ií]|quiero|est[aá])\b|revierte\b|deshaz|as[ií]\s+no\b",
    r"n[aã]o[,.! ]+(?:é|isso|assim|quero|era)\b|reverta\b|desfaz|desfa[cç]a",
    r"нет[,.! ]+(?:не|это|я)\b|откати|верни\s+(?:как|назад|обратно)|отмени",
    r"不是(?:这|那|我)|不要|撤销|回退|恢复|改回",
    r"いや、|いいえ、|戻して|元に戻",
)
"""What says that the work is to be other than it is, in the same languages."""

PRAISE: Final = (
    r"(?:perfect|great|awesome|excellent|nice|lgtm|looks?\s+(?:good|great|perfect)|well\s+done|good\s+job|love\s+it|brilliant|fantastic|amazing)\b",
    r"(?:(?:it|that|this)\s+works|works\s+(?:now|great|perfectly|well)|works(?=[.!]|$)|thank(?:s| you)|thx)\b",
    r"(?:perfekt|super|danke|passt|sehr\s+gut|funktioniert\s+jetzt|parfait|merci|perfecto|gracias|genial|perfeito|obrigad[oa]|ótimo|valeu)\b",
    r"(?:perfetto|grazie|ottimo|отлично|спасибо|супер|идеально)\b",
    r"很好|完美|谢谢|不错|太好了|完璧|ありがとう|いいね|素晴らしい",
)
"""What says that the work is good."""


def _any(patterns: Sequence[str]) -> str:
    return "(?:" + "|".join(patterns) + ")"


BEFORE: Final = r"(?:^|[.!?\n,;:][ \t]{0,3}|\b(?:but|and|so|hm+|ok(?:ay)?|aber|mais|pero|mas|ma|но)\s+|[\u3040-\u9fff])"
"""Where a complaint may begin: a sentence, a part of one, or in a script without spaces anywhere."""

COMPLAINT: Final = re.compile(BEFORE + _any(COMPLAINTS), re.IGNORECASE)
CORRECTION: Final = re.compile(r"\A\W{0,3}(?:(?:ok(?:ay)?|hm+|well|oh|sorry|please|hey)[,. ]+)?" + _any(CORRECTIONS), re.IGNORECASE)
THANKS: Final = re.compile(r"\A\W{0,3}(?:(?:ok(?:ay)?|yes|great)[,.! ]+){0,3}" + _any(PRAISE), re.IGNORECASE)
BUT: Final = re.compile(r"\b(?:but|however|except|although|aber|mais|pero|mas|но)\b|但|でも|けど|\?", re.IGNORECASE)
"""What takes a praise back."""

ON: Final = re.compile(
    r"\A\W*(?:yes|no|y|n|ok|okay|continue|go on|go ahead|proceed|do it|sure|ja|weiter|oui|sí|si|sim|да|\d{1,2}|[a-c])\W*\Z", re.IGNORECASE
)
"""Words that only answer, or let the work go on."""


def heard(words: str, previous: str) -> tuple[Sign, ...]:
    """What the person's words say of the work that their previous words set going: one sign, or none where they only let it go on."""
    if not words or not previous or ON.match(words[:FIRST]):
        return ()
    return (Sign(_kind(words, previous), "words"),)


def _kind(words: str, previous: str) -> str:
    """The sign in words that came after others."""
    text = words[:FIRST] if len(words) < LONG else ""
    if COMPLAINT.search(text):
        return "complaint"
    if CORRECTION.search(text):
        return "correction"
    if alike(words, previous):
        return "asked_again"
    return "praised" if THANKS.search(text) and not BUT.search(text) else "went_on"


WORDS: Final = re.compile(r"[\u3040-\u9fff]|[^\W_\u3040-\u9fff]{2,}")
FEW: Final = 4
"""Words of a request that is too short to be told from another by them."""

ALIKE: Final = 0.7
"""How much two requests have to have in common to be the same."""

MUCH: Final = 2_000
"""Characters of a request that are compared."""


def alike(words: str, previous: str) -> bool:
    """Whether a request says again what the one before said: most of the words of both are the same."""
    one, other = (set(WORDS.findall(text[:MUCH].lower())) for text in (words, previous))
    shared = len(one & other)
    return min(len(one), len(other)) >= FEW and 2 * shared >= ALIKE * (len(one) + len(other))
