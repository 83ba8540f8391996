//! The Lambda behind $default: echoes, with what is stored of the connection.
