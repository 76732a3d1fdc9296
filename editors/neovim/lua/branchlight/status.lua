-- The totals and the state of a run, from the notification branchlight/status, for status lines.
local M = {}

---@class branchlight.Status
---@field state 'none'|'known'|'running'
---@field text string ready to be shown
---@field arms { taken: integer, total: integer }
---@field partial integer
---@field tests { passed: integer, failed: integer, total: integer|vim.NIL|nil }
---@field run string|vim.NIL|nil

---@type table<integer, branchlight.Status>
local by_client = {}

---@param status branchlight.Status
function M.handler(_, status, context)
  by_client[context.client_id] = status
  M.announce()
end

---@param client_id integer
function M.forget(client_id)
  by_client[client_id] = nil
  M.announce()
end

function M.announce()
  vim.api.nvim_exec_autocmds('User', { pattern = 'BranchlightStatus', modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

--- What is known for the buffer's client, else for any.
---@return branchlight.Status?
function M.get()
  local client = require('branchlight.client').current()
  return client and by_client[client.id]
end

---@return string
function M.text()
  local status = M.get()
  return status and status.text or ''
end

--- In full sentences, for `:Branchlight status`.
---@return string[]
function M.describe()
  local client = require('branchlight.client').current()
  if not client then
    return { 'Branchlight: no server runs. Open a Python file, or see :checkhealth branchlight.' }
  end
  local status = by_client[client.id]
  if not status or status.state == 'none' then
    return { 'Branchlight: nothing is known yet. :Branchlight run runs the tests.' }
  end
  local lines = {
    ('Branchlight: %s'):format(status.text),
    ('%d of %d arms taken, %d partial'):format(status.arms.taken, status.arms.total, status.partial),
  }
  local tests = status.tests
  if tests.passed + tests.failed > 0 then
    local of = type(tests.total) == 'number' and (' of %d'):format(tests.total) or ''
    table.insert(lines, ('tests: %d passed, %d failed%s'):format(tests.passed, tests.failed, of))
  end
  if status.state == 'running' then
    table.insert(lines, 'a program is running')
  end
  return lines
end

return M
