from __future__ import annotations

from pathlib import Path

from trees import ids, problems, project, scopes

ADD = "alter table public.orders add column note text;"


def test_order_transaction_and_version(tmp_path: Path) -> None:
    files = {
        "supabase/config.toml": "[db]\nmajor_version = 15\n",
        "supabase/migrations/20250201000000_b.sql": ADD,
        "supabase/migrations/20250101000000_a.sql": ADD,
    }
    read = project(tmp_path, files, "supabase")
    assert ids(read) == ["20250101000000", "20250201000000"]
    assert set(scopes(read)) == {("file", "certain")}
    assert read.version == 15
    assert not read.has_down


def test_problems(tmp_path: Path) -> None:
    files = {
        "supabase/migrations/20250101000000_a.sql": ADD,
        "supabase/migrations/20250101000000_b.sql": ADD,
        "supabase/migrations/seed.sql": ADD,
    }
    assert problems(project(tmp_path, files, "supabase")) == [
        ("invalid-file-name", "supabase/migrations/seed.sql"),
        ("duplicate-version", "supabase/migrations/20250101000000_b.sql"),
    ]
