-- What a user of Neovim sees, read from the extmarks that Neovim draws. Run by neovim.sh in a headless Neovim, with the
-- example workspace as working directory and shop.py open.
local passed, failed = 0, 0
local buffer = vim.api.nvim_get_current_buf()
local plugin_options =
  { cmd = { vim.env.BRANCHLIGHT, 'lsp' }, settings = { notYetAfter = 100, python = vim.env.PYTHON } }

local function check(name, ok, seen)
  if ok then
    passed = passed + 1
    io.stdout:write('ok   ' .. name .. '\n')
  else
    failed = failed + 1
    io.stdout:write(('FAIL %s\n     seen: %s\n'):format(name, vim.inspect(seen)))
  end
end

--- Waits until `wanted` holds for what `look` returns.
local function eventually(name, look, wanted)
  local seen
  local ok = vim.wait(10000, function()
    seen = look()
    return wanted(seen)
  end, 10)
  check(name, ok, seen)
end

local function is(expected)
  return function(seen)
    return seen == expected
  end
end

---@return integer? line zero-based
local function line_of(code)
  for index, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    if vim.trim(line) == code then
      return index - 1
    end
  end
end

--- Everything that is drawn on the line of `code`: virtual text and signs, by namespace.
local function drawn(code)
  vim.cmd.redraw() -- Neovim sets the marks of hints when it draws
  local texts, signs = {}, {}
  local line = line_of(code)
  for name, namespace in pairs(vim.api.nvim_get_namespaces()) do
    for _, mark in
      ipairs(vim.api.nvim_buf_get_extmarks(buffer, namespace, { line, 0 }, { line, -1 }, { details = true }))
    do
      local details = mark[4]
      for _, chunk in ipairs(details.virt_text or {}) do
        local text = vim.trim(chunk[1])
        if text ~= '' then
          table.insert(texts, { name, text })
        end
      end
      if details.sign_text then
        table.insert(signs, { name, vim.trim(details.sign_text) })
      end
    end
  end
  return texts, signs
end

--- The virtual text on the line of `code`, all of it.
local function text_behind(code)
  return function()
    return table.concat(
      vim.tbl_map(function(text)
        return text[2]
      end, (drawn(code))),
      ' | '
    )
  end
end

local function sign_beside(code)
  return function()
    local _, signs = drawn(code)
    return table.concat(
      vim.tbl_map(function(sign)
        return sign[2]
      end, signs),
      ' | '
    )
  end
end

--- A Python program under `branchlight run` that does one step when told to.
local function start_program()
  local answers = 0
  local program = { ended = false }
  local process = vim.system({ vim.env.BRANCHLIGHT, 'run', '--python', vim.env.PYTHON, '--', 'live.py' }, {
    stdin = true,
    stdout = function(_, data)
      answers = answers + select(2, (data or ''):gsub('\n', ''))
    end,
  }, function(result)
    program.ended = true
    program.code = result.code
  end)
  function program.step(line)
    local before = answers
    process:write(line .. '\n')
    assert(
      vim.wait(10000, function()
        return answers > before
      end, 5),
      'no answer to the step: ' .. line
    )
  end
  function program.finish()
    process:write(nil)
    vim.wait(10000, function()
      return program.ended
    end, 5)
    return program.code
  end
  return program
end

local function the_path_of_a_hint()
  eventually('the server attaches to a Python buffer', function()
    return #vim.lsp.get_clients({ name = 'branchlight', bufnr = buffer })
  end, is(1))
  assert(require('branchlight.client').current(), 'nothing else can work without a server')
  local program = start_program()
  program.step('price 200 True')
  eventually(
    'while the program runs, the branch that only went one way says so',
    text_behind('if member:'),
    is('not yet False')
  )
  program.step('price 200 False')
  eventually('the hint goes when the other arm is taken', text_behind('if member:'), is(''))
  check('the program still runs at that moment', not program.ended)
  program.step('first_large [10,2000]')
  program.step('label "S"')
  check('the program ends as it would have ended', program.finish() == 0, program.code)
  eventually('after the run, the verdict is on the line, once', text_behind('if total < 100:'), is('never True'))
  eventually('a function that nothing called says so', text_behind('def refund(amount):'), is('never called'))
end

local function diagnostics_and_signs()
  eventually('the diagnostic says what never happened, and where it would have gone', function()
    return vim.tbl_map(function(diagnostic)
      return diagnostic.message
    end, vim.diagnostic.get(buffer))
  end, function(messages)
    return vim.iter(messages):any(function(message)
      return message:find('never True.*line 9') ~= nil
    end)
  end)
  eventually('a partial branch has one sign: ours', sign_beside('if total < 100:'), is('┣'))
  eventually('a line that did not run has a sign of another shape', sign_beside('total = total + 15'), is('┊'))
  eventually('a line that ran has none', sign_beside('total = amount'), is(''))
  eventually('the status line has the totals', require('branchlight').status, function(text)
    return text:find('%d %%') ~= nil
  end)

  local other = vim.api.nvim_create_namespace('another tool')
  vim.diagnostic.set(other, buffer, { { lnum = 0, col = 0, message = 'from another tool', severity = 1 } })
  eventually(
    "another tool's diagnostics keep their virtual text",
    text_behind('"""A shop that fits on one screen."""'),
    function(text)
      return text:find('from another tool', 1, true) ~= nil
    end
  )
  vim.diagnostic.reset(other, buffer)

  vim.lsp.inlay_hint.enable(false, { bufnr = buffer })
  vim.diagnostic.show(nil, buffer)
  eventually('with hints off, the diagnostic is the virtual text', text_behind('if total < 100:'), function(text)
    return text:find('never True.*line 9') ~= nil
  end)
  vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  vim.diagnostic.show(nil, buffer)
  eventually('with hints on again, only the hint is there', text_behind('if total < 100:'), is('never True'))
