-- What somebody sees who edits a repository with Neovim. Run in that repository:
--   SEAWORTHY=… nvim --headless -u NONE -c 'luafile neovim.lua'
-- Ends with 0 when all is as it should be.

local rule = "placeholder-secret-in-deployable"
local port = "compose-db-port-published"

local function check(holds, what)
  if not holds then
    error(what, 2)
  end
  io.stdout:write("ok: " .. what .. "\n")
end

local function codes(buffer)
  local found = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    found[diagnostic.code or diagnostic.user_data.lsp.code] = diagnostic
  end
  return found
end

local function wait(buffer, code, there)
  return vim.wait(20000, function()
    return (codes(buffer)[code] ~= nil) == there
  end, 20)
end

local config = {
  name = "seaworthy",
  cmd = { os.getenv("SEAWORTHY"), "lsp" },
  root_dir = vim.fn.getcwd(),
  init_options = { debounce = 50 },
}
config.workspace_folders = { { uri = vim.uri_from_fname(config.root_dir), name = "root" } }
local client

local function attach(path)
  vim.cmd("edit " .. path)
  local buffer = vim.api.nvim_get_current_buf()
  if vim.lsp.start then
    client = vim.lsp.start(config, { bufnr = buffer })
  else
    client = client or vim.lsp.start_client(config)
    vim.lsp.buf_attach_client(buffer, client)
  end
  return buffer
end

local function run()
  local env = attach(".env.production")
  check(wait(env, rule, true), "a finding of the file is shown")
  local shown = codes(env)[rule]
  check(shown.lnum == 1 and shown.source == "seaworthy", "in its line")

  -- Behind an emoji, in a buffer that is not saved.
  vim.api.nvim_buf_set_lines(env, 1, 2, false, { "GREETING=😀" })
  check(wait(env, rule, false), "an edit that mends it takes it away, unsaved")
  vim.api.nvim_buf_set_text(env, 1, 0, 1, #"GREETING=😀", { "JWT_SECRET=changeme # 😀" })
  check(wait(env, rule, true), "and another brings it back")
  shown = codes(env)[rule]
  check(shown.col == 11 and shown.end_col == 19, "where it is: " .. shown.col)

  local compose = attach("compose.yml")
  check(wait(compose, port, true), "another file is judged, too")
  local settings = attach("seaworthy.toml")
  vim.api.nvim_buf_set_lines(settings, 0, -1, false, { "[rules]", port .. ' = "off"' })
  check(wait(compose, port, false), "an unsaved edit of the settings takes its finding away")
  vim.api.nvim_buf_set_lines(settings, 0, -1, false, { "# nothing" })
  check(wait(compose, port, true), "and gives it back")

  -- A code action, as the list of them would apply it.
  vim.api.nvim_set_current_buf(compose)
  local params = vim.lsp.util.make_given_range_params({ 1, 0 }, { 6, 24 }, compose, "utf-16")
  params.context = { diagnostics = {} }
  local answers = vim.lsp.buf_request_sync(compose, "textDocument/codeAction", params, 20000)
  local chosen
  for _, answer in pairs(answers) do
    for _, action in ipairs(answer.result or {}) do
      if action.title == "Ignore `" .. port .. "` here: accepted risk" then
        chosen = action
      end
    end
  end
  check(chosen ~= nil, "the finding can be ignored")
  answers = vim.lsp.buf_request_sync(compose, "codeAction/resolve", chosen, 20000)
  for _, answer in pairs(answers) do
    vim.lsp.util.apply_workspace_edit(answer.result.edit, "utf-16")
  end
  local text = table.concat(vim.api.nvim_buf_get_lines(compose, 0, -1, false), "\n")
  check(text:find("    # seaworthy: ignore%[" .. port:gsub("%-", "%%-") .. "%] accepted risk\n"), "by a comment")
  check(wait(compose, port, false), "and is gone then")

  local place = { textDocument = { uri = vim.uri_from_bufnr(env) }, position = { line = 1, character = 12 } }
  answers = vim.lsp.buf_request_sync(env, "textDocument/hover", place, 20000)
  for _, answer in pairs(answers) do
    check(answer.result.contents.value:find("### Why"), "the pointer is told why")
  end
end

local held, problem = pcall(run)
if not held then
  io.stdout:write("FAILED: " .. tostring(problem) .. "\n")
end
for _, each in pairs(vim.lsp.get_active_clients and vim.lsp.get_active_clients() or vim.lsp.get_clients()) do
  each.stop()
end
vim.wait(2000, function()
  return #(vim.lsp.get_active_clients and vim.lsp.get_active_clients() or vim.lsp.get_clients()) == 0
end, 20)
vim.cmd(held and "qall!" or "cquit!")
