-- Count calls, and return every argument as Lua sees it.
-- requires: tests.infra.redis.test_script.Colour, tests.infra.redis.test_script.WARM, tests.infra.redis.test_script.COLOURS, tests.infra.redis.double
-- cluster: one slot
return {
  redis.call('INCR', counter), type(text), type(number), tostring(flag), #rest, rest[2] or '',
  tostring(WARM[Colour.RED]), tostring(WARM[Colour.BLUE]), COLOURS[2], double(number), now
}
