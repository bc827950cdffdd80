/** PostgreSQL settings of the embedded server; `more` wins over ours. */
export function serverSettings(options: {
  readonly port: number;
  readonly durable: boolean;
  readonly more: Readonly<Record<string, string>>;
}): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Shared memory for parallel queries as files of the data directory: /dev/shm is tiny in containers, and systemd removes
    // a user's segments there when the user logs out.
    dynamic_shared_memory_type: 'mmap',
    // Errors and their statements can quote values (tokens, addresses), so the server's log holds none: only its life.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_parameter_max_length: '0',
    log_checkpoints: 'off',
    lc_messages: 'C',
    // Without these, commits survive a crash of the server but not one of the machine.
    ...(options.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...options.more,
  };
}
