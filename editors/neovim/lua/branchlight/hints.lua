-- Inlay hints. Neovim asks for them and draws them; what is done here is to have it draw those that changed.
--
-- Neovim takes the hints of a line as drawn when they were drawn once for this version of the buffer. Ours change
-- without an edit, whenever a branch is taken: 0.10 never draws such a change, and later versions lose it when anything
-- else redraws the window between the question and the answer. So the answer's hints are put in place here, in the
-- same form and namespace, from what vim.lsp.inlay_hint.get() knows of all servers.
local options = require('branchlight.options')

local M = {}

---@param bufnr integer
function M.enable(bufnr)
  if options.get().inlay_hints then
    vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
  end
end

function M.handler(err, result, context, config)
  vim.lsp.handlers['textDocument/inlayHint'](err, result, context, config)
  local bufnr = context.bufnr
  local current = context.version == vim.lsp.util.buf_versions[bufnr]
  if not err and current and vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr }) then
    M.draw(bufnr)
  end
end

---@param bufnr integer
function M.draw(bufnr)
  local namespaces = vim.api.nvim_get_namespaces()
  local namespace = namespaces['nvim.lsp.inlayhint'] or namespaces['vim_lsp_inlayhint']
  if not namespace then
    return
  end
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for line, columns in pairs(M.virtual_texts(bufnr)) do
    for column, text in pairs(columns) do
      vim.api.nvim_buf_set_extmark(
        bufnr,
        namespace,
        line,
        column,
        { virt_text = text, virt_text_pos = 'inline', strict = false }
      )
    end
  end
end

--- The virtual text of each line and byte column that has hints.
---@param bufnr integer
---@return table<integer, table<integer, [string, string?][]>>
function M.virtual_texts(bufnr)
  local lines = {}
  for _, item in ipairs(vim.lsp.inlay_hint.get({ bufnr = bufnr })) do
    local hint = item.inlay_hint
    local line, column = hint.position.line, hint.position.character
    lines[line] = lines[line] or {}
    local text = lines[line][column] or {}
    lines[line][column] = text
    if hint.paddingLeft then
      table.insert(text, { ' ' })
    end
    table.insert(text, { M.label(hint), 'LspInlayHint' })
    if hint.paddingRight then
      table.insert(text, { ' ' })
    end
  end
  return lines
end

---@param hint lsp.InlayHint
---@return string
function M.label(hint)
  if type(hint.label) == 'string' then
    return hint.label
  end
  local parts = {}
  for _, part in ipairs(hint.label) do
    table.insert(parts, part.value)
  end
  return table.concat(parts)
end

return M
