"""The same data is the same file, whichever process makes it: also with another hash seed, time zone and language of
the machine. An archive may compare two copies, and a paper sent twice is the same paper."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from bot.documents import pdf
from bot.documents.charts import summary_png
from bot.documents.sheets import register_csv, register_xlsx
from handlers.procedure.summary import Counts, Period
from handlers.procedure.trend import Trend
from tests.documents import sample

ROOT = Path(__file__).parents[2]


def digests() -> dict[str, str]:
    """Of each paper, sheet and picture, in both languages."""
    firm, words = sample.settings().firm, sample.words()
    rows, made = sample.register(), dict[str, bytes]()
    numbered = [{**row, "number": f"N{n:04}", "corrective": "yes", "agreed": ""} for n, row in enumerate(rows)]
    year = Period("year", sample.TODAY.replace(month=1, day=1), sample.TODAY)
    for language in ("nl", "en"):
        for name, paper in sample.every().items():
            made[f"{name} {language}"] = pdf.render(paper, language, firm, words)
        made[f"xlsx {language}"] = register_xlsx(numbered, firm, words, language)
        made[f"csv {language}"] = register_csv(numbered, firm, words, language)
        counts = {"fit_pain": Counts(5, 4, 3, 2, 1, 1)}
        trend = Trend(sample.TODAY, (), (1, 0, 0, 2, 0), 60)
        made[f"picture {language}"] = summary_png(counts, year, trend, firm, words, language)
    return {name: hashlib.sha256(data).hexdigest() for name, data in made.items()}


def test_in_another_process_and_place() -> None:
    code = "from tests.documents.test_same_bytes import digests; import json; print(json.dumps(digests()))"
    there = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=there, cwd=ROOT, check=True)
    assert json.loads(done.stdout) == digests()
