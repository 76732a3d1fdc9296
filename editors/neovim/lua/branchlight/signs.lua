-- Marks in the sign column, from the notification branchlight/coverage. Each state has a shape of its own, not only a
-- colour. Lines that ran have none unless asked for. Their priority is below that of diagnostics, breakpoints and git.
local options = require('branchlight.options')

local M = {}

---@alias branchlight.LineState 'covered'|'partial'|'missing'|'stale'

---@class branchlight.Coverage zero-based lines of one version of a buffer
---@field uri string
---@field version integer|vim.NIL|nil
---@field covered integer[]
---@field partial integer[]
---@field missing integer[]
---@field stale integer[]

local namespace = vim.api.nvim_create_namespace('branchlight.signs')
local priority = 5
local highlights = {
  covered = { name = 'BranchlightCovered', link = 'DiagnosticOk' },
  partial = { name = 'BranchlightPartial', link = 'DiagnosticWarn' },
  missing = { name = 'BranchlightMissing', link = 'DiagnosticError' },
  stale = { name = 'BranchlightStale', link = 'Comment' },
}

---@type table<integer, branchlight.Coverage>
local known = {}
---@type table<integer, integer> changedtick of the last edit
local edited = {}

function M.define_highlights()
  for _, highlight in pairs(highlights) do
    vim.api.nvim_set_hl(0, highlight.name, { link = highlight.link, default = true })
  end
end

---@param bufnr integer
function M.follow_edits(bufnr)
  if edited[bufnr] then
    return
  end
  edited[bufnr] = 0
  local forget = function()
    edited[bufnr] = nil
  end
  vim.api.nvim_buf_attach(bufnr, false, {
    on_lines = function(_, _, version)
      edited[bufnr] = version
    end,
    on_reload = function()
      edited[bufnr] = vim.api.nvim_buf_get_changedtick(bufnr)
    end,
    on_detach = forget,
  })
end

---@param coverage branchlight.Coverage
function M.handler(_, coverage)
  local bufnr = vim.uri_to_bufnr(coverage.uri)
  if vim.api.nvim_buf_is_loaded(bufnr) then
    known[bufnr] = coverage
    M.draw(bufnr)
  end
end

-- Lines of an older version would stand at wrong ones. What is drawn stays, for Neovim moves it with the text; those
-- of the version now are on their way.
---@param bufnr integer
function M.draw(bufnr)
  local version = known[bufnr].version
  if type(version) == 'number' and version < (edited[bufnr] or 0) then
    return
  end
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  local texts = options.get().signs
  if not texts then
    return
  end
  local line_count = vim.api.nvim_buf_line_count(bufnr)
  for state, highlight in pairs(highlights) do
    if texts[state] and texts[state] ~= '' then
      for _, line in ipairs(known[bufnr][state] or {}) do
        if line < line_count then
          vim.api.nvim_buf_set_extmark(bufnr, namespace, line, 0, {
            sign_text = texts[state],
            sign_hl_group = highlight.name,
            priority = priority,
          })
        end
      end
    end
  end
end

--- Draw what is known again, after the options changed.
function M.draw_all()
  for bufnr in pairs(known) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      M.draw(bufnr)
    else
      known[bufnr] = nil
    end
  end
end

function M.clear_all()
  for bufnr in pairs(known) do
    if vim.api.nvim_buf_is_valid(bufnr) then
      vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
    end
  end
  known = {}
end

return M
