-- Lua in Redis: https://redis.io/docs/latest/develop/programmability/lua-api/. tests/test_lua.py checks each script with
-- everything that it requires.
std = {
  read_globals = {
    "KEYS", "ARGV", "redis", "cjson", "cmsgpack", "struct", "bit",
    "ipairs", "pairs", "pcall", "tonumber", "tostring", "type", "unpack",
    math = { fields = { "abs", "ceil", "floor", "huge", "max", "min" } },
    string = { fields = { "find", "format", "gmatch", "gsub", "match", "sub" } },
    table = { fields = { "concat", "insert", "remove", "sort" } },
  },
}
max_line_length = 120
