-- What a user's configuration and status line call. `:help branchlight` describes it.
local M = {}

--- Optional: the plugin works without it. Call it before the first Python buffer opens.
---@param options? branchlight.Options
function M.setup(options)
  require('branchlight.options').set(options)
  require('branchlight.client').configuration_changed()
end

--- The totals, or the state of a run, for a status line; empty while there is no server.
---@return string
function M.status()
  return require('branchlight.status').text()
end

function M.run()
  require('branchlight.commands').execute('branchlight.runAll')
end

function M.cancel()
  require('branchlight.commands').execute('branchlight.cancel')
end

function M.erase()
  require('branchlight.commands').execute('branchlight.erase')
end

return M
