-- Loaded by Neovim at start-up; everything else is loaded when the first Python buffer opens.
if vim.g.loaded_branchlight then
  return
end
vim.g.loaded_branchlight = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify_once('branchlight: Neovim 0.10 or later is needed', vim.log.levels.WARN)
  return
end

require('branchlight.commands').create()
require('branchlight.signs').define_highlights()
require('branchlight.client').enable()
