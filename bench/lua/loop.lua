local n = tonumber(arg[1])
local i = 0
::again::
i = i + 1
if i < n then goto again end
