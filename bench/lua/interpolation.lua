local n = tonumber(arg[1])
local i = 0
local line = ""
::again::
i = i + 1
line = "order " .. i .. " of " .. n
if i < n then goto again end
print(line)
