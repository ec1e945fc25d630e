-- SPDX-License-Identifier: 0BSD
-- Lua's coroutines. usage: lua5.4 coroutines.lua serve|bytes: see main.c
local wrap, yield = coroutine.wrap, coroutine.yield

local function numbers(n)
    return wrap(function()
        for i = 0, n - 1 do yield(i) end
    end)
end

local function open_numbers(n)
    return wrap(function()
        for i = 0, n - 1 do
            local failure = yield(i)
            if failure then error(failure) end
        end
    end)
end

local function odd(source)
    return wrap(function()
        for i in source do
            if i % 2 == 1 then yield(i) end
        end
    end)
end

local function map(source)
    return wrap(function()
        for i in source do yield(3 * i + 1) end
    end)
end

-- A delegation is a call, too.
local function give(depth, n)
    if depth > 1 then
        give(depth - 1, n)
        return
    end
    for i = 0, n - 1 do yield(i) end
end

local function from(depth, n)
    return wrap(function() give(depth, n) end)
end

local function consume(source)
    local sum = 0
    for i in source do sum = sum ~ i end
    return sum
end

-- An await is a call: the whole chain is one coroutine.
local function chain(depth, turns)
    if depth > 1 then
        local below = chain(depth - 1, turns)
        return below + 1
    end
    for _ = 1, turns do yield() end
    return 1
end

local function run_chain(depth)
    return function(n)
        local sum = 0
        for _ = 1, n do
            local resume = wrap(chain)
            local result = resume(depth, 1)
            while not result do result = resume() end
            sum = sum + result
        end
        return sum
    end
end

local function run_resumes(depth)
    return function(n)
        local resume, resumes = wrap(chain), 0
        local result = resume(depth, n)
        while not result do
            result = resume()
            resumes = resumes + 1
        end
        return resumes + result
    end
end

-- Nothing can be thrown into a coroutine: it raises what it is sent.
local function handler()
    local caught = 0
    local function part()
        local failure = yield(caught)
        if failure then error(failure) end
    end
    while true do
        local good, failure = pcall(part)
        if not good then caught = caught - failure.code end
    end
end

local function run_throw(n)
    local resume, sum = wrap(handler), 0
    resume()
    for _ = 1, n do sum = sum ~ resume({ code = -5 }) end
    return sum
end

local log
local function guard(number)
    return setmetatable({}, { __close = function() log = (log * 5 + number) & 0xFFFF end })
end

local function guarded()
    local third <close> = guard(3)
    local second <close> = guard(2)
    local first <close> = guard(1)
    yield(0)
end

local function run_close(n)
    log = 0
    for _ = 1, n do
        local x = coroutine.create(guarded)
        coroutine.resume(x)
        coroutine.close(x)
    end
    return log
end

local rows = {
    ['generator'] = function(n) return consume(numbers(n)) end,
    ['generator-open'] = function(n) return consume(open_numbers(n)) end,
    ['from-5'] = function(n) return consume(from(5, n)) end,
    ['from-50'] = function(n) return consume(from(50, n)) end,
    ['stages'] = function(n) return consume(map(odd(numbers(n)))) end,
    ['chain-1'] = run_chain(1),
    ['chain-10'] = run_chain(10),
    ['chain-100'] = run_chain(100),
    ['resume-1'] = run_resumes(1),
    ['resume-10'] = run_resumes(10),
    ['resume-100'] = run_resumes(100),
    ['throw'] = run_throw,
    ['close'] = run_close,
}

if arg[1] == 'bytes' then
    local all = {}
    for i = 1, 1000 do all[i] = false end
    collectgarbage()
    local before = collectgarbage('count')
    for i = 1, 1000 do
        all[i] = numbers(1)
        all[i]()
    end
    collectgarbage()
    print('generator ' .. math.floor((collectgarbage('count') - before) * 1024 / 1000))
    return
end
for line in io.lines() do
    local name, n = line:match('(%S+) (%d+)')
    n = tonumber(n)
    local start = os.clock()
    local result = rows[name](n)
    print(string.format('%d %.0f', result, (os.clock() - start) * 1e9))
    io.stdout:flush()
end
