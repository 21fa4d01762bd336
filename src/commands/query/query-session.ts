/**
 * What the session of a query is told first. It cannot write: a statement could end the transaction.
 * Compiling pays off for no question, and with PostgreSQL's 4 MB of memory sorts and hashes go to disk.
 */
export const QUERY_SESSION = "set default_transaction_read_only = on; set jit = off; set work_mem = '64MB'";
