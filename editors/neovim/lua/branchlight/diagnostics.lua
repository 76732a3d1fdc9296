-- A partial branch is told once. The hint at the end of its line says it in words, so our diagnostics are not drawn as
-- virtual text on that same line while hints are shown, nor as signs beside our own. They keep their underline, their
-- place in vim.diagnostic, in the location list and in floating windows. Other servers' diagnostics are not touched.
local options = require('branchlight.options')

local M = {}

---@param client_id integer
function M.say_it_once(client_id)
  local namespace = vim.lsp.diagnostic.get_namespace(client_id)
  vim.diagnostic.config({
    virtual_text = M.unless(M.hints_say_it, 'virtual_text'),
    virtual_lines = M.unless(M.hints_say_it, 'virtual_lines'),
    signs = M.unless(M.signs_say_it, 'signs'),
  }, namespace)
end

--- After the options changed, what is drawn may have to be drawn otherwise.
---@param client_id integer
function M.draw_again(client_id)
  vim.diagnostic.show(vim.lsp.diagnostic.get_namespace(client_id))
end

---@param bufnr integer
function M.hints_say_it(bufnr)
  local settings = options.get().settings
  return not options.get().virtual_text
    and settings.hints ~= 'off'
    and settings.show ~= 'diagnostics'
    and vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr })
end

function M.signs_say_it()
  local signs = options.get().signs
  return signs and signs.partial ~= ''
end

--- A value for vim.diagnostic.config that is worked out whenever diagnostics are drawn: off where something else says
--- it, else what the user has chosen for all diagnostics.
function M.unless(said, name)
  return function(namespace, bufnr)
    if said(bufnr) then
      return false
    end
    local chosen = vim.diagnostic.config()[name]
    if type(chosen) == 'function' then
      return chosen(namespace, bufnr)
    end
    return chosen
  end
end

return M
