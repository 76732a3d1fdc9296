-- :checkhealth branchlight
local M = {}

function M.check()
  local health = vim.health
  local options = require('branchlight.options').get()

  health.start('Branchlight: Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok(('Neovim %s: the server is started through vim.lsp.enable'):format(version))
  elseif vim.fn.has('nvim-0.10') == 1 then
    health.ok(('Neovim %s: the server is started through vim.lsp.start'):format(version))
  else
    health.error(('Neovim %s: 0.10 or later is needed'):format(version))
  end

  health.start('Branchlight: server')
  M.check_program(options.cmd)
  M.check_client()

  health.start('Branchlight: display')
  M.check_display(options)
end

function M.check_program(cmd)
  local program = cmd[1]
  local path = vim.fn.exepath(program)
  if path == '' then
    vim.health.error(('the program "%s" was not found'):format(program), {
      'install Branchlight, so that "branchlight" is on PATH',
      'or name it: require("branchlight").setup({ cmd = { "/path/to/branchlight", "lsp" } })',
    })
    return
  end
  local result = vim.system({ path, '--version' }, { text = true, timeout = 5000 }):wait()
  if result.code == 0 then
    vim.health.ok(('%s (%s)'):format(vim.trim(result.stdout), path))
  else
    vim.health.error(('%s does not run: %s'):format(path, vim.trim(result.stderr or '')))
  end
end

function M.check_client()
  local clients = vim.lsp.get_clients({ name = 'branchlight' })
  if #clients == 0 then
    vim.health.info('no server runs at the moment: it starts with the first Python buffer')
  end
  for _, client in ipairs(clients) do
    local root = client.root_dir or client.config.root_dir or '(single file)'
    vim.health.ok(('server %d runs for %s; positions are %s'):format(client.id, root, client.offset_encoding))
  end
  for _, line in ipairs(#clients > 0 and require('branchlight.status').describe() or {}) do
    vim.health.info(line)
  end
end

function M.check_display(options)
  if not options.inlay_hints or options.settings.hints == 'off' or options.settings.show == 'diagnostics' then
    vim.health.info('inlay hints are off by configuration')
  else
    vim.health.ok('inlay hints are turned on in Python buffers; our diagnostics have no virtual text there')
  end
  if not options.signs then
    vim.health.info('signs are off by configuration')
  elseif vim.o.signcolumn == 'no' then
    vim.health.warn('\'signcolumn\' is "no": signs are not visible', { 'set \'signcolumn\' to "yes" or "auto"' })
  else
    vim.health.ok(('signs are shown (signcolumn=%s)'):format(vim.o.signcolumn))
  end
end

return M
