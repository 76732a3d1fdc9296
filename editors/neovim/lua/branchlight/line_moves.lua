-- Where lines of an older version of a buffer are now. The server may be an edit or two behind (Neovim tells it of
-- edits after a pause), and says nothing when an edit changes no mark; so what it said last is moved with the text, and
-- never drawn on another line.
local M = {}

---@class branchlight.Change
---@field version integer that the change led to
---@field last integer end of the lines that were replaced, zero-based, exclusive
---@field new_last integer end of the lines that replaced them, exclusive

---@type table<integer, branchlight.Change[]>
local changes = {}

---@param bufnr integer
function M.follow(bufnr)
  if changes[bufnr] then
    return
  end
  changes[bufnr] = {}
  local forget = function()
    changes[bufnr] = nil
  end
  vim.api.nvim_buf_attach(bufnr, false, {
    on_lines = function(_, _, version, _, last, new_last)
      if last ~= new_last then
        table.insert(changes[bufnr], { version = version, last = last, new_last = new_last })
      end
    end,
    on_reload = function()
      changes[bufnr] = {}
    end,
    on_detach = forget,
  })
end

--- The lines of `version` in the buffer as it is now, without those that are gone. Versions before are forgotten.
---@param version integer|vim.NIL|nil
---@param bufnr integer
---@param lines integer[]
---@return integer[]
function M.since(version, bufnr, lines)
  if type(version) ~= 'number' or not changes[bufnr] then
    return lines
  end
  changes[bufnr] = vim.tbl_filter(function(change)
    return change.version > version
  end, changes[bufnr])
  local moved = {}
  for _, line in ipairs(lines) do
    local now = M.moved(line, changes[bufnr])
    if now then
      table.insert(moved, now)
    end
  end
  return moved
end

---@param line integer?
---@param later branchlight.Change[]
---@return integer?
function M.moved(line, later)
  for _, change in ipairs(later) do
    if line >= change.last then
      line = line + change.new_last - change.last
    elseif line >= change.new_last then
      return nil
    end
  end
  return line
end

return M
