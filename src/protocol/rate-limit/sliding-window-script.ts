/**
 * The sliding window of `sliding-window.ts` inside Redis or Valkey, as one script: a request costs one round trip and the nodes
 * cannot read each other's half-made changes. Time is the server's, so nodes whose clocks differ count alike. A hash holds the
 * slots (`eN`: end, `cN`: count), their range and sum, and goes when its window is over.
 *
 * KEYS[1]: the hash; ARGV: window in milliseconds, limit, slots. Answers allowed (0 or 1), used, microseconds until a request is
 * free and until the limit is full. A limit of 0 only asks, and leaves nothing behind. Numbers are written with `%.0f`, for Lua would round microseconds of our century.
 */
export const SLIDING_WINDOW_SCRIPT = `
local key, length, limit = KEYS[1], tonumber(ARGV[1]) * 1000, tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local state = redis.call('HMGET', key, 'head', 'tail', 'sum', 'began')
local head, tail = tonumber(state[1]) or 1, tonumber(state[2]) or 0
local sum, began = tonumber(state[3]) or 0, tonumber(state[4]) or 0
local newest = head <= tail and tonumber(redis.call('HGET', key, 'e' .. tail)) or now
if newest - now > 1000000 then
  redis.call('DEL', key)
  head, tail, sum, newest = 1, 0, 0, now
elseif newest > now then
  now = newest
end
local oldest = now
while head <= tail do
  local slot = redis.call('HMGET', key, 'e' .. head, 'c' .. head)
  oldest = tonumber(slot[1])
  if oldest + length > now then break end
  sum = sum - tonumber(slot[2])
  redis.call('HDEL', key, 'e' .. head, 'c' .. head)
  head = head + 1
  oldest = now
end
local allowed = sum < limit
if allowed then
  sum = sum + 1
  if head > tail or now - began >= length / tonumber(ARGV[3]) then
    tail = tail + 1
    began = now
  end
  redis.call('HINCRBY', key, 'c' .. tail, 1)
  redis.call('HSET', key, 'e' .. tail, string.format('%.0f', now))
  redis.call('PEXPIRE', key, ARGV[1])
  newest = now
end
if sum == 0 then
  redis.call('DEL', key)
else
  redis.call('HSET', key, 'head', head, 'tail', tail, 'sum', sum, 'began', string.format('%.0f', began))
end
return { allowed and 1 or 0, sum, sum < limit and 0 or oldest + length - now, newest + length - now }
`;

/** As many as the window in this process has. */
export const SCRIPT_SLOTS = 128;
