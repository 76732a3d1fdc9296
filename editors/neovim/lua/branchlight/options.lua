-- The options of setup(), with their defaults.
local M = {}

---@class branchlight.Settings as the server has them; the names are those of the VS Code extension's settings
---@field show 'both'|'hints'|'diagnostics'
---@field hints 'partial'|'all'|'off'
---@field severity 'error'|'warning'|'information'|'hint'
---@field python? string absolute path of the interpreter that runs the tests
---@field testArgs string[] further arguments for pytest
---@field notYetAfter integer milliseconds

---@class branchlight.Options
---@field cmd string[] the server's command line
---@field settings branchlight.Settings
---@field inlay_hints boolean turn inlay hints on in the buffers of our client
---@field virtual_text boolean show our diagnostics as virtual text even where a hint says the same
---@field signs false|table<branchlight.LineState, string> a text of one or two cells for each state; '' for none
---@field trusted boolean|fun(root: string): boolean whether anything of the workspace may be executed
local defaults = {
  cmd = { 'branchlight', 'lsp' },
  settings = {
    show = 'both',
    hints = 'partial',
    severity = 'information',
    python = nil,
    testArgs = {},
    notYetAfter = 1000,
  },
  inlay_hints = true,
  virtual_text = false,
  signs = { covered = '', partial = '┣', missing = '┊', stale = '·' },
  trusted = true,
}

local current = defaults ---@type branchlight.Options

---@return branchlight.Options
function M.get()
  return current
end

---@param options? branchlight.Options
function M.set(options)
  options = options or {}
  for name in pairs(options) do
    if defaults[name] == nil then
      error(('branchlight: setup() knows no option "%s"; see :help branchlight-options'):format(name), 3)
    end
  end
  for name in pairs(options.settings or {}) do
    if defaults.settings[name] == nil and name ~= 'python' then
      error(('branchlight: there is no setting "%s"; see :help branchlight-settings'):format(name), 3)
    end
  end
  current = vim.tbl_deep_extend('force', defaults, options)
end

--- The settings object that the server is sent.
---@param root? string
---@return table
function M.server_settings(root)
  local trusted = current.trusted
  if type(trusted) == 'function' then
    trusted = root ~= nil and trusted(root)
  end
  local settings = vim.deepcopy(current.settings)
  settings.python = settings.python or vim.NIL
  settings.trusted = trusted
  return settings
end

return M
