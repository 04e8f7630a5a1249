"""Signing out by command, before and after the relief has come; on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.office import Run


def test_who_signs_out_is_told_whose_relief_is_missing(run: Run):
    now = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai"))
    times = [now + timedelta(hours=n) for n in (-3, 1, 7)]
    lines = [
        f"4001,{start:%Y-%m-%d},{start:%H:%M},{end:%H:%M},primary,{who}"
        for who, start, end in (("1001", *times[:2]), ("1002", *times[1:]))
    ]
    Path("roster.csv").write_text("\n".join(["hotline,date,start,end,role,person", *lines]))
    assert run("roster", "import", "roster.csv")[0] == 0

    def sign(*words: str) -> str:
        status, out, _ = run("sign", *words)
        assert status == 0
        return out.strip()

    assert sign("in", "1001") == "张三 (1001) signed in, on 4001"
    waiting = "张三 (1001) signed out, on 4001; 李四 has not signed in yet: nobody leaves before the relief"
    assert sign("out", "1001") == waiting
    sign("in", "1002")
    assert sign("out", "1001") == "张三 (1001) signed out, on 4001"
