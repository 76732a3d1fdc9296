-- :Branchlight run | cancel | erase | status
local M = {}

local subcommands = {
  run = function()
    vim.cmd('silent! wall')
    M.execute('branchlight.runAll')
  end,
  cancel = function()
    M.execute('branchlight.cancel')
  end,
  erase = function()
    M.execute('branchlight.erase')
  end,
  status = function()
    print(table.concat(require('branchlight.status').describe(), '\n'))
  end,
}

function M.create()
  vim.api.nvim_create_user_command('Branchlight', function(command)
    local subcommand = subcommands[command.args]
    if subcommand then
      subcommand()
    else
      vim.notify(
        ('branchlight: no subcommand "%s"; there are %s'):format(command.args, table.concat(M.names(), ', ')),
        vim.log.levels.ERROR
      )
    end
  end, {
    nargs = 1,
    desc = 'Branchlight: run the tests, cancel the run, erase what is known, show the status',
    complete = function(start)
      return vim.tbl_filter(function(name)
        return vim.startswith(name, start)
      end, M.names())
    end,
  })
end

---@return string[]
function M.names()
  local names = vim.tbl_keys(subcommands)
  table.sort(names)
  return names
end

--- Have the server carry out one of its commands.
---@param command string
function M.execute(command)
  local client = require('branchlight.client').current()
  if not client then
    vim.notify('branchlight: no server runs; open a Python file, or see :checkhealth branchlight', vim.log.levels.WARN)
    return
  end
  local params = { command = command, arguments = {} }
  require('branchlight.client').request(client, 'workspace/executeCommand', params, function(err)
    if err then
      vim.notify('branchlight: ' .. err.message, vim.log.levels.ERROR)
    end
  end)
end

return M
