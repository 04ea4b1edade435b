"""The language server in a real editor: Neovim, without a screen."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from needs import missing
from trees import plant

SCRIPT = """
local command, folder, out = %s, %s, %s
local told = {}
local function wait(what, done)
  if not vim.wait(15000, done, 20) then
    error("waited in vain for " .. what)
  end
end
local function diagnostics()
  return vim.tbl_map(function(each)
    local lsp = each.user_data and each.user_data.lsp or {}
    return { code = each.code or lsp.code, lnum = each.lnum, col = each.col,
      severity = each.severity, source = each.source, message = each.message }
  end, vim.diagnostic.get(0))
end
local function main()
  vim.cmd("edit " .. folder .. "/db/V2__index.sql")
  local client = vim.lsp.start_client({ cmd = command, root_dir = folder, name = "migralint" })
  vim.lsp.buf_attach_client(0, client)
  wait("diagnostics", function() return #vim.diagnostic.get(0) > 0 end)
  told.pushed = diagnostics()
  local place = vim.lsp.util.make_position_params(0, "utf-16")
  local function ask(method, params)
    local answers, why = vim.lsp.buf_request_sync(0, method, params, 15000)
    assert(answers, why)
    return answers[client].result
  end
  told.hover = ask("textDocument/hover", place).contents.value
  local line = { line = told.pushed[1].lnum, character = 0 }
  local actions = ask("textDocument/codeAction", {
    textDocument = place.textDocument,
    range = { start = line, ["end"] = line },
    context = { diagnostics = {} },
  })
  told.actions = vim.tbl_map(function(each) return each.title end, actions)
  for _, action in ipairs(actions) do
    if action.title:find("here", 1, true) then
      vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
      break
    end
  end
  told.text = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  wait("clean", function() return #vim.diagnostic.get(0) == 0 end)
  vim.api.nvim_buf_set_lines(0, 0, 1, false, { "-- 🐘", "/* 🐘 */ DROP TABLE users;" })
  wait("the change", function()
    return vim.tbl_contains(vim.tbl_map(function(each) return each.code end, diagnostics()),
      "MIG204")
  end)
  told.changed = diagnostics()
  vim.lsp.stop_client(client)
  wait("the end", function() return vim.lsp.client_is_stopped(client) end)
end
local fine, why = pcall(main)
told.error = not fine and tostring(why) or nil
local file = io.open(out, "w")
file:write(vim.fn.json_encode(told))
file:close()
vim.cmd("qall!")
"""


@pytest.fixture
def neovim() -> str:
    return shutil.which("nvim") or missing("editor", "Neovim")


def test_neovim_shows_what_is_said(neovim: str, tmp_path: Path) -> None:
    folder = plant(
        tmp_path / "shop",
        {
            "db/V1__users.sql": "CREATE TABLE users (id int PRIMARY KEY, email text);\n",
            "db/V2__index.sql": "CREATE INDEX users_email ON users (email);\n",
            "migralint.toml": 'ignore = ["MIG119", "MIG408"]\n',
            ".git/": "",
        },
    )
    command = ", ".join(map(json.dumps, [sys.executable, "-m", "migralint", "server"]))
    out = tmp_path / "told.json"
    script = tmp_path / "drive.lua"
    given = (f"{{ {command} }}", json.dumps(str(folder)), json.dumps(str(out)))
    script.write_text(SCRIPT % given, encoding="utf-8")
    done = subprocess.run(
        [neovim, "--headless", "--clean", "-n", "-c", f"luafile {script}"],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "MIGRALINT_CACHE_DIR": str(tmp_path)},
    )
    assert out.exists(), done.stderr
    told = json.loads(out.read_text(encoding="utf-8"))
    assert "error" not in told, told["error"]
    (found,) = told["pushed"]
    assert (found["code"], found["source"], found["lnum"]) == ("MIG101", "migralint", 0)
    assert "SHARE lock" in found["message"]
    assert "# index-not-concurrent (MIG101)" in told["hover"]
    assert "`public.users` **SHARE**: blocks writes" in told["hover"]
    assert "Ignore index-not-concurrent (MIG101) here" in told["actions"]
    assert told["text"][0] == "-- migralint: ignore[MIG101]"
    (dropped,) = [each for each in told["changed"] if each["code"] == "MIG204"]
    # Neovim counts bytes, after what the protocol counts.
    assert (dropped["lnum"], dropped["col"]) == (1, len("/* 🐘 */ ".encode()))
