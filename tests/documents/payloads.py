"""What people might type to make a paper or a sheet do something: each must come out as it was typed."""

from __future__ import annotations

from itertools import product

STARTS = "= + - @ ＝ ＋ － ＠ ' \t \r \n | % ; , < &".split(" ")
BODIES = (
    "cmd|' /C calc'!A0", "1", "1+1", "SUM(A1:A9)", 'HYPERLINK("http://x.example","x")', "DDE(\"a\";\"b\";\"c\")",
    "http://x.example", "mailto:a@b.example", "file:///etc/passwd", "internal:Sheet1!A1", "<b>x</b>", "</t></si>",
    "<f>1+1</f>", "#read(\"/etc/passwd\")", "\u202egnp.exe", "naïve\tcel", "twee\r\nregels", '";=1+1;"', "_x0041_",
)  # fmt: skip
ALONE = ("<r><t>x</t></r>", "<r><t>x</t><f>1+1</f></r>", "<r>", "x\x08y", "", " ", "\ufeff=1", " =1", "\u200b=1",
         "{=1+1}", "TRUE", "1E5", "2026-11-25x", "\uffff", "é" * 40, "👩‍🦽", "x" * 33_000)  # fmt: skip
TYPST = (
    '#read("/etc/passwd")', "$x$", "*b*", "_c_", "[x](y)", "`raw`", "<label>", "@ref", "= Kop", "- punt", "+ punt",
    "/ term: uitleg", "#let x = 1", "#set page(width: 1pt)", "#image(\"x.png\")", "\\u{41}", "\\ ", "~", "---", "...",
    "<script>alert(1)</script>", "&lt;b&gt;", "{{7*7}}", "{name}", "%s", "=cmd|'/C calc'!A0", "// weg", "/* weg */",
    "#{", "]", "$", "#", "'; DROP TABLE cases; --", "https://example.nl/?a=b#c", "#panic()", "#sys.inputs.paper",
    "#link(\"https://x.example\")[klik]", "www.x.example", "\u202edlrow olleh\u202c", "\u2066binnen\u2069",
)  # fmt: skip
PAYLOADS = (*(start + body for start, body in product(STARTS, BODIES)), *ALONE, *TYPST)
