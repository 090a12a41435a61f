-- Calls of every function of lua-rrd; prints each value and each error.
local rrd = require "rrd"

io.stdout:setvbuf("no")
local T = 1000000000

local function picture(content)
    if content:sub(1, 4) ~= "\x89PNG" then return nil end
    return string.format("PNG %dx%d", string.unpack(">I4I4", content, 17))
end

local function sorted(value)
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    return keys
end

-- A value of any shape on one line: tables in the order of their keys, pictures by format.
local function text(value)
    if type(value) == "string" then return picture(value) or "'" .. value .. "'" end
    if type(value) == "number" and value ~= value then return "NaN" end
    if type(value) ~= "table" then return tostring(value) end
    local parts = {}
    if #value > 0 then
        for _, part in ipairs(value) do parts[#parts + 1] = text(part) end
    else
        for _, key in ipairs(sorted(value)) do parts[#parts + 1] = key .. ": " .. text(value[key]) end
    end
    return "{" .. table.concat(parts, ", ") .. "}"
end

local function content(file)
    local stream = io.open(file, "rb")
    local read = stream:read("a")
    stream:close()
    return read
end

-- Prints what a call returns or raises.
local function show(title, name, ...)
    local results = table.pack(pcall(rrd[name], ...))
    if not results[1] then
        print(title .. ": error: " .. tostring(results[2]))
    elseif type(results[2]) == "table" and #results[2] == 0 then
        print(title .. ":")
        for _, key in ipairs(sorted(results[2])) do print("  " .. key .. " = " .. text(results[2][key])) end
    else
        local parts = {}
        for i = 2, results.n do parts[#parts + 1] = text(results[i]) end
        print(title .. ": " .. table.concat(parts, " "))
    end
end

-- A list of several lists.
local function all(...)
    local joined = {}
    for _, list in ipairs({ ... }) do
        for _, part in ipairs(type(list) == "table" and list or { list }) do joined[#joined + 1] = part end
    end
    return table.unpack(joined)
end

-- Creating files.
local sources = { "DS:in:GAUGE:20:0:1000", "DS:out:COUNTER:20:U:U", "DS:sum:COMPUTE:in,2,*" }
local archives = { "RRA:AVERAGE:0.5:1:30", "RRA:MAX:0.5:3:10", "RRA:LAST:0.5:6:5" }
show("create", "create", all("a.rrd", "--start", tostring(T), "--step", "10", sources, archives))
show("create of a name not in ASCII", "create", "größe.rrd", "-b", tostring(T), "-s", "1m",
    "DS:x:DERIVE:2m:U:U", "DS:y:ABSOLUTE:120:U:U", "RRA:AVERAGE:0.5:1m:1h")
show("create over a file", "create", all("a.rrd", "-O", sources, archives))
show("create without archives", "create", "no.rrd", "DS:x:GAUGE:20:U:U")
show("create of a bad source", "create", "no.rrd", "DS:x:NOPE:20:U:U", "RRA:LAST:0.5:1:1")
show("create with an unknown option", "create", "no.rrd", "--nope")
show("create without a name", "create")

-- Updates.
show("update", "update", "a.rrd", T + 10 .. ":1:100", T + 20 .. ":2:300", T + 31 .. ":U:600")
show("update by names", "update", "a.rrd", "--template", "out:in", T + 41 .. ":1500:5.25")
show("update in the past", "update", "a.rrd", T .. ":1:1")
show("update of rubbish", "update", "a.rrd", "rubbish")
show("update of no file", "update", "nöpe.rrd", T .. ":1:1")
show("update without a name", "update")
for i = 1, 5 do show("update of a name not in ASCII", "update", "größe.rrd", T + 60 * i .. ":" .. i .. ":" .. i) end
show("updatev", "updatev", "a.rrd", T + 50 .. ":5:1600", T + 60 .. ":6:1700")
show("updatev in the past", "updatev", "a.rrd", T .. ":5:1600")

-- What the files hold.
show("fetch", "fetch", "a.rrd", "AVERAGE", "-s", tostring(T), "-e", tostring(T + 60))
show("fetch by a step", "fetch", "a.rrd", "MAX", "-s", tostring(T), "-e", tostring(T + 60), "-r", "30")
show("fetch of a name not in ASCII", "fetch", "größe.rrd", "AVERAGE", "-s", tostring(T), "-e", "start+5min")
show("fetch of no function", "fetch", "a.rrd", "NOPE")
show("fetch of no file", "fetch", "nope.rrd", "AVERAGE")
show("fetch of no time", "fetch", "a.rrd", "AVERAGE", "-s", "rubbish")
show("info", "info", "a.rrd")
show("info of no file", "info", "nope.rrd")
show("last", "last", "a.rrd")
show("last of no file", "last", "nope.rrd")
show("first", "first", "a.rrd")
show("first of an archive", "first", "a.rrd", "--rraindex", "1")
show("first of no archive", "first", "a.rrd", "--rraindex", "9")

-- Changes of files.
show("tune", "tune", "a.rrd", "-h", "in:40", "-i", "in:-5", "-a", "in:U", "-r", "out:gone")
show("tune of an unknown name", "tune", "a.rrd", "-h", "nope:40")
show("resize", "resize", "a.rrd", "0", "GROW", "4")
show("info of the resized file", "info", "resize.rrd")
show("resize of no archive", "resize", "a.rrd", "9", "GROW", "4")
show("info after tune", "info", "a.rrd")

-- Dumps and restores.
show("dump", "dump", "a.rrd", "a.xml")
print(content("a.xml"))
show("dump of no file", "dump", "nope.rrd", "b.xml")
print("before the dump")
show("dump to the standard output", "dump", "größe.rrd")
show("restore", "restore", "a.xml", "r.rrd")
show("restore over a file", "restore", "a.xml", "r.rrd")
show("restore over a file by force", "restore", "-f", "a.xml", "r.rrd")
show("restore of no file", "restore", "nope.xml", "s.rrd")
show("info after restore", "info", "r.rrd")
show("flushcached without a server", "flushcached", "a.rrd")
show("flushcached of no server", "flushcached", "--daemon", "unix:nope", "a.rrd")
show("update of no server", "update", "-d", "unix:nope", "a.rrd", "N:1:2")

-- Charts.
local span = { "-s", tostring(T), "-e", tostring(T + 60) }
local chart = { "DEF:x=a.rrd:in:AVERAGE", "CDEF:z=x,2,*", "VDEF:m=x,MAXIMUM" }
local drawn = { "AREA:x#00ff0080:Größe", "LINE2:z#f00:two\\l", "GPRINT:m:most %6.2lf", "HRULE:3#00f:három",
    "COMMENT:日本語 text\\r" }
local prints = { "PRINT:m:%.3lf %s", "PRINT:x:AVERAGE:%8.3lf", "PRINT:m:%H\\:%M:strftime" }
local full = { "--full-size-mode", "-w", "400", "-h", "200", "-t", "Übersicht", "-v", "Größe" }
show("graph only", "graph", all("only.png", "--only-graph", "-w", "300", "-h", "80", span, chart, drawn, prints))
print(picture(content("only.png")))
show("graph of full size", "graph", all("full.png", full, span, chart, drawn, prints))
print(picture(content("full.png")))
show("graphv", "graphv", all("v.png", full, span, chart, drawn, prints))
show("graphv in memory", "graphv", all("-", "--only-graph", span, chart, drawn, prints))
show("graph of no file", "graph", "no.png", "DEF:x=nope.rrd:x:AVERAGE", "LINE1:x#f00")
show("graph of a bad expression", "graph", all("no.png", chart, "CDEF:y=x,+", "LINE1:y#f00"))
show("graph without a name", "graph")

-- Large results.
local large = { "large.rrd", "-b", tostring(T), "-s", "1" }
for i = 1, 20 do large[#large + 1] = "DS:s" .. i .. ":GAUGE:5:U:U" end
show("create of a large file", "create", all(large, "RRA:AVERAGE:0.5:1:20000"))
for part = 0, 19 do
    local readings = {}
    for i = part * 100 + 1, part * 100 + 100 do
        local values = { tostring(T + i) }
        for k = 1, 20 do values[#values + 1] = string.format("%.17g", i * k / 3) end
        readings[#readings + 1] = table.concat(values, ":")
    end
    rrd.update("large.rrd", table.unpack(readings))
end
local first, step, names, data = rrd.fetch("large.rrd", "AVERAGE", "-s", tostring(T), "-e", tostring(T + 19990))
local known, sum = 0, 0
for _, row in ipairs(data) do
    for _, value in ipairs(row) do
        if value == value then
            known, sum = known + 1, sum + value
        end
    end
end
print("fetch of a large file:", first, step, #names, #data, known, sum)
show("last of a large file", "last", "large.rrd")
