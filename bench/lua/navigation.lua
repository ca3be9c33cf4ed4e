local n = tonumber(arg[1])
local body = { items = { { id = 7 } } }
local i = 0
local id
::again::
i = i + 1
id = body.items[1].id
if i < n then goto again end
print(id)
