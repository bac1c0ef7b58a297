"""How a page is set: one column, few sizes, two papers, and the colours of pictures turned to the paper's."""

from typing import Final

from tierwise.lab.charts.look import ACCENT, DARK, FAINT, HAIR, INK, MUTED, PAPER, WARNING

NAMES: Final = {"paper": PAPER, "ink": INK, "muted": MUTED, "hair": HAIR, "faint": FAINT, "accent": ACCENT, "warning": WARNING}

RULES: Final = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.55 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",Helvetica,Arial,sans-serif}
main{max-width:58rem;margin:0 auto;padding:4.5rem 1.5rem 6rem}
h1{font-size:2.1rem;line-height:1.2;font-weight:600;letter-spacing:-.02em;margin:0 0 .4rem}
h2{font-size:1.4rem;line-height:1.3;font-weight:600;letter-spacing:-.01em;margin:0 0 1.2rem}
h3{font-size:1rem;font-weight:600;margin:1.6rem 0 .5rem}
p{margin:0 0 .8rem}
section{margin-top:5rem}
.eyebrow,.muted,figcaption,caption,dt{color:var(--muted)}
.eyebrow{margin:0 0 .6rem}
.lead{font-size:1.3rem;line-height:1.45;max-width:46rem;margin:2.4rem 0}
.prose{max-width:42rem}
.banner{border-left:3px solid var(--warning);color:var(--warning);padding:.2rem 0 .2rem 1rem;margin:1.6rem 0}
.figures{display:grid;grid-template-columns:repeat(4,1fr);gap:1.6rem 2rem;margin:0 0 1.8rem;padding-top:1.2rem;
border-top:1px solid var(--ink)}
.figures dt,.figures .muted{font-size:.875rem;line-height:1.4}
.figures dd{margin:0}
.figures dt+dd{font-size:1.75rem;line-height:1.3;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.figures.small{border-top-color:var(--hair);margin-bottom:2.6rem}
.figures.small dt+dd{font-size:1.1rem;letter-spacing:0}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;margin-top:2.6rem;padding:.9rem 0;border:solid var(--hair);border-width:1px 0;
font-size:.875rem}
a{color:var(--accent);text-decoration:none}
a:hover,a:focus-visible{text-decoration:underline}
figure{margin:0}
figcaption{font-size:.875rem;max-width:42rem;margin-top:.8rem}
.chart svg{display:block;width:100%;height:auto}
.narrow{display:none}
.panels{display:grid;grid-template-columns:1fr 1fr;gap:1rem 2rem}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.875rem;margin-bottom:1rem}
.key span{white-space:nowrap}
.key svg{width:.65rem;height:.65rem;margin-right:.45rem}
.scroll{overflow-x:auto;margin:1.6rem 0}
table{border-collapse:collapse;min-width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.7rem;max-width:min(42rem,100vw - 2.2rem);position:sticky;left:0}
th,td{text-align:left;vertical-align:top;padding:.4rem .9rem .4rem 0;border-bottom:1px solid var(--hair);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--muted);border-bottom-color:var(--faint);vertical-align:bottom}
td{white-space:nowrap}
.number{text-align:right;white-space:nowrap}
thead .number{white-space:normal}
.strong>*{color:var(--accent);font-weight:600}
tbody th{min-width:9rem;overflow-wrap:break-word}
thead th::first-letter,dt::first-letter{text-transform:uppercase}
td small{display:block;color:var(--muted)}
details{border-bottom:1px solid var(--hair)}
summary{display:flex;gap:1.5rem;padding:.75rem 0;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"+";color:var(--muted);width:.8rem;flex:none}
details[open]>summary::before{content:"\\2212"}
summary .words{flex:1;min-width:0;overflow-wrap:anywhere}
details[open]{padding-bottom:1.6rem}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.35rem 1.2rem;margin:.6rem 0;font-size:.875rem}
dl dd{margin:0;overflow-wrap:anywhere}
ul{padding-left:1.1rem;max-width:42rem}
li{margin-bottom:.5rem}
small{font-size:.8em}
@media screen and (max-width:46rem){
main{padding:2.5rem 1.1rem 4rem}
h1{font-size:1.7rem}
section{margin-top:3.5rem}
.lead{font-size:1.15rem;margin:1.8rem 0}
.figures{grid-template-columns:1fr 1fr;gap:1.2rem}
.figures dt+dd{font-size:1.45rem}
.panels{grid-template-columns:1fr}
.wide{display:none}
.narrow{display:block;max-width:30rem}
dl{grid-template-columns:1fr;gap:0}
dl dd{margin-bottom:.6rem}
summary{gap:.8rem}
tbody th,thead th:first-child{position:sticky;left:0;background:var(--paper)}
}
@media print{
body{font-size:10pt}
main{max-width:none;padding:0}
nav{display:none}
section{margin-top:2.5rem}
.chart,tr{break-inside:avoid}
h2,h3,.key{break-after:avoid}
.scroll{overflow:visible}
table{font-size:7pt}
th,td{padding-right:.5rem}
td,.number{white-space:normal}
}
"""


def _papers() -> str:
    """The colours on light paper and, on a screen that asks for it, on dark paper; in pictures too."""
    light = ";".join(f"--{name}:{colour}" for name, colour in NAMES.items())
    dark = ";".join(f"--{name}:{DARK[colour]}" for name, colour in NAMES.items())
    turned = "".join(f'[{part}="{one}"]{{{part}:{other}}}' for one, other in DARK.items() for part in ("fill", "stroke"))
    return f":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}\n{turned}}}\n"


STYLE: Final = _papers() + RULES
