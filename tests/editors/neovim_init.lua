-- A user's configuration, for the headless test and for the one in a terminal. PLUGIN is the folder of the plugin.
vim.opt.runtimepath:prepend(vim.env.PLUGIN)
vim.o.swapfile = false
vim.o.number = true
vim.o.signcolumn = 'yes'
vim.o.laststatus = 2
vim.o.termguicolors = true
vim.o.shortmess = vim.o.shortmess .. 'I'
vim.o.statusline = " %f %m%=%{v:lua.require'branchlight'.status()} "
-- Hints as legible as comments; Neovim's own default is fainter.
vim.api.nvim_set_hl(0, 'LspInlayHint', { link = 'Comment' })
-- The noisiest that a user would have: our diagnostics must not repeat what a hint says even so.
vim.diagnostic.config({ virtual_text = true, signs = true, underline = true })
require('branchlight').setup({
  cmd = { vim.env.BRANCHLIGHT, 'lsp' },
  settings = { notYetAfter = 100, python = vim.env.PYTHON },
})