end

local function edits()
  vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { '# a line above' })
  check('the line that was inserted moved the others', line_of('if total < 100:') == 8, line_of('if total < 100:'))
  eventually('a line inserted above moves the hint with its line', text_behind('if total < 100:'), is('never True'))
  eventually('and the sign', sign_beside('if total < 100:'), is('┣'))
  local line = line_of('total = amount')
  vim.api.nvim_buf_set_lines(buffer, line, line + 1, false, { '    total = amount + 0' })
  eventually(
    'in a function that was edited, the hint speaks of the past',
    text_behind('if total < 100:'),
    is('was never True')
  )
  vim.cmd('silent undo')
  eventually('undoing the edit brings the verdict back', text_behind('if total < 100:'), is('never True'))
  vim.cmd('silent undo')
end

local function settings()
  local function setup(changes)
    require('branchlight').setup(vim.tbl_deep_extend('force', plugin_options, changes))
  end
  setup({ settings = { show = 'diagnostics' } })
  eventually('show = "diagnostics": the diagnostic is the virtual text', text_behind('if total < 100:'), function(text)
    return select(2, text:gsub('never True', '')) == 1 and text:find('line 9') ~= nil
  end)
  setup({ settings = { show = 'hints' } })
  eventually('show = "hints": no diagnostics', function()
    return #vim.diagnostic.get(buffer)
  end, is(0))
  setup({ signs = { covered = '│' } })
  eventually('signs.covered marks the lines that ran', sign_beside('total = amount'), is('│'))
  setup({ signs = false })
  eventually('signs = false: none of ours', sign_beside('total = total + 15'), is(''))
  local ok, message = pcall(setup, { sings = false })
  check('an option that does not exist is an error that names it', not ok and message:find('"sings"', 1, true), message)
  setup({})
  eventually('and all is as before', text_behind('if total < 100:'), is('never True'))
end

local function commands()
  check(
    ':Branchlight completes its subcommands',
    vim.deep_equal(vim.fn.getcompletion('Branchlight ', 'cmdline'), { 'cancel', 'erase', 'run', 'status' }),
    vim.fn.getcompletion('Branchlight ', 'cmdline')
  ) -- stylua: ignore
  local said = vim.api.nvim_exec2('Branchlight status', { output = true }).output
  check(':Branchlight status says the totals', said:find('arms taken') ~= nil, said)

  vim.cmd('Branchlight erase')
  eventually(':Branchlight erase takes the hints away', text_behind('if total < 100:'), is(''))
  eventually('and the diagnostics', function()
    return #vim.diagnostic.get(buffer)
  end, is(0))
  eventually('and the signs', sign_beside('total = total + 15'), is(''))

  vim.fn.writefile({}, 'hold')
  vim.cmd('Branchlight run')
  eventually(':Branchlight run: hints come while the tests run', text_behind('if member:'), is('not yet False'))
  local function state()
    local status = require('branchlight.status').get()
    return status and status.state
  end
  eventually('the status says that tests run', state, is('running'))
  vim.cmd('Branchlight cancel')
  eventually(':Branchlight cancel ends the run', state, function(now)
    return now ~= 'running'
  end)
  vim.fn.delete('hold')

  local messages = {}
  local notify = vim.notify
  vim.notify = function(message) ---@diagnostic disable-line: duplicate-set-field
    table.insert(messages, message)
  end
  require('branchlight').setup(vim.tbl_deep_extend('force', plugin_options, {
    trusted = function()
      return false
    end,
  }))
  vim.cmd('Branchlight run')
  eventually('in a workspace that is not trusted, nothing is run, and the user is told', function()
    return table.concat(messages, '\n')
  end, function(text)
    return text:find('trust') ~= nil
  end)
  check('and nothing runs', state() ~= 'running', state())
  vim.notify = notify
end

local function help_and_health()
  vim.cmd('helptags ' .. vim.fn.fnameescape(vim.env.PLUGIN .. '/doc'))
  check(
    ':help branchlight opens the help',
    pcall(vim.cmd.help, 'branchlight-once') and vim.bo.buftype == 'help',
    vim.bo.buftype
  )
  vim.cmd('silent checkhealth branchlight')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  check(
    ':checkhealth finds the program and the server',
    text:find('server %d+ runs for') and not text:find('ERROR'),
    text
  )
end

for _, part in ipairs({ the_path_of_a_hint, diagnostics_and_signs, edits, settings, commands, help_and_health }) do
  local ok, message = xpcall(part, debug.traceback)
  if not ok then
    check('no error', false, message)
    break
  end
end
io.stdout:write(('%d passed, %d failed\n'):format(passed, failed))
vim.cmd(failed == 0 and 'qall!' or 'cquit!')
