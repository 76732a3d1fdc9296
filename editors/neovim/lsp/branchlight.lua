-- Read by vim.lsp.enable('branchlight') on Neovim 0.11 and later.
return require('branchlight.client').config()
