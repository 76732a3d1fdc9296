-- The language client: how it is started (vim.lsp.enable where there, else vim.lsp.start), and what it is told. Each
-- feature registers itself for the buffers of this client.
local diagnostics = require('branchlight.diagnostics')
local hints = require('branchlight.hints')
local options = require('branchlight.options')
local signs = require('branchlight.signs')
local status = require('branchlight.status')

local M = {}

local root_markers = { 'pyproject.toml', 'pytest.ini', 'setup.cfg', 'tox.ini', 'setup.py', '.git' }

--- The client's configuration, as |vim.lsp.config| and |vim.lsp.start| take it.
function M.config()
  return {
    name = 'branchlight',
    cmd = options.get().cmd,
    filetypes = { 'python' },
    root_dir = function(bufnr, on_dir)
      on_dir(M.root(bufnr))
    end,
    before_init = function(params, config)
      params.initializationOptions = options.server_settings(config.root_dir)
    end,
    on_attach = M.on_attach,
    on_exit = vim.schedule_wrap(function(_, _, client_id)
      status.forget(client_id)
      signs.clear_all()
    end),
    handlers = {
      ['branchlight/coverage'] = signs.handler,
      ['branchlight/status'] = status.handler,
      ['textDocument/inlayHint'] = hints.handler,
    },
  }
end

--- Start the server with the first Python buffer.
function M.enable()
  if vim.lsp.enable then
    vim.lsp.enable('branchlight')
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('branchlight.start', {}),
    pattern = 'python',
    callback = function(event)
      M.start(event.buf)
    end,
  })
end

--- Neovim 0.10: what vim.lsp.enable does on later versions.
---@param bufnr integer
function M.start(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  if vim.bo[bufnr].buftype ~= '' or name == '' or vim.fn.executable(options.get().cmd[1]) == 0 then
    return
  end
  local config = M.config()
  config.root_dir = M.root(bufnr)
  vim.lsp.start(config, { bufnr = bufnr })
end

---@param bufnr integer
---@return string
function M.root(bufnr)
  return vim.fs.root(bufnr, root_markers) or vim.fs.dirname(vim.api.nvim_buf_get_name(bufnr))
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.on_attach(client, bufnr)
  signs.follow_edits(bufnr)
  diagnostics.say_it_once(client.id)
  hints.enable(bufnr)
end

--- The client of this buffer, else any that runs.
---@return vim.lsp.Client?
function M.current()
  return vim.lsp.get_clients({ name = 'branchlight', bufnr = 0 })[1] or vim.lsp.get_clients({ name = 'branchlight' })[1]
end

--- Tell what runs already of new options; a new command line counts from the next start on.
function M.configuration_changed()
  if vim.lsp.config then
    vim.lsp.config('branchlight', { cmd = options.get().cmd })
  end
  signs.draw_all()
  for _, client in ipairs(vim.lsp.get_clients({ name = 'branchlight' })) do
    M.notify(client, 'workspace/didChangeConfiguration', {
      settings = { branchlight = options.server_settings(client.root_dir or client.config.root_dir) },
    })
    diagnostics.draw_again(client.id)
  end
end

--- Clients take their methods with a colon from 0.11 on, with a dot before.
function M.notify(client, method, params)
  if vim.fn.has('nvim-0.11') == 1 then
    return client:notify(method, params)
  end
  return client.notify(method, params)
end

function M.request(client, method, params, callback)
  if vim.fn.has('nvim-0.11') == 1 then
    return client:request(method, params, callback)
  end
  return client.request(method, params, callback)
end

return M
